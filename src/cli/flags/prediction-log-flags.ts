/** Whether, where and how much `mlpt serve` keeps of what it scores, on the command line. */

import { accessSync, constants as fileModes, existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { asWriteError, systemCode } from '../../core/atomic-file.ts'
import { formatError, ToolkitError } from '../../core/errors.ts'
import type { Predictor } from '../../core/predictor.ts'
import {
  openPredictionLogWriter,
  type OpenPredictionLog,
} from '../../monitoring/prediction-log/prediction-log-store.ts'
import { checkRedaction } from '../../monitoring/prediction-log/redaction.ts'
import { defaultLogFolder } from './log-folder-flag.ts'
import { parseNames } from './parse-names.ts'

/** The flags as commander hands them over. */
export interface PredictionLogFlags {
  /** `true` for the default folder. */
  readonly predictionLog?: string | true
  readonly predictionLogSample?: number
  readonly predictionLogDrop?: readonly string[]
  readonly predictionLogHash?: readonly string[]
  readonly predictionLogKeyFile?: string
  readonly predictionLogRotateBytes?: number
  readonly predictionLogRotateSeconds?: number
  /** Where what is whole is sent. */
  readonly predictionLogRemote?: string
}

/** Adds the flags of the prediction log. */
export function addPredictionLogFlags(command: Command): Command {
  return command
    .option(
      '--prediction-log [folder]',
      `keep what is scored in a folder (default: ${defaultLogFolder}), and take labels at /feedback`,
    )
    .option(
      '--prediction-log-sample <share>',
      'share of the requests that are kept, by a hash of their id (default: 1)',
      parseShare,
    )
    .option('--prediction-log-drop <fields>', 'fields that are not kept, with commas', parseNames)
    .option(
      '--prediction-log-hash <fields>',
      'fields of which only a keyed hash is kept, with commas',
      parseNames,
    )
    .option('--prediction-log-key-file <file>', 'the key of the hashes: 16 bytes or more')
    .option(
      '--prediction-log-rotate-bytes <number>',
      'a file is whole with so many bytes (default: 67108864)',
      parseBytes,
    )
    .option(
      '--prediction-log-rotate-seconds <number>',
      'or when it is so old, at most 43200 (default: 3600)',
      parseSeconds,
    )
}

/**
 * Opens the log that the flags ask for; `undefined` when they ask for none.
 *
 * @param onSealed - told the folder of all logs and the model whenever a file is whole
 * @throws {ToolkitError} `CLI_USAGE`, `FILE_MISSING`
 */
export function openServedLog(
  flags: PredictionLogFlags,
  predictor: Pick<Predictor, 'name' | 'inputs'>,
  onSealed?: (folder: string, model: string) => void,
): OpenPredictionLog | undefined {
  const { predictionLog } = flags
  if (predictionLog === undefined) return refuseWithoutLog(flags)
  const root = servedLogFolder(predictionLog)
  const redaction = redactionOf(flags)
  checkRedaction(redaction, Object.keys(predictor.inputs))
  sayIfReadOnly(root)
  const { predictionLogSample: sampleShare } = flags
  return openPredictionLogWriter({
    root,
    model: predictor.name,
    redaction,
    ...(sampleShare !== undefined && { sampleShare }),
    limits: limitsOf(flags),
    // oxlint-disable-next-line no-restricted-properties -- the command line is where the clock is
    now: () => Date.now(),
    onSealed: () => onSealed?.(root, predictor.name),
    onFault: sayFault,
    onRecovery: (droppedRows) =>
      process.stderr.write(`the prediction log is written again${describeLost(droppedRows)}\n`),
  })
}

/** @param named - `true` for the default one */
export function servedLogFolder(named: string | true): string {
  return named === true ? (process.env['MLPT_PREDICTIONS'] ?? defaultLogFolder) : named
}

function sayFault(error: unknown, droppedRows: number): void {
  const lost = describeLost(droppedRows)
  process.stderr.write(`the prediction log cannot be written${lost}: ${formatError(error)}\n`)
}

function describeLost(droppedRows: number): string {
  return droppedRows === 0 ? '' : ` (${droppedRows} rows are lost so far)`
}

/** Says at the start what would else be said at the first prediction; the server starts all the same. */
function sayIfReadOnly(folder: string): void {
  let there = resolve(folder)
  while (!existsSync(there)) there = dirname(there)
  try {
    accessSync(there, fileModes.W_OK)
  } catch (error) {
    sayFault(asWriteError(there, error), 0)
  }
}

function refuseWithoutLog(flags: PredictionLogFlags): undefined {
  const given = Object.keys(flags).find((name) => /^predictionLog./.test(name))
  if (given === undefined) return undefined
  const flag = `--${given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  throw new ToolkitError('CLI_USAGE', `${flag} is of no use without --prediction-log`, {
    hint: 'add --prediction-log',
  })
}

function redactionOf(flags: PredictionLogFlags) {
  const { predictionLogDrop: drop = [], predictionLogHash: hash = [] } = flags
  const { predictionLogKeyFile: file } = flags
  return { drop, hash, ...(file !== undefined && { key: readKey(file) }) }
}

/** Without the line break at its end, which editors add. */
function readKey(file: string): Uint8Array {
  try {
    return Buffer.from(readFileSync(file, 'latin1').replace(/\r?\n$/, ''), 'latin1')
  } catch (cause) {
    const code = systemCode(cause)
    if (code === undefined) throw cause
    throw new ToolkitError('FILE_MISSING', `cannot read the key in '${file}': ${code}`, {
      hint: 'make one: openssl rand -hex 32 > prediction-log.key',
      cause,
    })
  }
}

function limitsOf(flags: PredictionLogFlags) {
  const { predictionLogRotateBytes: bytes, predictionLogRotateSeconds: seconds } = flags
  return {
    ...(bytes !== undefined && { bytes }),
    ...(seconds !== undefined && { ageMs: seconds * 1000 }),
  }
}

function parseShare(text: string): number {
  const share = Number(text)
  if (/^\d*\.?\d+$/.test(text) && share > 0 && share <= 1) return share
  throw new InvalidArgumentError('expected a number above 0, at most 1')
}

function parseBytes(text: string): number {
  const bytes = Number(text)
  if (/^\d{4,12}$/.test(text) && bytes >= 1024) return bytes
  throw new InvalidArgumentError('expected a whole number from 1024')
}

/** A day without a write, and a spool of another machine is taken for abandoned. */
const longestSeconds = 43_200

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (/^\d{1,5}$/.test(text) && seconds >= 1 && seconds <= longestSeconds) return seconds
  throw new InvalidArgumentError(`expected a whole number from 1 to ${longestSeconds}`)
}
