import { ToolkitError } from '../../core/errors.ts'

/**
 * Bytes as text. Bytes that are no UTF-8 are refused and not replaced: two values that differ in
 * such a byte would be the same, and an edit would write something else than what was there.
 *
 * @param file - as a message shows it
 * @throws {ToolkitError} `PIPELINE_INVALID` with the place of the first such byte
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw encodingError(bytes, file, cause)
  }
}

function encodingError(bytes: Uint8Array, file: string, cause: unknown): ToolkitError {
  const replaced = new TextEncoder().encode(
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
  )
  const differing = bytes.findIndex((byte, i) => byte !== replaced[i])
  const offset = differing === -1 ? bytes.length - 1 : differing
  const lines = new TextDecoder().decode(bytes.subarray(0, offset)).split('\n')
  const place = `${file}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
  const byte = bytes[offset]!.toString(16)
  return new ToolkitError('PIPELINE_INVALID', `${place}: the byte 0x${byte} is not UTF-8`, {
    hint: 'save the file as UTF-8',
    details: { file },
    cause,
  })
}
