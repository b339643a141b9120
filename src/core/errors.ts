/**
 * Every failure a user can cause or fix is a {@link ToolkitError}: a stable
 * code, one sentence saying what happened, and a hint saying what to do.
 * Anything else that escapes is a bug in the toolkit.
 */

import { escapeLines } from './visible-text.ts'

interface ErrorKind {
  /** Process exit code of the CLI: 1 failed, 2 wrong usage, 3 a check said no, 130 interrupted. */
  readonly exitCode: 1 | 2 | 3 | 130
  /** Status the HTTP servers answer with. */
  readonly httpStatus: number
}

/** The catalogue. `docs/errors.md` lists it, and a test holds the two equal; codes are never reused. */
export const errorKinds = {
  CACHE_OBJECT_DAMAGED: { exitCode: 1, httpStatus: 422 },
  CACHE_OBJECT_MISSING: { exitCode: 1, httpStatus: 404 },
  CHECKPOINT_INVALID: { exitCode: 1, httpStatus: 422 },
  CLI_USAGE: { exitCode: 2, httpStatus: 400 },
  CONFIG_INVALID: { exitCode: 2, httpStatus: 400 },
  DATA_CELL_INVALID: { exitCode: 1, httpStatus: 422 },
  DATA_CHECK_FAILED: { exitCode: 3, httpStatus: 422 },
  DATA_COLUMN_MISSING: { exitCode: 1, httpStatus: 422 },
  DATA_DRIFTED: { exitCode: 3, httpStatus: 422 },
  DATA_FILE_INVALID: { exitCode: 1, httpStatus: 422 },
  DATA_HASH_MISMATCH: { exitCode: 1, httpStatus: 422 },
  DATA_INCOMPARABLE: { exitCode: 1, httpStatus: 422 },
  DATA_SOURCE_UNAVAILABLE: { exitCode: 1, httpStatus: 503 },
  DATA_UNSAVED: { exitCode: 1, httpStatus: 409 },
  EXPERIMENT_UNKNOWN: { exitCode: 2, httpStatus: 404 },
  EXPLANATION_UNSUPPORTED: { exitCode: 1, httpStatus: 422 },
  FILE_MISSING: { exitCode: 1, httpStatus: 404 },
  FILE_READ_FAILED: { exitCode: 1, httpStatus: 500 },
  FILE_WRITE_FAILED: { exitCode: 1, httpStatus: 500 },
  GIT_FAILED: { exitCode: 1, httpStatus: 500 },
  INTERRUPTED: { exitCode: 130, httpStatus: 503 },
  MODEL_INCOMPATIBLE: { exitCode: 1, httpStatus: 409 },
  MODEL_INVALID: { exitCode: 1, httpStatus: 422 },
  MODEL_NOT_FOUND: { exitCode: 1, httpStatus: 404 },
  MODEL_OPERATOR_UNSUPPORTED: { exitCode: 1, httpStatus: 422 },
  MONITOR_ALERT: { exitCode: 3, httpStatus: 422 },
  PATH_FORBIDDEN: { exitCode: 1, httpStatus: 422 },
  PATH_UNTRACKED: { exitCode: 2, httpStatus: 404 },
  PIPELINE_CYCLE: { exitCode: 2, httpStatus: 400 },
  PIPELINE_INVALID: { exitCode: 2, httpStatus: 400 },
  PIPELINE_LOCKED: { exitCode: 1, httpStatus: 409 },
  PIPELINE_STAGE_FAILED: { exitCode: 1, httpStatus: 500 },
  PIPELINE_STAGE_UNKNOWN: { exitCode: 2, httpStatus: 404 },
  PORT_UNAVAILABLE: { exitCode: 1, httpStatus: 503 },
  PREDICTION_UNKNOWN: { exitCode: 2, httpStatus: 404 },
  PROMOTION_REFUSED: { exitCode: 3, httpStatus: 422 },
  REMOTE_DENIED: { exitCode: 1, httpStatus: 403 },
  REMOTE_OBJECT_DAMAGED: { exitCode: 1, httpStatus: 422 },
  REMOTE_OBJECT_MISSING: { exitCode: 1, httpStatus: 404 },
  REMOTE_UNAVAILABLE: { exitCode: 1, httpStatus: 503 },
  REMOTE_UNKNOWN: { exitCode: 2, httpStatus: 404 },
  REPOSITORY_MISSING: { exitCode: 2, httpStatus: 404 },
  REQUEST_FORBIDDEN: { exitCode: 1, httpStatus: 403 },
  REQUEST_INVALID: { exitCode: 1, httpStatus: 422 },
  REQUEST_MALFORMED: { exitCode: 1, httpStatus: 400 },
  REQUEST_METHOD_UNSUPPORTED: { exitCode: 1, httpStatus: 405 },
  REQUEST_PATH_UNKNOWN: { exitCode: 1, httpStatus: 404 },
  REQUEST_RATE_EXCEEDED: { exitCode: 1, httpStatus: 429 },
  REQUEST_REFUSED: { exitCode: 1, httpStatus: 503 },
  REQUEST_TOO_LARGE: { exitCode: 1, httpStatus: 413 },
  REQUEST_TYPE_UNSUPPORTED: { exitCode: 1, httpStatus: 415 },
  REQUEST_UNAUTHENTICATED: { exitCode: 1, httpStatus: 401 },
  REVISION_UNKNOWN: { exitCode: 2, httpStatus: 404 },
  SHAPE_MISMATCH: { exitCode: 1, httpStatus: 422 },
  SUITE_INVALID: { exitCode: 2, httpStatus: 400 },
  TRACKING_COPY_INCOMPLETE: { exitCode: 3, httpStatus: 422 },
  TRACKING_EXISTS: { exitCode: 1, httpStatus: 400 },
  TRACKING_FORBIDDEN: { exitCode: 1, httpStatus: 403 },
  TRACKING_INVALID: { exitCode: 1, httpStatus: 400 },
  TRACKING_NOT_FOUND: { exitCode: 1, httpStatus: 404 },
  TRACKING_SERVER_FAILED: { exitCode: 1, httpStatus: 502 },
  TRACKING_STORE_BUSY: { exitCode: 1, httpStatus: 503 },
  TRACKING_STORE_INVALID: { exitCode: 1, httpStatus: 500 },
  TRACKING_TOO_LARGE: { exitCode: 1, httpStatus: 413 },
  TRAINING_DIVERGED: { exitCode: 1, httpStatus: 422 },
  TRAINING_INVALID: { exitCode: 1, httpStatus: 422 },
} as const satisfies Record<string, ErrorKind>

/** The codes of the catalogue. */
export type ErrorCode = keyof typeof errorKinds

/** What an error carries besides its code and message. */
export interface ErrorOptions {
  /** What the reader can do about it, in the imperative. */
  readonly hint?: string | undefined
  /** Values a program may want: the file, the line, the offending name. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
  /** Overrides the catalogue's exit code: a stage that exits 3 makes the run exit 3. */
  readonly exitCode?: number
}

/** A failure that a user can cause or mend; see the head of this file. */
export class ToolkitError extends Error {
  override readonly name = 'ToolkitError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly details: Readonly<Record<string, unknown>>
  readonly exitCode: number

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.details = options.details ?? {}
    this.exitCode = options.exitCode ?? errorKinds[code].exitCode
  }

  /**
   * Also true for an error of another copy of this package: a project.ts may
   * import the installed one while `mlpt` runs from elsewhere.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'ToolkitError' && 'code' in value
  }

  get httpStatus(): number {
    return errorKinds[this.code].httpStatus
  }
}

/** What any thrown value says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Formats any thrown value for a terminal, which obeys nothing in it; the stack is for bugs only. */
export function formatError(error: unknown): string {
  if (!(error instanceof ToolkitError)) {
    return escapeLines(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  const hint = error.hint === undefined ? '' : `\n  hint: ${error.hint}`
  return escapeLines(`error ${error.code}: ${error.message}${hint}`)
}
