/** Signing a request to S3 as Amazon's Signature Version 4 says. Pure. */

import { createHmac, hash } from 'node:crypto'
import type { S3Credentials } from './s3-options.ts'

/** What is signed. */
export interface UnsignedRequest {
  readonly method: 'GET' | 'PUT'
  /** As `Host` says it: with the port unless it is the usual one. */
  readonly host: string
  /** Encoded, from the root. */
  readonly path: string
  /** Further headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Who signs, where and when. */
export interface SigningScope {
  readonly credentials: S3Credentials
  readonly region: string
  /** Milliseconds since 1970. */
  readonly time: number
}

/** Signs requests; what is the same for all of a day is computed once. */
export interface Signer {
  /** All headers of the signed request; names in lower case. */
  sign(request: UnsignedRequest, scope: SigningScope): Record<string, string>
}

/** Creates a signer. */
export function createSigner(): Signer {
  let known: { readonly name: string; readonly key: Buffer } | undefined
  const keyOf = (day: string, { credentials, region }: SigningScope): Buffer => {
    const name = `${day}\n${region}\n${credentials.secretAccessKey}`
    if (known?.name !== name) {
      known = { name, key: deriveKey([`AWS4${credentials.secretAccessKey}`, day, region]) }
    }
    return known.key
  }
  return {
    sign: (request, scope) => {
      const stamp = new Date(scope.time).toISOString().replaceAll(/[:-]|\.\d{3}/g, '')
      const day = stamp.slice(0, 8)
      return signWith(keyOf(day, scope), request, { ...scope, stamp, day })
    },
  }
}

function deriveKey([secret, ...parts]: readonly [string, ...string[]]): Buffer {
  return [...parts, 's3', 'aws4_request'].reduce<Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(secret),
  )
}

interface DatedScope extends SigningScope {
  /** `20260102T030405Z` */
  readonly stamp: string
  readonly day: string
}

function signWith(
  key: Buffer,
  { method, host, path, headers: further, body }: UnsignedRequest,
  { credentials, region, stamp, day }: DatedScope,
): Record<string, string> {
  const { accessKeyId, sessionToken } = credentials
  const headers: Record<string, string> = {
    ...further,
    host,
    'x-amz-content-sha256': hash('sha256', body),
    'x-amz-date': stamp,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  }
  const names = Object.keys(headers).sort()
  const signed = names.join(';')
  const lines = names.map((name) => `${name}:${headers[name]}`)
  const digest = headers['x-amz-content-sha256']
  // The empty line after the path is the query, which there is none of.
  const canonical = [method, path, '', ...lines, '', signed, digest].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', stamp, scope, hash('sha256', canonical)].join('\n')
  const signature = createHmac('sha256', key).update(text).digest('hex')
  const credential = `${accessKeyId}/${scope}`
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed}, Signature=${signature}`
  return { ...headers, authorization }
}

/** A key as it stands in the path of a request. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}
