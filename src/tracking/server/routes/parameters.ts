/** Reads the parameters of a request as MLflow's server does: from the query of a GET, else from the JSON body. */

import { ToolkitError } from '../../../core/errors.ts'
import type { PageRequest } from '../../store/page.ts'
import type { ViewType } from '../../store/view-type.ts'

export interface Parameters {
  /** `undefined` when absent or null. @throws `TRACKING_INVALID` for anything but a text. */
  text(name: string): string | undefined
  /** @throws `TRACKING_INVALID` when absent or empty. */
  requiredText(name: string): string
  /** A list of texts; one text counts as a list of one. */
  texts(name: string): readonly string[]
  /** A whole number, as a number or as text. */
  integer(name: string): number | undefined
}

export interface ParameterSource {
  readonly query: unknown
  /** The raw body, `undefined` when there is none. */
  readonly body: unknown
}

/** @throws {ToolkitError} `TRACKING_INVALID` when the body is no JSON object. */
export function readParameters({ query, body }: ParameterSource): Parameters {
  const fields = body === undefined ? asRecord(query) : parseBody(body)
  const text = (name: string): string | undefined => {
    const value = pick(fields, name)
    if (value === undefined || typeof value === 'string') return value
    throw invalidValue(name, value, 'a text')
  }
  return {
    text,
    requiredText: (name) => {
      const value = text(name)
      if (value !== undefined && value !== '') return value
      throw missingParameter(name)
    },
    texts: (name) => toTexts(name, pick(fields, name)),
    integer: (name) => toInteger(name, pick(fields, name)),
  }
}

/** `run_id`, or its older name `run_uuid`. @throws {ToolkitError} `TRACKING_INVALID` */
export function readRunId(parameters: Parameters): string {
  return (
    parameters.text('run_id') || parameters.text('run_uuid') || parameters.requiredText('run_id')
  )
}

/** @throws {ToolkitError} `TRACKING_INVALID` when `max_results` or the token is out of bounds. */
export function readPage(
  parameters: Parameters,
  limits: { readonly fallback: number | undefined; readonly most: number },
): PageRequest {
  const maxResults = parameters.integer('max_results') ?? limits.fallback
  if (maxResults === undefined) throw missingParameter('max_results')
  if (maxResults < 1 || maxResults > limits.most) {
    throw invalidValue('max_results', maxResults, `an integer from 1 to ${limits.most}`)
  }
  return { maxResults, offset: parsePageToken(parameters.text('page_token')) }
}

/** The token of the page after this one; absent on the last page. */
export function formatNextPage(
  { maxResults, offset }: PageRequest,
  hasMore: boolean,
): { readonly next_page_token?: string } {
  if (!hasMore) return {}
  return {
    next_page_token: Buffer.from(JSON.stringify({ offset: offset + maxResults })).toString(
      'base64',
    ),
  }
}

const viewTypes: readonly ViewType[] = ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']

/** ACTIVE_ONLY when absent; MLflow also takes the number 1, 2 or 3. */
export function readViewType(parameters: Parameters, name: string): ViewType {
  let value: string | number | undefined
  try {
    value = parameters.text(name)
  } catch {
    value = parameters.integer(name) // a number, or the error of one
  }
  if (value === undefined || value === '') return 'ACTIVE_ONLY'
  const found = viewTypes.find((type, i) => type === value || i + 1 === value)
  if (found !== undefined) return found
  throw invalidValue(name, value, `one of ${viewTypes.join(', ')}`)
}

/** @throws {ToolkitError} `TRACKING_INVALID`, with the wording that clients look for. */
export function missingParameter(name: string): ToolkitError {
  return new ToolkitError(
    'TRACKING_INVALID',
    `Missing value for required parameter '${name}'. See the API docs for more information about request parameters.`,
  )
}

function invalidValue(name: string, value: unknown, expected: string): ToolkitError {
  const shown = JSON.stringify(value)?.slice(0, 200)
  return new ToolkitError(
    'TRACKING_INVALID',
    `Invalid value ${shown} for parameter '${name}' supplied: expected ${expected}`,
  )
}

type Fields = Readonly<Record<string, unknown>>

function parseBody(body: unknown): Fields {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : ''
  if (text.trim() === '') return {}
  let value = parseJson(text)
  // Old clients send JSON inside a JSON text.
  if (typeof value === 'string') value = parseJson(value)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return asRecord(value)
  throw new ToolkitError('TRACKING_INVALID', 'the request body is not a JSON object')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ToolkitError('TRACKING_INVALID', 'the request body is not JSON', { cause: error })
  }
}

function asRecord(value: unknown): Fields {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {}
}

/** The field under its snake_case name or lowerCamelCase. */
function pick(fields: Fields, name: string): unknown {
  const camelName = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const isSnake = Object.hasOwn(fields, name)
  if (isSnake && camelName !== name && Object.hasOwn(fields, camelName)) {
    throw new ToolkitError('TRACKING_INVALID', `'${name}' and '${camelName}' are the same field`)
  }
  return (isSnake ? fields[name] : own(fields, camelName)) ?? undefined
}

function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

function toTexts(name: string, value: unknown): readonly string[] {
  if (value === undefined) return []
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((item) => {
    if (typeof item === 'string') return item
    throw invalidValue(name, item, 'a list of texts')
  })
}

function toInteger(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number
  throw invalidValue(name, value, 'an integer')
}

function parsePageToken(token: string | undefined): number {
  if (token === undefined || token === '') return 0
  const text = Buffer.from(token, 'base64').toString('latin1')
  const offset = /^\{"offset": ?(\d{1,15})\}$/.exec(text)?.[1]
  if (offset !== undefined) return Number(offset)
  throw new ToolkitError('TRACKING_INVALID', 'Invalid page token, could not base64-decode')
}
