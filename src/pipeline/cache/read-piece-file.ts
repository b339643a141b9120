import type { FileHandle } from 'node:fs/promises'

/** Reads until the buffer is full or the file ends: DVC 2 decides about each whole piece whether it is text. */
export async function readPiece(file: FileHandle, buffer: Buffer): Promise<Buffer> {
  let length = 0
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}
