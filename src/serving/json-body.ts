import { ToolkitError } from '../core/errors.ts'
import { parseJson } from './parse-json.ts'

/** The parts of a request that say what its body is. */
export interface RequestContent {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body's bytes; `undefined` when there is none. */
  readonly body: unknown
}

/**
 * Reads a JSON body whatever its sender calls it: type, encoding and bytes are
 * checked here and nowhere else.
 *
 * @param options - `isTypeOptional` lets a body without a Content-Type pass
 * @throws {ToolkitError} `REQUEST_TYPE_UNSUPPORTED`, `REQUEST_MALFORMED`
 */
export function readJsonBody(
  { headers, body }: RequestContent,
  options: { readonly isTypeOptional: boolean },
): unknown {
  checkType(headers['content-type'], options.isTypeOptional)
  checkEncoding(headers['content-encoding'])
  if (!(body instanceof Uint8Array) || body.length === 0) {
    throw new ToolkitError('REQUEST_MALFORMED', 'the body is empty', {
      hint: 'send a JSON document',
    })
  }
  return parseJson(decodeText(body))
}

function checkType(type: string | string[] | undefined, isOptional: boolean): void {
  if (type === undefined && isOptional) return
  const [mediaType, ...parameters] = String(type ?? '').split(';')
  const charset = /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/i
  const charsets = parameters.flatMap((parameter) => charset.exec(parameter)?.[1] ?? [])
  const isJson = mediaType?.trim().toLowerCase() === 'application/json'
  if (isJson && charsets.every((name) => /^utf-?8$/i.test(name))) return
  const got = type === undefined ? 'none' : `'${String(type).slice(0, 100)}'`
  throw new ToolkitError(
    'REQUEST_TYPE_UNSUPPORTED',
    `the content type is ${got}, expected 'application/json' in UTF-8`,
    { hint: 'send the header content-type: application/json' },
  )
}

function checkEncoding(encoding: string | string[] | undefined): void {
  const name = String(encoding ?? 'identity')
  if (name.trim().toLowerCase() === 'identity') return
  throw new ToolkitError(
    'REQUEST_TYPE_UNSUPPORTED',
    `the content encoding is '${name.slice(0, 100)}', expected none`,
    { hint: 'send the body uncompressed' },
  )
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (error) {
    throw new ToolkitError('REQUEST_MALFORMED', 'the body is not UTF-8 text', {
      hint: 'encode the JSON document as UTF-8',
      cause: error,
    })
  }
}
