/** Sends a stored file: whole, a range of it, or only word that it has not changed. */

import type { FastifyReply } from 'fastify'
import type { ArtifactsStore, FoundArtifact } from '../store/artifacts/artifacts-store.ts'
import { mediaTypeOf } from './media-type.ts'
import type { Exchange } from './route.ts'

/** Files are data, never pages: saved, not shown, and without rights if a browser shows one anyway. */
export async function sendArtifact(
  { request, reply }: Exchange,
  artifacts: ArtifactsStore,
  path: string,
): Promise<FastifyReply> {
  const found = await artifacts.find(path)
  const etag = `"${found.version}"`
  const name = path.slice(path.lastIndexOf('/') + 1)
  const modified = new Date(found.modifiedTime).toUTCString()
  reply
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'no-cache')
    .header('content-disposition', formatDisposition(name))
    .header('content-security-policy', `sandbox; default-src 'none'`)
    .header('content-type', mediaTypeOf(name))
    .header('etag', etag)
    .header('last-modified', modified)
  const { headers } = request
  const range =
    headers['if-range'] === undefined || [etag, modified].includes(String(headers['if-range']))
      ? parseRange(headers.range, found.sizeBytes)
      : undefined
  if (isUnchanged(headers['if-none-match'], etag)) return finish(reply.code(304), found)
  if (range === 'beyond') {
    reply.code(416).header('content-range', `bytes */${found.sizeBytes}`)
    return finish(reply, found)
  }
  if (range !== undefined) {
    const { first, last } = range
    reply.code(206).header('content-range', `bytes ${first}-${last}/${found.sizeBytes}`)
  }
  const { first, last } = range ?? { first: 0, last: found.sizeBytes - 1 }
  reply.header('content-length', last - first + 1)
  if (request.method === 'HEAD') return finish(reply, found)
  return reply.send(found.read({ first, last }))
}

/** Without a body. */
async function finish(reply: FastifyReply, found: FoundArtifact): Promise<FastifyReply> {
  await found.close()
  return reply.send()
}

function isUnchanged(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''))
  return known.some((each) => each === etag || each === '*')
}

/**
 * One range of bytes. [RFC 9110, §14.1.2] What is malformed, or more than one range, asks for
 * the whole file: `undefined`.
 */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): { readonly first: number; readonly last: number } | 'beyond' | undefined {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || from + to === '') return undefined
  if (from === '') {
    // The last so many bytes.
    const count = Math.min(Number(to), sizeBytes)
    return count === 0 ? 'beyond' : { first: sizeBytes - count, last: sizeBytes - 1 }
  }
  const first = Number(from)
  if (to !== '' && Number(to) < first) return undefined
  if (first >= sizeBytes) return 'beyond'
  return { first, last: Math.min(to === '' ? Infinity : Number(to), sizeBytes - 1) }
}

/** RFC 6266: a plain name for old readers, the real one percent-encoded. */
function formatDisposition(name: string): string {
  if (/^[\w.+-]+$/.test(name)) return `attachment; filename=${name}`
  const plain = name.replaceAll(/[^\w.\- ]/g, '_')
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
