/** Added data that changed: its `*.dvc` file says so. */

import { join } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { readTextNow } from '../repository/text-file.ts'
import type { Stage } from '../stages/stage.ts'
import { hashOf } from '../versioning/data-hash.ts'
import { updateDataFile } from '../versioning/format-data-file.ts'
import { importChange } from '../versioning/import-record.ts'
import type { Observation } from './observe.ts'
import type { StageRun } from './stage-run.ts'

/** Writes what a stage's outputs are now into its `*.dvc` file, and of an import its source; comments and order stay. */
export async function recordData(
  stage: Stage,
  observation: Observation,
  { repository }: StageRun,
): Promise<void> {
  const location = join(repository.root, stage.file)
  const text = readTextNow(location) ?? ''
  const changed = stage.outputs.flatMap(({ path }) => {
    const fingerprint = observation.contents.get(path)?.fingerprint
    const isSame = stage.data?.record.outputs.get(path)?.md5 === fingerprint?.md5
    return fingerprint === undefined || isSame ? [] : [[path, hashOf(fingerprint)] as const]
  })
  const edited = updateDataFile(text, stage.address, {
    outputs: new Map(changed),
    ...importChange(stage, observation),
  })
  if (edited !== text) await writeFileAtomically(location, edited)
}
