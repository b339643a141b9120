import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

const chunkBytes = 2 ** 22

/**
 * The bytes of a file as they were before it was compressed.
 *
 * @yields large parts, one after another
 */
export async function* rawChunks(
  path: string,
  compression: 'gzip' | 'none',
): AsyncGenerator<Buffer> {
  const bytes = createReadStream(path, { highWaterMark: chunkBytes })
  if (compression === 'none') {
    yield* bytes
    return
  }
  const plain = createGunzip({ chunkSize: chunkBytes })
  const piped = pipeline(bytes, plain)
  // Its failure is also thrown by the loop; here it must only be awaited.
  piped.catch(() => {})
  yield* plain
}
