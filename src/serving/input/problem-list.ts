import { ToolkitError } from '../../core/errors.ts'

/** One thing that is wrong with a request. */
export interface RequestProblem {
  /** JSON Pointer into the body: '/rows/3/AGE' [RFC 6901]; in CSV the line and column: 'line 4, AGE'. */
  readonly pointer: string
  readonly expected: string
  /** What stood there; absent when nothing did. Long texts are cut, arrays and objects only named. */
  readonly value?: string | number | boolean | null
  readonly hint?: string
}

/** Whether a value is a problem as this file makes them. */
export function isRequestProblem(value: unknown): value is RequestProblem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pointer' in value &&
    'expected' in value &&
    typeof value.pointer === 'string' &&
    typeof value.expected === 'string'
  )
}

/** A value that does not fit and was scored all the same, as its column's policy says. */
export interface RequestWarning extends RequestProblem {
  /** 'impute': `used` was scored in its place; 'warn': it was scored as it is. */
  readonly policy: 'impute' | 'warn'
  /** What was scored, of texts and dates as of numbers; null for a missing value. Long texts are cut. */
  readonly used: number | string | null
}

/** What was let through in one request: the first of it, and all of it counted. */
export interface RequestWarnings {
  readonly listed: readonly RequestWarning[]
  readonly counts: readonly {
    readonly column: string
    readonly policy: 'impute' | 'warn'
    readonly count: number
  }[]
}

export interface ProblemList {
  /** Counts a problem; `describe` runs only for those that are listed. */
  add(
    pointer: string,
    describe: () => {
      readonly expected: string
      readonly value: unknown
      readonly hint?: string | undefined
    },
  ): void
  /** Counts a value that is let through. */
  warn(passed: {
    readonly pointer: string
    readonly column: string
    readonly policy: 'impute' | 'warn'
    readonly expected: string
    readonly value: unknown
    /** A missing value when absent. */
    readonly used: number | string | undefined
  }): void
  /** All that was let through; nothing when nothing was. */
  warnings(): RequestWarnings | undefined
  /** @throws {ToolkitError} `REQUEST_INVALID` when there was any problem */
  check(): void
  toError(): ToolkitError
}

/** So many are described; the others are only counted. */
const listedProblems = 100

/**
 * Collects all that is wrong with one request. The error's details are
 * `errors`, the first hundred problems, and `errorCount`, how many there are.
 */
export function createProblemList(): ProblemList {
  const errors: RequestProblem[] = []
  let errorCount = 0
  const warnings = createWarningList()
  const toError = (): ToolkitError =>
    new ToolkitError('REQUEST_INVALID', summarize(errors, errorCount), {
      details: { errors, errorCount },
    })
  return {
    add: (pointer, describe) => {
      errorCount++
      if (errors.length < listedProblems) errors.push(createProblem(pointer, describe()))
    },
    ...warnings,
    check: () => {
      if (errorCount > 0) throw toError()
    },
    toError,
  }
}

function createWarningList(): Pick<ProblemList, 'warn' | 'warnings'> {
  const listed: RequestWarning[] = []
  // Made when there is something to count, which is almost never.
  let counts: Map<string, { column: string; policy: 'impute' | 'warn'; count: number }> | undefined
  return {
    warn: ({ pointer, column, policy, expected, value, used }) => {
      const key = `${policy} ${column}`
      counts ??= new Map()
      const counted = counts.get(key) ?? { column, policy, count: 0 }
      counted.count++
      counts.set(key, counted)
      if (listed.length >= listedProblems) return
      const problem = createProblem(pointer, { expected, value })
      listed.push({ ...problem, policy, used: presentUsed(used) })
    },
    warnings: () => (counts === undefined ? undefined : { listed, counts: [...counts.values()] }),
  }
}

function createProblem(
  pointer: string,
  found: { readonly expected: string; readonly value: unknown; readonly hint?: string | undefined },
): RequestProblem {
  return {
    pointer,
    expected: found.expected,
    ...(found.value !== undefined && { value: presentValue(found.value) }),
    ...(found.hint !== undefined && { hint: found.hint }),
  }
}

function presentUsed(used: number | string | undefined): number | string | null {
  return typeof used === 'string' ? shorten(used) : (used ?? null)
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

function presentValue(value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'boolean') return value
  // JSON cannot write infinity.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string') return shorten(value)
  return Array.isArray(value) ? 'an array' : 'an object'
}

/** The first problem in a sentence, and how many there are. */
export function summarize(
  errors: readonly RequestProblem[],
  count: number,
  isValueTold = true,
): string {
  const [first] = errors
  if (first === undefined) return 'the request is invalid'
  const sentence = describeProblem(first, isValueTold)
  return count === 1 ? sentence : `${count} problems; the first: ${sentence}`
}

/** One problem as one sentence, with the value that stood there or without. */
export function describeProblem(
  { pointer, value, expected }: RequestProblem,
  isValueTold = true,
): string {
  const place = pointer === '' ? 'the body' : `'${pointer}'`
  if (value === undefined) return `${place} is missing, expected ${expected}`
  if (!isValueTold) return `${place} does not fit, expected ${expected}`
  return `${place} is ${JSON.stringify(value)}, expected ${expected}`
}
