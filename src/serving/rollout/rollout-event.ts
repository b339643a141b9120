/** What happens to the models behind a server, for logs and metrics. */

import { ToolkitError, messageOf } from '../../core/errors.ts'
import type { ScoringArm } from '../../core/scored-rows.ts'
import type { ModelIdentity } from '../served-model.ts'

/** Something that happened to the models behind a server. */
export type RolloutEvent =
  | {
      readonly kind: 'swapped'
      readonly arm: ScoringArm
      readonly model: ModelIdentity
      /** Which was there before. */
      readonly before: ModelIdentity | undefined
    }
  | {
      /** The model that is there stays. */
      readonly kind: 'refused'
      readonly arm: ScoringArm
      readonly version: string | undefined
      readonly error: unknown
    }
  | {
      readonly kind: 'emptied'
      readonly arm: TrialArm
      readonly model: ModelIdentity
      /** When its version was registered, where that is known. */
      readonly registeredAt?: number | undefined
      readonly reason: string
    }
  | {
      readonly kind: 'rolled-back'
      readonly model: ModelIdentity
      readonly registeredAt?: number | undefined
      readonly cause: 'errors' | 'latency'
      readonly reason: string
    }
  | { readonly kind: 'shadow-failed'; readonly model: ModelIdentity; readonly error: unknown }
  | { readonly kind: 'registry-away'; readonly arm: ScoringArm; readonly error: unknown }
  | { readonly kind: 'registry-back'; readonly arm: ScoringArm }
  /** The address names no version (now). */
  | { readonly kind: 'alias-missing'; readonly arm: ScoringArm }

/** An arm that a server may be without. */
export type TrialArm = Exclude<ScoringArm, 'champion'>

/** The event in one line, without its end. */
export function describeRolloutEvent(event: RolloutEvent): string {
  switch (event.kind) {
    case 'swapped':
      return `${event.arm}: ${nameOf(event.model)}${event.before === undefined ? '' : `, after ${nameOf(event.before)}`}`
    case 'refused': {
      const version = event.version === undefined ? 'a model' : `version ${event.version}`
      return `${event.arm}: ${version} is refused: ${describeError(event.error)}`
    }
    case 'emptied':
      return `${event.arm}: ${nameOf(event.model)} is taken away: ${event.reason}`
    case 'rolled-back':
      return `canary: ${nameOf(event.model)} is rolled back: ${event.reason}`
    case 'shadow-failed':
      return `shadow: ${nameOf(event.model)} fails: ${describeError(event.error)}`
    case 'registry-away':
      return `${event.arm}: the registry does not answer, so the model stays: ${describeError(event.error)}`
    case 'registry-back':
      return `${event.arm}: the registry answers again`
    case 'alias-missing':
      return `${event.arm}: the address names no version`
  }
}

function nameOf({ name, version, digest }: ModelIdentity): string {
  return version === null
    ? `${name} (sha256 ${digest.slice(0, 12)}…)`
    : `${name}, version ${version}`
}

/** With the hint: whoever reads it is to do something about it. */
function describeError(error: unknown): string {
  const hint = error instanceof ToolkitError ? error.hint : undefined
  return hint === undefined ? messageOf(error) : `${messageOf(error)} (${hint})`
}
