/** Added data that changed: its `*.dvc` file says so. */

import { join } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import type { PathContent } from '../cache/hash-file.ts'
import { readTextNow } from '../repository/text-file.ts'
import type { Stage } from '../stages/stage.ts'
import { editYaml } from '../yaml/edit-yaml.ts'
import type { StageRun } from './stage-run.ts'

/** Writes what a stage's outputs are now into its `*.dvc` file; comments and order stay. */
export async function recordData(
  stage: Stage,
  contents: ReadonlyMap<string, PathContent>,
  { repository }: StageRun,
): Promise<void> {
  const location = join(repository.root, stage.file)
  const text = readTextNow(location) ?? ''
  let edited = text
  for (const [i, { path }] of stage.outputs.entries()) {
    const fingerprint = contents.get(path)?.fingerprint
    if (fingerprint === undefined) continue
    const at = ['outs', i]
    const isSame = stage.data?.record.outputs.get(path)?.md5 === fingerprint.md5
    if (isSame) continue
    edited = editYaml(edited, stage.address, [
      { kind: 'set', path: [...at, 'md5'], value: fingerprint.md5 },
      { kind: 'set', path: [...at, 'size'], value: BigInt(fingerprint.sizeBytes) },
      ...(fingerprint.fileCount === undefined
        ? []
        : [
            { kind: 'set', path: [...at, 'nfiles'], value: BigInt(fingerprint.fileCount) } as const,
          ]),
    ])
  }
  if (edited !== text) await writeFileAtomically(location, edited)
}
