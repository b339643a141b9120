import { isAbsolute } from 'node:path'
import type { Observation } from '../run/observe.ts'
import type { Stage } from '../stages/stage.ts'
import { hashOf } from './data-hash.ts'
import type { DataFileChange, DataHash } from './format-data-file.ts'

/**
 * What the file of an import says anew when its data is recorded as it is: its checksum, and what the source
 * is now, as DVC does for frozen ones too. A source that is not on this machine stays as it was recorded.
 */
export function importChange(
  { data, dependencies }: Stage,
  { record, dependencies: present, alike }: Omit<Observation, 'contents'>,
): Pick<DataFileChange, 'dependencies' | 'refreshesChecksum'> {
  if (data?.isImport !== true) return {}
  const sources = dependencies.flatMap(({ path, location }): [string, DataHash][] => {
    const now = isAbsolute(location) ? present.get(path) : undefined
    const isSame = alike.has(path) || now?.md5 === record?.dependencies.get(path)?.md5
    return now === undefined || isSame ? [] : [[path, hashOf(now)]]
  })
  return { dependencies: new Map(sources), refreshesChecksum: true }
}
