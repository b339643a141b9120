/** Reads the message of a request as MLflow's server does: from its query, its JSON body and its path. */

import { ToolkitError } from '../../core/errors.ts'
import { readFields, type Fields, type Values } from './fields.ts'

/** Where a message may stand. */
export interface MessageSource {
  readonly method: string
  readonly contentType: string | undefined
  /** Names to texts, or lists of them where a name was repeated. */
  readonly query: unknown
  /** As it came; `undefined` when there is none. */
  readonly body: unknown
  /** Fields that stand in the path, decoded. */
  readonly path: unknown
}

type Message = Readonly<Record<string, unknown>>

/** @throws {ToolkitError} `TRACKING_INVALID`; it shows numbers as they were written: 9.0 */
export function readMessage<F extends Fields>(source: MessageSource, fields: F): Values<F> {
  try {
    return readFields(fields, findMessage(source, fields, JSON.parse))
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    throw errorAsWritten(error, () =>
      readFields(fields, findMessage(source, fields, parseAsWritten)),
    )
  }
}

/** What refuses the numbers' own spelling for the same reason, if it does. */
function errorAsWritten(error: ToolkitError, readAgain: () => unknown): ToolkitError {
  try {
    readAgain()
  } catch (other) {
    if (!(other instanceof ToolkitError)) return error
    if (other.message.replaceAll(/(\d)\.0+\b/g, '$1') === error.message) return other
  }
  return error
}

/** As `JSON.parse`, but a number that reads back otherwise, as 9.0 does, keeps its text. */
function parseAsWritten(text: string): unknown {
  const keep = (_key: string, value: unknown, { source }: { source?: string }): unknown =>
    typeof value === 'number' && source !== String(value) ? JSON.rawJSON(source ?? '0') : value
  return JSON.parse(text, keep)
}

type Parse = (text: string) => unknown

function findMessage(source: MessageSource, fields: Fields, parse: Parse): Message {
  const message = isInQuery(source)
    ? readQuery(asMap(source.query), fields)
    : readBody(source, parse)
  const path = readPath(asMap(source.path))
  for (const [name, value] of Object.entries(path)) {
    const other = message[name]
    if (other === undefined || other === null || other === value) continue
    throw new ToolkitError('TRACKING_INVALID', `'${name}' is not the same in path and message`)
  }
  return { ...message, ...path }
}

/** A GET without a query may have a body, which is then its message. */
function isInQuery({ method, query, body }: MessageSource): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return Object.keys(asMap(query)).length > 0 || !Buffer.isBuffer(body) || body.length === 0
}

/** The rest of a path that ends anywhere is the field `artifact_path`. */
function readPath({ '*': artifactPath, ...path }: Message): Message {
  return artifactPath === undefined ? path : { ...path, artifact_path: artifactPath }
}

/** A parameter that may be repeated is a list when it stands once, too. */
function readQuery(query: Message, fields: Fields): Message {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const isList = fields[name]?.schema['type'] === 'array'
      return [name, isList && !Array.isArray(value) ? [value] : value]
    }),
  )
}

function readBody({ method, contentType, body }: MessageSource, parse: Parse): Message {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : ''
  const mediaType = (contentType ?? '').split(';')[0]?.trim().toLowerCase()
  // Those whose message may stand in the path alone are sent without any.
  const isBare = (method === 'DELETE' || method === 'PATCH') && text === ''
  if (mediaType !== 'application/json' && !isBare) {
    throw new ToolkitError('TRACKING_INVALID', notJson)
  }
  if (text.trim() === '') return {}
  let value = parseJson(text, parse)
  // Old clients send JSON inside a JSON text.
  if (typeof value === 'string') value = parseJson(value, parse)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return asMap(value)
  throw new ToolkitError('TRACKING_INVALID', 'the request body is not a JSON object')
}

/** MLflow's words. */
export const notJson = `Bad Request. Content-Type must be one of ['application/json'].`

function parseJson(text: string, parse: Parse): unknown {
  try {
    return parse(text)
  } catch (error) {
    throw new ToolkitError('TRACKING_INVALID', 'the request body is not JSON', { cause: error })
  }
}

function asMap(value: unknown): Message {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
