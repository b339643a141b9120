import type { Hash } from 'node:crypto'

/** @yields the bytes as they come, which go into the hash on their way */
export async function* hashedInto(
  hash: Hash,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    hash.update(chunk)
    yield chunk
  }
}
