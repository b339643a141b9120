/** Which tracked data a remote does not have yet. */

import { objectKey } from '../remote/object-key.ts'
import type { Remote } from '../remote/remote.ts'
import type { Repository } from '../repository/repository.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'
import { membersOf, openContent, workspaceName, type Content } from './content-file.ts'
import { liesInAny, pathsFromRoot, showEntry, type DataEntry } from './data-index.ts'
import { createLazyHistory } from './read-revisions.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** Opens a remote by its name, without one the default; `undefined` when there is no default. */
export type OpenRemote = (name: string | undefined) => Promise<Remote | undefined>

/** What to look for, and where. */
export interface NotInRemoteOptions {
  /** Paths from the folder the command works in; none means all. */
  readonly targets: readonly string[]
  /** Also the files in folders. */
  readonly isGranular: boolean
  readonly open: OpenRemote
}

/**
 * The recorded data that is to be pushed and is not on its remote: paths as in the status, in order.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID`, `REMOTE_UNKNOWN`, `REMOTE_DENIED`, `REMOTE_UNAVAILABLE`
 */
export async function findNotInRemote(
  repository: Repository,
  { targets, isGranular, open }: NotInRemoteOptions,
): Promise<string[]> {
  const content = openContent(repository, workspaceName, createLazyHistory(repository))
  const wanted = pathsFromRoot(repository, targets)
  const pushed = listPushed(content, { repository, isGranular }).filter(
    ({ path }) => wanted.length === 0 || wanted.includes(path) || liesInAny(path, new Set(wanted)),
  )
  const absent: string[] = []
  for (const [name, entries] of Map.groupBy(pushed, ({ remoteName }) => remoteName)) {
    await using remote = await open(name)
    const keyed = entries.map((entry) => ({ entry, key: objectKey(entry) }))
    const keys = new Set(keyed.map(({ key }) => key))
    const there = (await remote?.has([...keys].sort(), {})) ?? new Set()
    for (const { entry, key } of keyed) if (!there.has(key)) absent.push(showEntry(entry))
  }
  return absent.sort(compareCodePoints)
}

interface PushedEntry extends DataEntry {
  readonly md5: string
  readonly remoteName: string | undefined
}

function listPushed(
  { pipeline, records, snapshot }: Content,
  { repository, isGranular }: { readonly repository: Repository; readonly isGranular: boolean },
): PushedEntry[] {
  return pipeline.stages.flatMap((stage) =>
    stage.outputs.flatMap((output): PushedEntry[] => {
      const recorded = records.get(stage)?.outputs.get(output.path)
      if (!output.isCached || !output.isPushed || recorded?.md5 === undefined) return []
      const { md5, isLegacy } = recorded
      const path = relativePosix(snapshot.root, output.location)
      const { remote: remoteName } = output
      const members = isGranular ? membersOf(repository.cacheFolder, recorded) : []
      return [
        { path, md5, isLegacy, remoteName },
        ...(members ?? []).map((member) => ({
          path: `${path}/${member.path}`,
          md5: member.md5,
          isLegacy,
          remoteName,
        })),
      ]
    }),
  )
}
