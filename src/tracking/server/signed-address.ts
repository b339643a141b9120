/** Addresses that carry the permission for one request: what is signed is the method, the path and until when. */

import { createHmac, timingSafeEqual } from 'node:crypto'

export interface SignedRequest {
  readonly method: string
  /** As it stands in the request, percent-encoded, without a query. */
  readonly path: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** The path with its query: `…?expires=1700000000000&signature=…` */
export function signPath(request: SignedRequest, key: Uint8Array): string {
  const { path, expires } = request
  return `${path}?expires=${expires}&signature=${signatureOf(request, key)}`
}

/** What a request shows to be let in. */
export interface Signature {
  readonly expires: unknown
  readonly signature: unknown
}

/** Whether the signature is ours and the time is not over. */
export function isSigned(
  request: Pick<SignedRequest, 'method' | 'path'>,
  { expires, signature }: Signature,
  { key, now }: { readonly key: Uint8Array; readonly now: number },
): boolean {
  if (typeof expires !== 'string' || !/^\d{1,15}$/.test(expires)) return false
  if (typeof signature !== 'string' || Number(expires) <= now) return false
  const expected = Buffer.from(signatureOf({ ...request, expires: Number(expires) }, key))
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function signatureOf({ method, path, expires }: SignedRequest, key: Uint8Array): string {
  const content = `${method}\n${path}\n${expires}`
  return createHmac('sha256', key).update(content).digest('base64url')
}
