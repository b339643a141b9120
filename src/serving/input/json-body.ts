import { ToolkitError } from '../../core/errors.ts'
import { parseJson } from './parse-json.ts'

/** The parts of a request that say what its body is. */
export interface RequestContent {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body's bytes; `undefined` when there is none. */
  readonly body: unknown
}

/**
 * Reads a JSON body whatever its sender calls it: type and bytes are checked here and nowhere else; it is
 * decompressed before, see content-encoding.ts.
 *
 * @param options - `isTypeOptional` lets a body without a Content-Type pass
 * @throws {ToolkitError} `REQUEST_TYPE_UNSUPPORTED`, `REQUEST_MALFORMED`
 */
export function readJsonBody(
  content: RequestContent,
  options: { readonly isTypeOptional: boolean },
): unknown {
  return parseJsonBytes(readJsonBytes(content, options))
}

/**
 * The bytes of a body that says it is JSON, for {@link parseJsonBytes}.
 *
 * @throws {ToolkitError} `REQUEST_TYPE_UNSUPPORTED`, `REQUEST_MALFORMED` when it is empty
 */
export function readJsonBytes(
  content: RequestContent,
  options: { readonly isTypeOptional: boolean },
): Uint8Array {
  return readBytes(content, { types: ['application/json'], ...options }).bytes
}

/** @throws {ToolkitError} `REQUEST_MALFORMED` */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  return parseJson(decodeText(bytes))
}

/**
 * Reads a body of one of these media types, in UTF-8, and says of which.
 *
 * @param options - `isTypeOptional`: without a Content-Type, it is the first of `types`
 * @throws {ToolkitError} `REQUEST_TYPE_UNSUPPORTED`, `REQUEST_MALFORMED` when it is empty or no text
 */
export function readTextBody<Type extends string>(
  content: RequestContent,
  options: AcceptedTypes<Type>,
): { readonly type: Type; readonly text: string } {
  const { type, bytes } = readBytes(content, options)
  return { type, text: decodeText(bytes) }
}

interface AcceptedTypes<Type extends string> {
  readonly types: readonly [Type, ...Type[]]
  readonly isTypeOptional: boolean
}

function readBytes<Type extends string>(
  { headers, body }: RequestContent,
  options: AcceptedTypes<Type>,
): { readonly type: Type; readonly bytes: Uint8Array } {
  const type = chooseType(headers['content-type'], options)
  if (!(body instanceof Uint8Array) || body.length === 0) {
    throw new ToolkitError('REQUEST_MALFORMED', 'the body is empty', {
      hint: type === 'application/json' ? 'send a JSON document' : 'send a header and rows',
    })
  }
  return { type, bytes: body }
}

function chooseType<Type extends string>(
  sent: string | string[] | undefined,
  { types, isTypeOptional }: AcceptedTypes<Type>,
): Type {
  if (sent === undefined && isTypeOptional) return types[0]
  const exact = types.find((known) => known === sent)
  if (exact !== undefined) return exact
  const [mediaType, ...parameters] = String(sent ?? '').split(';')
  const charset = /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/i
  const charsets = parameters.flatMap((parameter) => charset.exec(parameter)?.[1] ?? [])
  const type = types.find((known) => known === mediaType?.trim().toLowerCase())
  if (type !== undefined && charsets.every((name) => /^utf-?8$/i.test(name))) return type
  const got = sent === undefined ? 'none' : `'${String(sent).slice(0, 100)}'`
  const expected = types.map((known) => `'${known}'`).join(' or ')
  throw new ToolkitError(
    'REQUEST_TYPE_UNSUPPORTED',
    `the content type is ${got}, expected ${expected} in UTF-8`,
    { hint: `send the header content-type: ${types[0]}` },
  )
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (error) {
    throw new ToolkitError('REQUEST_MALFORMED', 'the body is not UTF-8 text', {
      hint: 'encode it as UTF-8',
      cause: error,
    })
  }
}
