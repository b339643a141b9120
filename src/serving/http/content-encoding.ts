/** Compressed bodies, as tritonclient and many proxies send them. */

import { gunzipSync, inflateSync } from 'node:zlib'
import { ToolkitError } from '../../core/errors.ts'

const decoders = { gzip: gunzipSync, 'x-gzip': gunzipSync, deflate: inflateSync } as const

/**
 * The body as it was before it was compressed. No more than the limit is ever decompressed, whatever a small
 * body would grow to.
 *
 * @param encoding - the header Content-Encoding
 * @throws {ToolkitError} `REQUEST_TOO_LARGE`, `REQUEST_MALFORMED` when the bytes are damaged, `REQUEST_TYPE_UNSUPPORTED`
 */
export function decodeContent(
  body: Uint8Array,
  encoding: string | undefined,
  { bodyBytes }: { readonly bodyBytes: number },
): Uint8Array {
  const name = (encoding ?? 'identity').trim().toLowerCase()
  if (name === 'identity' || name === '') return body
  if (!isKnown(name)) {
    throw new ToolkitError(
      'REQUEST_TYPE_UNSUPPORTED',
      `the content encoding is '${name.slice(0, 100)}', expected gzip, deflate or none`,
      { hint: 'send the body uncompressed' },
    )
  }
  try {
    return decoders[name](body, { maxOutputLength: bodyBytes })
  } catch (cause) {
    throw describeFault(name, cause)
  }
}

function isKnown(name: string): name is keyof typeof decoders {
  return Object.hasOwn(decoders, name)
}

function describeFault(name: string, cause: unknown): ToolkitError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return new ToolkitError('REQUEST_TOO_LARGE', 'the body is larger than this server takes', {
      hint: 'send fewer rows in one request',
      cause,
    })
  }
  return new ToolkitError('REQUEST_MALFORMED', `the body is not ${name}`, {
    hint: 'send it whole, or without the header content-encoding',
    cause,
  })
}
