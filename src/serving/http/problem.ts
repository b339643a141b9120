import { ToolkitError, type ErrorCode } from '../../core/errors.ts'
import {
  describeProblem,
  isRequestProblem,
  summarize,
  type RequestProblem,
} from '../input/problem-list.ts'

/** What went wrong, before a protocol gives it its shape. */
export interface Failure {
  readonly status: number
  readonly code: ErrorCode | 'INTERNAL_ERROR'
  readonly message: string
  /** The same without anything of the body. */
  readonly messageWithoutValues: string
  readonly hint: string | undefined
  /** Whether what was sent may be sent back. */
  readonly areValuesTold: boolean
  /** The first problems of an invalid request; none for other failures. */
  readonly errors: readonly RequestProblem[]
  readonly errorCount: number
  /** Not the client's doing: to be logged, and not to be told in detail. */
  readonly isInternal: boolean
}

/**
 * Describes anything thrown while a request was answered. What the client did
 * not cause becomes one sentence without any detail.
 */
export function describeFailure(error: unknown): Failure {
  if (error instanceof ToolkitError && isRequestFault(error)) return requestFailure(error)
  const status = frameworkStatus(error)
  if (status !== undefined) return frameworkFailure(status)
  return {
    ...withoutErrors,
    status: 500,
    code: 'INTERNAL_ERROR',
    message: internalMessage,
    messageWithoutValues: internalMessage,
    hint: 'try again; if it happens again, give the request id to whoever runs the server',
    isInternal: true,
  }
}

const internalMessage = 'the server failed; its log says why'
const withoutErrors = { errors: [], errorCount: 0, areValuesTold: true } as const

function isRequestFault(error: ToolkitError): boolean {
  const others = ['EXPLANATION_UNSUPPORTED', 'MODEL_NOT_FOUND']
  return error.code.startsWith('REQUEST_') || others.includes(error.code)
}

function requestFailure(error: ToolkitError): Failure {
  const { errors, errorCount, withoutValues } = error.details
  const problems = Array.isArray(errors) ? errors.filter(isRequestProblem) : []
  const count = Number(errorCount ?? 0)
  const plain = typeof withoutValues === 'string' ? withoutValues : error.message
  return {
    status: error.httpStatus,
    code: error.code,
    message: error.message,
    messageWithoutValues: problems.length === 0 ? plain : summarize(problems, count, false),
    hint: error.hint,
    areValuesTold: true,
    errors: problems,
    errorCount: count,
    isInternal: false,
  }
}

/** The status of an error of the HTTP framework that the client caused. */
function frameworkStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  const { statusCode } = error
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
    ? statusCode
    : undefined
}

function frameworkFailure(status: number): Failure {
  const known = frameworkFaults[status]
  const message = known?.message ?? 'the request is malformed'
  return {
    ...withoutErrors,
    status,
    code: known?.code ?? 'REQUEST_MALFORMED',
    message,
    messageWithoutValues: message,
    hint: known?.hint ?? 'check its path, its headers and the length of its body',
    isInternal: false,
  }
}

const frameworkFaults: Readonly<
  Record<number, { readonly code: ErrorCode; readonly message: string; readonly hint: string }>
> = {
  413: {
    code: 'REQUEST_TOO_LARGE',
    message: 'the body is larger than this server takes',
    hint: 'send fewer rows in one request',
  },
  414: {
    code: 'REQUEST_PATH_UNKNOWN',
    message: 'the path is longer than any that exists here',
    hint: 'see /docs',
  },
  415: {
    code: 'REQUEST_TYPE_UNSUPPORTED',
    message: 'the content type cannot be read',
    hint: 'send the header content-type: application/json',
  },
}

/** In one message, so many problems are told; the others are only counted. */
const toldProblems = 20

/** A failure as text, for protocols whose errors have no place for a list: every problem with its place. */
export function describeFailureFully(failure: Failure): string {
  const { hint, errors, errorCount, areValuesTold } = failure
  const message = messageOf(failure)
  if (errorCount === 0) return hint === undefined ? message : `${message} (${hint})`
  const told = errors.slice(0, toldProblems).map((problem) => {
    const sentence = describeProblem(problem, areValuesTold)
    return problem.hint === undefined ? sentence : `${sentence} (${problem.hint})`
  })
  if (errorCount > told.length) told.push(`and ${errorCount - told.length} more`)
  return told.join('; ')
}

function messageOf({ message, messageWithoutValues, areValuesTold }: Failure): string {
  return areValuesTold ? message : messageWithoutValues
}

/** How a protocol tells failures: on which paths, and in which shape. */
export interface FailureShape {
  owns(url: string): boolean
  format(failure: Failure): {
    readonly status: number
    readonly mediaType: string
    readonly body: string
  }
}

/** A problem document. [RFC 9457] */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly requestId: string
  readonly hint?: string
  readonly errors?: readonly RequestProblem[]
  readonly errorCount?: number
}

export const problemMediaType = 'application/problem+json'

/** Gives a failure the shape that `/predict` and all paths without a protocol of their own answer in. */
export function formatProblem(failure: Failure, requestId: string): Problem {
  return {
    type: 'about:blank',
    title: titles[failure.status] ?? 'Bad Request',
    status: failure.status,
    detail: messageOf(failure),
    code: failure.code,
    requestId,
    ...(failure.hint !== undefined && { hint: failure.hint }),
    ...(failure.errorCount > 0 && {
      errorCount: failure.errorCount,
      errors: failure.areValuesTold ? failure.errors : failure.errors.map(withoutValue),
    }),
  }
}

function withoutValue({ pointer, expected, hint }: RequestProblem): RequestProblem {
  return { pointer, expected, ...(hint !== undefined && { hint }) }
}

/** With the type 'about:blank', the title is the status's own phrase. */
export const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}
