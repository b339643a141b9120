/** Reads the message of a request as MLflow's server does: from its query, its JSON body and its path. */

import { ToolkitError } from '../../core/errors.ts'
import { ownMember } from '../../core/own-member.ts'
import { isObject } from '../../core/json.ts'
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

/** @throws {ToolkitError} `TRACKING_INVALID`; it shows a number as it was written: 9.0 */
export function readMessage<F extends Fields>(source: MessageSource, fields: F): Values<F> {
  try {
    return readFields(fields, findMessage(source, fields))
  } catch (error) {
    throw error instanceof ToolkitError ? spellNumber(error, source.body) : error
  }
}

/** MLflow shows 9.0 where JavaScript has only a 9. */
function spellNumber(error: ToolkitError, body: unknown): ToolkitError {
  const [start, value] = /^Invalid value (-?\d+)(?= for )/.exec(error.message) ?? []
  if (start === undefined || value === undefined || !Buffer.isBuffer(body)) return error
  const written = new RegExp(`[:,[]\\s*(${value}\\.0+)\\s*[,\\]}]`).exec(body.toString('utf8'))?.[1]
  if (written === undefined) return error
  const { code, details } = error
  const message = `Invalid value ${written}${error.message.slice(start.length)}`
  return new ToolkitError(code, message, { details, cause: error })
}

/** Nothing of a body is copied: one of a million names would keep everybody waiting for as many seconds as there are copies. */
function findMessage(source: MessageSource, fields: Fields): Message {
  const message = isInQuery(source) ? readQuery(asMap(source.query), fields) : readBody(source)
  const path = readPath(asMap(source.path))
  for (const [name, value] of Object.entries(path)) {
    const other = message[name]
    if (other === undefined || other === null || other === value) continue
    throw new ToolkitError('TRACKING_INVALID', `'${name}' is not the same in path and message`)
  }
  return Object.keys(path).length === 0 ? message : { ...message, ...path }
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
      // A name may be that of something every object has: __proto__.
      const field = ownMember(fields, name)
      const isList = field?.schema['type'] === 'array'
      return [name, isList && !Array.isArray(value) ? [value] : value]
    }),
  )
}

function readBody({ method, contentType, body }: MessageSource): Message {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : ''
  // Those whose message may stand in the path alone are sent without any.
  const isBare = (method === 'DELETE' || method === 'PATCH') && text === ''
  if (!isBare && !isJsonType(contentType)) {
    throw new ToolkitError('TRACKING_INVALID', notJson)
  }
  if (text.trim() === '') return {}
  let value = parseJson(text)
  // Old clients send JSON inside a JSON text.
  if (typeof value === 'string') value = parseJson(value)
  if (isObject(value)) return value
  throw new ToolkitError('TRACKING_INVALID', 'the request body is not a JSON object')
}

function isJsonType(contentType = ''): boolean {
  return contentType.split(';')[0]?.trim().toLowerCase() === 'application/json'
}

/** MLflow's words. */
export const notJson = `Bad Request. Content-Type must be one of ['application/json'].`

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ToolkitError('TRACKING_INVALID', 'the request body is not JSON', { cause: error })
  }
}

function asMap(value: unknown): Message {
  return isObject(value) ? value : {}
}
