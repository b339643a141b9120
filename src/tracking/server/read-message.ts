/** Reads the message of a request as MLflow's server does: from its query, its JSON body and its path. */

import { ToolkitError } from '../../core/errors.ts'
import type { Fields } from './fields.ts'

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

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function readMessage(source: MessageSource, fields: Fields): Message {
  const isQuery = source.method === 'GET' || source.method === 'HEAD'
  const message = isQuery ? readQuery(asMap(source.query), fields) : readBody(source)
  const path = asMap(source.path)
  for (const [name, value] of Object.entries(path)) {
    const other = message[name]
    if (other === undefined || other === null || other === value) continue
    throw new ToolkitError('TRACKING_INVALID', `'${name}' is not the same in path and message`)
  }
  return { ...message, ...path }
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

function readBody({ contentType, body }: MessageSource): Message {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : ''
  const mediaType = (contentType ?? '').split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') throw new ToolkitError('TRACKING_INVALID', notJson)
  if (text.trim() === '') return {}
  let value = parseJson(text)
  // Old clients send JSON inside a JSON text.
  if (typeof value === 'string') value = parseJson(value)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return asMap(value)
  throw new ToolkitError('TRACKING_INVALID', 'the request body is not a JSON object')
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
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
