import { ToolkitError } from '../core/errors.ts'
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
  return parseJson(readTextBody(content, { types: ['application/json'], ...options }).text)
}

/**
 * Reads a body of one of these media types, in UTF-8, and says of which.
 *
 * @param options - `isTypeOptional`: without a Content-Type, it is the first of `types`
 * @throws {ToolkitError} `REQUEST_TYPE_UNSUPPORTED`, `REQUEST_MALFORMED` when it is empty or no text
 */
export function readTextBody<Type extends string>(
  { headers, body }: RequestContent,
  options: { readonly types: readonly [Type, ...Type[]]; readonly isTypeOptional: boolean },
): { readonly type: Type; readonly text: string } {
  const type = chooseType(headers['content-type'], options)
  if (!(body instanceof Uint8Array) || body.length === 0) {
    throw new ToolkitError('REQUEST_MALFORMED', 'the body is empty', {
      hint: type === 'application/json' ? 'send a JSON document' : 'send a header and rows',
    })
  }
  return { type, text: decodeText(body) }
}

function chooseType<Type extends string>(
  sent: string | string[] | undefined,
  {
    types,
    isTypeOptional,
  }: { readonly types: readonly [Type, ...Type[]]; readonly isTypeOptional: boolean },
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
