/** Reads many files: what is known is not read, small ones go together, large ones each for itself. */

import { pieceBytes } from './digest.ts'
import type { FileHash } from './file-team.ts'
import type { HashState, Sighting } from './hash-state-store.ts'
import { allDone, later, type Later, type UnderWay } from './later.ts'

/** A file whose hash is not known. */
export interface Unread {
  readonly location: string
  /** As far as somebody has looked. */
  readonly sizeBytes?: number | undefined
  /** The hash that it must have. */
  readonly expected?: string | undefined
}

/** How files are read; what is given later is under way meanwhile. */
export interface FileReader {
  /** @returns `undefined` for each that is large after all */
  small(files: readonly Unread[]): Promise<Later<readonly (FileHash | undefined)[]>>
  large(file: Unread): Promise<FileHash | Later<FileHash>>
}

/** Reads them all. Resolves when somebody has taken each; the hashes are in the order of the files. */
export async function readFiles(
  files: readonly Unread[],
  reader: FileReader,
  underWay: UnderWay,
): Promise<Later<readonly FileHash[]>> {
  const found = new Map<Unread, FileHash | Later<FileHash>>()
  const readLarge = async (file: Unread): Promise<void> => {
    const hashed = await reader.large(file)
    underWay.add(hashed)
    found.set(file, hashed)
  }
  const small = files.filter(({ sizeBytes = 0 }) => sizeBytes < pieceBytes)
  const packed = small.length === 0 ? noneLater : await reader.small(small)
  underWay.add(packed)
  for (const file of files) if ((file.sizeBytes ?? 0) >= pieceBytes) await readLarge(file)
  const collect = async (): Promise<FileHash[]> => {
    for (const [i, hashed] of (await packed.done).entries()) {
      if (hashed === undefined) await readLarge(small[i]!)
      else found.set(small[i]!, hashed)
    }
    return allDone(files.map((file) => found.get(file)!))
  }
  const all = later(collect())
  underWay.add(all)
  return all
}

const noneLater: Later<readonly undefined[]> = { done: Promise.resolve([]) }

/** How files are read that may have been hashed before. */
export interface Remembering {
  readonly hashes?: HashState | undefined
  readonly isLegacy: boolean
  /** Whether a hash is enough, so that the file itself is not read. */
  readonly isEnough?: (md5: string) => Promise<boolean>
  /** Reads the others. */
  readonly reader: FileReader
}

/** As {@link readFiles}, for files that may have been hashed before. */
export async function readUnknown(
  files: readonly Unread[],
  { hashes, isLegacy, isEnough, reader }: Remembering,
  underWay: UnderWay,
): Promise<Later<readonly FileHash[]>> {
  const known = new Map<string, FileHash>()
  const unread: (Unread & { readonly sighting: Sighting | undefined })[] = []
  for (const file of files) {
    const sighting = hashes?.look(file.location, isLegacy, file.sizeBytes)
    const { md5, sizeBytes = file.sizeBytes } = sighting ?? {}
    if (md5 !== undefined && sizeBytes !== undefined && (await isEnough?.(md5)) !== false) {
      known.set(file.location, { md5, sizeBytes })
    } else unread.push({ ...file, sizeBytes, sighting })
  }
  const { done } = await readFiles(unread, reader, underWay)
  return later(
    done.then((read) => {
      for (const [i, { location, sighting }] of unread.entries()) {
        known.set(location, read[i]!)
        if (sighting !== undefined) hashes?.remember(location, sighting, read[i]!.md5)
      }
      return files.map(({ location }) => known.get(location)!)
    }),
  )
}
