/** How requests name a run. */

import { missingParameter, text, type Values } from '../fields.ts'

/** Clients send both; `run_uuid` is the older name. */
export const runIdFields = { run_id: text, run_uuid: text }

/** @throws {ToolkitError} `TRACKING_INVALID` when neither is there. */
export function toRunId(values: Values<typeof runIdFields>): string {
  const runId = values.run_id || values.run_uuid
  if (runId) return runId
  throw missingParameter('run_id')
}
