/** Fields that requests to the registry share. */

import type { RegistryChange } from '../../../core/tracking.ts'
import { text, type Values } from '../fields.ts'
import type { RouteContext } from '../route.ts'

/** Why something changes, for the audit log. MLflow's server passes it over. */
export const changeFields = { reason: text }

/** Who, when and why. */
export function toChange(
  { reason }: Values<typeof changeFields>,
  { clock, userId }: Pick<RouteContext, 'clock' | 'userId'>,
): RegistryChange {
  return { reason, timestamp: clock(), userId }
}
