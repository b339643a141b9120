/** The stages that have no record when a run begins, kept until it has ended well. */

import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import type { LockFiles } from '../repository/dvc-lock-file.ts'
import type { Stage } from '../stages/stage.ts'

/** The stages that are new since a run last ended well. */
export interface Additions {
  /** Those that an unfinished run has recorded already. */
  readonly recorded: readonly Stage[]
  /** To be called when the run has ended well. */
  end(): Promise<void>
}

/**
 * Goes on with the additions of an unfinished run, so that what is recorded now stands where
 * that run would have put it; however often it is killed, the files end the same.
 *
 * @param stages - of the run
 */
export async function beginAdditions(
  stateFolder: string,
  stages: readonly Stage[],
  locks: Pick<LockFiles, 'recordOf'>,
): Promise<Additions> {
  const path = join(stateFolder, 'additions.json')
  const isRecorded = (stage: Stage): boolean => locks.recordOf(stage) !== undefined
  const absent = stages.filter((stage) => stage.data === undefined && !isRecorded(stage))
  const before = new Set(await readAddresses(path))
  // A run that has recorded all it had to add was only killed before it could say so.
  const isUnfinished = absent.some(({ address }) => before.has(address))
  const recorded = isUnfinished
    ? stages.filter((stage) => before.has(stage.address) && isRecorded(stage))
    : []
  const addresses = [...(isUnfinished ? before : []), ...absent.map(({ address }) => address)]
  if (absent.length > 0) await writeFileAtomically(path, JSON.stringify([...new Set(addresses)]))
  return {
    recorded,
    end: async () => {
      if (absent.length > 0) await rm(path, { force: true })
    },
  }
}

/** What cannot be read is as good as nothing: only the order of lines depends on it. */
async function readAddresses(path: string): Promise<string[]> {
  try {
    const addresses: unknown = JSON.parse(await readFile(path, 'utf8'))
    return Array.isArray(addresses) ? addresses.map(String) : []
  } catch {
    return []
  }
}
