import { ToolkitError } from '../core/errors.ts'

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
  /** @throws {ToolkitError} `REQUEST_INVALID` when there was any */
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
  const toError = (): ToolkitError =>
    new ToolkitError('REQUEST_INVALID', summarize(errors, errorCount), {
      details: { errors, errorCount },
    })
  return {
    add: (pointer, describe) => {
      errorCount++
      if (errors.length < listedProblems) errors.push(createProblem(pointer, describe()))
    },
    check: () => {
      if (errorCount > 0) throw toError()
    },
    toError,
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

function presentValue(value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'boolean') return value
  // JSON cannot write infinity.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string') return value.length > 100 ? `${value.slice(0, 100)}…` : value
  return Array.isArray(value) ? 'an array' : 'an object'
}

function summarize(errors: readonly RequestProblem[], count: number): string {
  const [first] = errors
  if (first === undefined) return 'the request is invalid'
  const sentence = describeProblem(first)
  return count === 1 ? sentence : `${count} problems; the first: ${sentence}`
}

/** One problem as one sentence. */
export function describeProblem({ pointer, value, expected }: RequestProblem): string {
  const place = pointer === '' ? 'the body' : `'${pointer}'`
  const found = value === undefined ? 'missing' : JSON.stringify(value)
  return `${place} is ${found}, expected ${expected}`
}
