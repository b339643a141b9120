import type { Cache } from '../cache/cache.ts'
import type { Repository } from '../repository/repository.ts'
import { isSameOrWithin, isWithin } from '../stages/graph.ts'
import type { Stage } from '../stages/stage.ts'
import { findGitTracked } from './data-path-file.ts'
import { readPlaced, type PlacedData } from './placed-store.ts'
import { findEscape } from './work-tree-file.ts'

/**
 * Data that this tool put into the work tree, that nothing tracks any more and that is unchanged:
 * what is left behind when git goes to a commit without it. What is not in the cache, what git
 * tracks, and what contains tracked data does not count.
 *
 * @returns absolute paths
 */
export async function findUnused(
  repository: Repository,
  stages: readonly Stage[],
  cache: Cache,
): Promise<string[]> {
  const used = stages.flatMap(({ outputs }) => outputs.map(({ location }) => location))
  const left = readPlaced(repository).filter(
    ({ location }) =>
      isWithin(location, repository.root) &&
      !used.some((other) => isSameOrWithin(location, other) || isWithin(other, location)),
  )
  const unused: string[] = []
  for (const data of left) {
    if (await isUnchanged(data, repository, cache)) unused.push(data.location)
  }
  const tracked = findGitTracked(repository.gitRoot, unused)
  return unused.filter((location) => !tracked.has(location))
}

async function isUnchanged(
  { location, md5 }: PlacedData,
  { root }: Repository,
  cache: Cache,
): Promise<boolean> {
  if (md5 === undefined || findEscape(root, location) !== undefined) return false
  const content = await cache.hash(location)
  return content?.fingerprint.md5 === md5 && (await cache.has(md5))
}
