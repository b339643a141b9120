import { open } from 'node:fs/promises'
import { ToolkitError } from '../../core/errors.ts'

/**
 * The first bytes of a file, by which its format is known.
 *
 * @param size - at most so many bytes
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`
 */
export async function readHead(path: string, size: number): Promise<Buffer> {
  try {
    await using handle = await open(path)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    throw asReadError(path, error)
  }
}

function asReadError(path: string, error: unknown): ToolkitError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (code === 'ENOENT') {
    return new ToolkitError('FILE_MISSING', `there is no file '${path}'`, {
      hint: 'check the path',
      cause: error,
    })
  }
  const what = code === 'EISDIR' ? 'it is a folder' : code
  return new ToolkitError('FILE_READ_FAILED', `cannot read '${path}': ${what}`, {
    hint: 'name a file that this user may read',
    cause: error,
  })
}
