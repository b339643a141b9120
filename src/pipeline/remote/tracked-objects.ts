/** From outputs to the objects that a transfer wants. */

import { relative } from 'node:path'
import type { TrackedOutput } from '../repository/tracked.ts'
import type { WantedObject } from './wanted.ts'

/** An output's object, and where it goes. */
export interface TrackedObject extends WantedObject {
  /** The remote that keeps it, when it is not the default one. */
  readonly remoteName: string | undefined
  /** Whether `push` sends it. */
  readonly isPushed: boolean
}

/**
 * The objects of outputs that are kept in the cache and have been recorded.
 *
 * @param directory - absolute; paths are told from here
 */
export function toTrackedObjects(
  outputs: readonly TrackedOutput[],
  directory: string,
): TrackedObject[] {
  return outputs.flatMap(({ output, recorded, within }) => {
    if (!output.isCached || recorded?.md5 === undefined) return []
    const { md5, isLegacy } = recorded
    const label = relative(directory, output.location)
    const { remote: remoteName, isPushed } = output
    return [{ md5, isLegacy, label, within, remoteName, isPushed }]
  })
}

/**
 * Objects by the remote they are kept on; `undefined` is the default one. With `only`, those of
 * other named remotes are left out, as DVC does.
 */
export function groupByRemote(
  objects: Iterable<TrackedObject>,
  only: string | undefined,
): Map<string | undefined, TrackedObject[]> {
  const chosen = [...objects].filter(
    ({ remoteName }) => only === undefined || remoteName === undefined || remoteName === only,
  )
  return Map.groupBy(chosen, ({ remoteName }) => only ?? remoteName)
}
