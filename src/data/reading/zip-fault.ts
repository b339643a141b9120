import { crc32, inflateRawSync } from 'node:zlib'

/**
 * What is wrong with the entries of a zip archive; `undefined` when nothing is. The library for workbooks
 * compares no checksums, and would read damaged cells as they are. [PKWARE APPNOTE 6.3.10, §4.3]
 */
export function faultOfZip(archive: Buffer): string | undefined {
  const end = archive.lastIndexOf(endSignature)
  if (end < 0 || end + 22 > archive.length) return 'the archive is cut off'
  const count = archive.readUInt16LE(end + 10)
  let at = archive.readUInt32LE(end + 16)
  // ZIP64 keeps its numbers elsewhere; a workbook of 4 GB is refused before.
  for (let i = 0; i < count; i++) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== 0x02_01_4b_50) {
      return 'its list of files is damaged'
    }
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength)
    if (!isWhole(archive, at)) return `'${name}' in it is damaged`
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return undefined
}

const endSignature = Buffer.from('504b0506', 'hex')

/** @param at - where the entry of the file stands in the archive's list */
function isWhole(archive: Buffer, at: number): boolean {
  const method = archive.readUInt16LE(at + 10)
  const local = archive.readUInt32LE(at + 42)
  if (local + 30 > archive.length) return false
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  const packed = archive.subarray(start, start + archive.readUInt32LE(at + 20))
  // Other methods are for the library to refuse.
  if (method !== 0 && method !== 8) return true
  try {
    const maxOutputLength = Math.max(1, archive.readUInt32LE(at + 24))
    const plain = method === 0 ? packed : inflateRawSync(packed, { maxOutputLength })
    return crc32(plain) === archive.readUInt32LE(at + 16)
  } catch {
    // The inflater says no more than that.
    return false
  }
}
