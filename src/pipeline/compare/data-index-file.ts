/** Indexes of tracked data: as it is recorded, and as the work tree holds it. */

import { openCache } from '../cache/open-cache-store.ts'
import type { Repository } from '../repository/repository.ts'
import type { RecordedPath } from '../stages/record.ts'
import type { Output } from '../stages/stage.ts'
import { hasObject, membersOf, type Content } from './content-file.ts'
import type { DataEntry, DataIndex } from './data-index.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** What `dvc.lock` and `*.dvc` files record of cached outputs; files of folders come from their manifests. */
export function readRecordedIndex(content: Content, { cacheFolder }: Repository): DataIndex {
  const building = startIndex()
  for (const { output, recorded } of cachedOutputs(content)) {
    const path = pathFromRoot(content, output)
    const isLegacy = recorded?.isLegacy ?? false
    const md5 = recorded?.md5
    building.roots.add(path)
    building.entries.set(path, { path, md5, isLegacy })
    if (md5?.endsWith('.dir') !== true) continue
    const members = membersOf(cacheFolder, { md5, isLegacy })
    if (members === undefined) building.unknown.add(path)
    for (const member of members ?? []) {
      const memberPath = `${path}/${member.path}`
      building.entries.set(memberPath, { path: memberPath, md5: member.md5, isLegacy })
    }
  }
  return building
}

/** What lies at the places of the work tree's cached outputs; everything is hashed. */
export async function readWorktreeIndex(
  content: Content,
  repository: Repository,
): Promise<DataIndex> {
  const building = startIndex()
  using cache = openCache(repository)
  for (const { output, recorded } of cachedOutputs(content)) {
    const path = pathFromRoot(content, output)
    // Hashed as the record is, so that the two can be compared.
    const isLegacy = recorded?.isLegacy ?? false
    const hashed = await cache.hash(output.location, { isLegacy })
    if (hashed === undefined) continue
    building.roots.add(path)
    building.entries.set(path, { path, md5: hashed.fingerprint.md5, isLegacy })
    for (const member of hashed.members ?? []) {
      const memberPath = `${path}/${member.path}`
      building.entries.set(memberPath, { path: memberPath, md5: member.md5, isLegacy })
    }
  }
  return building
}

interface BuildingIndex extends DataIndex {
  readonly entries: Map<string, DataEntry>
  readonly roots: Set<string>
  readonly unknown: Set<string>
}

function startIndex(): BuildingIndex {
  return { entries: new Map(), roots: new Set(), unknown: new Set() }
}

interface CachedOutput {
  readonly output: Output
  readonly recorded: RecordedPath | undefined
}

function cachedOutputs({ pipeline, records }: Content): CachedOutput[] {
  return pipeline.stages.flatMap((stage) =>
    stage.outputs
      .filter(({ isCached }) => isCached)
      .map((output) => ({ output, recorded: records.get(stage)?.outputs.get(output.path) })),
  )
}

function pathFromRoot({ snapshot }: Content, { location }: Output): string {
  return relativePosix(snapshot.root, location)
}

/** Whether the cache has what is recorded of an entry; of a folder, its manifest. */
export function isEntryCached({ cacheFolder }: Repository, { md5, isLegacy }: DataEntry): boolean {
  return md5 !== undefined && hasObject(cacheFolder, { md5, isLegacy })
}
