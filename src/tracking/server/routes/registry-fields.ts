/** Fields that requests to the registry share. */

import type { Pairs, RegistryChange } from '../../../core/tracking.ts'
import { text } from '../fields.ts'
import type { RouteContext } from '../route.ts'

/** Why something changes, for the audit log. MLflow's server passes it over. */
export const changeFields = { reason: text }

/** Who, when and why. */
export function toChange(
  { reason }: { readonly reason: string | undefined },
  { clock, userId }: Pick<RouteContext, 'clock' | 'userId'>,
): RegistryChange {
  return { reason, timestamp: clock(), userId }
}

/** Of the same key the last counts. */
export function toPairs(pairs: readonly { readonly key: string; readonly value: string }[]): Pairs {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value]))
}
