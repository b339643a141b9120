/** A failure for the program that asked for a document: the same members whatever went wrong. */

import { ToolkitError } from '../../core/errors.ts'

/** An error as it stands in a document. */
export interface ErrorDocument {
  /** One of `docs/errors.md`; `INTERNAL_ERROR` for a bug of ours. */
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
  readonly details: Readonly<Record<string, unknown>>
}

/** What a thrown value says, member by member; of a bug also where it was. */
export function describeError(error: unknown): ErrorDocument {
  if (error instanceof ToolkitError) {
    const { code, message, hint, details } = error
    return { code, message, hint, details }
  }
  const isError = error instanceof Error
  const message = isError ? error.message : String(error)
  return { code: 'INTERNAL_ERROR', message, details: isError ? { stack: error.stack } : {} }
}

/** One line, so that it can be told from the lines of progress that stand before it on stderr. */
export function formatErrorJson(error: unknown): string {
  return JSON.stringify({ error: describeError(error) }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}

/** Whether the words of a command line ask for a document. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json')
}
