import { crc32, inflateRawSync } from 'node:zlib'
import { ToolkitError } from '../../core/errors.ts'

/** A file in a zip archive. */
export interface ZipEntry {
  readonly name: string
  /** Unpacked, as the archive's list says. */
  readonly sizeBytes: number
  /**
   * The file, unpacked.
   * @throws {ToolkitError} `DATA_FILE_INVALID` when it is damaged, or packed by another method than deflate
   */
  readonly unpack: () => Buffer
}

/**
 * The files of a zip archive, in the order of its list. [PKWARE APPNOTE 6.3.10, §4.3]
 *
 * @throws {ToolkitError} `DATA_FILE_INVALID` when the list is cut off or damaged; the message names no place
 */
export function listZipEntries(archive: Buffer): readonly ZipEntry[] {
  const end = archive.lastIndexOf(endSignature)
  if (end < 0 || end + 22 > archive.length) throw invalid('the archive is cut off')
  const count = archive.readUInt16LE(end + 10)
  let at = archive.readUInt32LE(end + 16)
  // ZIP64 keeps its numbers elsewhere; an archive of 4 GB is refused before.
  const entries: ZipEntry[] = []
  for (let i = 0; i < count; i++) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== 0x02_01_4b_50) {
      throw invalid('its list of files is damaged')
    }
    const nameLength = archive.readUInt16LE(at + 28)
    const place = at
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength)
    const sizeBytes = archive.readUInt32LE(at + 24)
    entries.push({ name, sizeBytes, unpack: () => unpackEntry(archive, place, name) })
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return entries
}

const endSignature = Buffer.from('504b0506', 'hex')

/** @param at - where the entry of the file stands in the archive's list */
function unpackEntry(archive: Buffer, at: number, name: string): Buffer {
  const damaged = `'${name}' in it is damaged`
  const method = archive.readUInt16LE(at + 10)
  const local = archive.readUInt32LE(at + 42)
  if (local + 30 > archive.length) throw invalid(damaged)
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  const packed = archive.subarray(start, start + archive.readUInt32LE(at + 20))
  if (method !== 0 && method !== 8) throw invalid(`'${name}' in it is packed by method ${method}`)
  const plain = method === 0 ? packed : inflate(packed, archive.readUInt32LE(at + 24), damaged)
  if (crc32(plain) !== archive.readUInt32LE(at + 16)) throw invalid(damaged)
  return plain
}

/** No more than the list says: a small archive may unpack to any size. */
function inflate(packed: Buffer, sizeBytes: number, damaged: string): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, sizeBytes) })
  } catch (error) {
    throw invalid(damaged, error)
  }
}

function invalid(message: string, cause?: unknown): ToolkitError {
  return new ToolkitError('DATA_FILE_INVALID', message, {
    hint: 'get the archive again',
    cause,
  })
}
