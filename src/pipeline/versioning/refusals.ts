import { ToolkitError, type ErrorCode } from '../../core/errors.ts'

/** Why one path cannot be used. */
export interface Refusal {
  readonly code: ErrorCode
  readonly path: string
  readonly message: string
  readonly hint: string
}

/** @throws {ToolkitError} the code of the first refusal, naming all of them; nothing when there are none */
export function checkRefusals(refusals: readonly Refusal[]): void {
  const [first, ...others] = refusals
  if (first === undefined) return
  const details = { paths: refusals.map(({ path }) => path) }
  if (others.length === 0) {
    throw new ToolkitError(first.code, first.message, { hint: first.hint, details })
  }
  const lines = refusals.map(({ message, hint }) => `\n  ${message} (${hint})`)
  throw new ToolkitError(first.code, `${refusals.length} problems:${lines.join('')}`, { details })
}
