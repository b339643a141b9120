/** How `mlpt serve` follows the registry, and which models it has on trial, on the command line. */

import { InvalidArgumentError, type Command } from 'commander'
import { addTrackingUriFlag } from './tracker-flags.ts'

/** The flags as commander hands them over. */
export interface RolloutFlags {
  /** Seconds; `false` for never. */
  readonly follow?: number | false
  readonly shadow?: string
  readonly canary?: string
  readonly canaryShare?: number
  readonly allowSignatureChange?: true
  readonly trackingUri?: string
}

/** Seconds between two looks at an alias: a look takes a millisecond, and a rollback is not to wait long. */
export const defaultFollowSeconds = 10

/** Adds the flags of roll-outs. */
export function addRolloutFlags(command: Command): Command {
  command
    .option(
      '--follow <seconds>',
      `time between looks at an alias that is served (default: ${defaultFollowSeconds})`,
      parseSeconds,
    )
    .option('--no-follow', 'stay with the version that the alias names now')
    .option('--shadow <model>', 'let this model score the same requests, unseen')
    .option('--canary <model>', 'let this model answer a share of the requests')
    .option(
      '--canary-share <share>',
      'share of the requests, above 0 to 0.5 (default: 0.1)',
      parseShare,
    )
    .option('--allow-signature-change', 'take new versions that clients would notice, too')
  return addTrackingUriFlag(command)
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (/^\d{1,6}(?:\.\d{1,3})?$/.test(text) && seconds >= 0.1) return seconds
  throw new InvalidArgumentError('expected seconds from 0.1 to 999999')
}

function parseShare(text: string): number {
  const share = Number(text)
  // Beyond half there would be less to compare the canary with than it answers itself.
  if (/^0?\.\d{1,9}$/.test(text) && share > 0 && share <= 0.5) return share
  throw new InvalidArgumentError('expected a number above 0 to 0.5')
}
