import { hashManifest, type Member } from '../cache/manifest.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'
import type { DataHash } from './format-data-file.ts'

/** What a part of a tracked folder holds now; no members means that it is gone. */
export interface PartContent {
  /** From the folder, with forward slashes. */
  readonly path: string
  readonly members: readonly Member[]
  readonly sizeBytes: number | undefined
}

/** A tracked folder as it was recorded. */
export interface RecordedFolder {
  readonly md5: string | undefined
  readonly sizeBytes: number | undefined
  readonly members: readonly Member[]
}

/** A tracked folder after one part of it was taken over. */
export interface UpdatedFolder {
  readonly members: readonly Member[]
  readonly hash: DataHash
  /** Whether there was anything at the part before. */
  readonly hadPart: boolean
}

/**
 * Takes over one part of a folder and leaves the record of the rest as it is. The folder's size
 * is only known, as in DVC, when the part is new or the same.
 */
export function updateFolder(folder: RecordedFolder, part: PartContent): UpdatedFolder {
  const isPart = ({ path }: Member): boolean =>
    path === part.path || path.startsWith(`${part.path}/`)
  const isAbove = ({ path }: Member): boolean => part.path.startsWith(`${path}/`)
  const kept = folder.members.filter((member) => !isPart(member) && !isAbove(member))
  const hadPart = folder.members.some(isPart)
  const taken = part.members.map(({ path, md5 }) => ({
    path: path === '' ? part.path : `${part.path}/${path}`,
    md5,
  }))
  const members = [...kept, ...taken].sort((a, b) => compareCodePoints(a.path, b.path))
  const md5 = hashManifest(members)
  return {
    members,
    hadPart,
    hash: {
      key: 'md5',
      value: md5,
      sizeBytes: sizeAfter(folder, part, { isNew: !hadPart, isSame: md5 === folder.md5 }),
      fileCount: members.length,
      isExecutable: false,
      isLegacy: false,
    },
  }
}

function sizeAfter(
  folder: RecordedFolder,
  part: PartContent,
  { isNew, isSame }: { readonly isNew: boolean; readonly isSame: boolean },
): number | undefined {
  const before = folder.sizeBytes
  if (part.members.length === 0) return undefined
  if (isNew && before !== undefined && before > 0 && part.sizeBytes !== undefined) {
    return before + part.sizeBytes
  }
  return isSame ? before : undefined
}
