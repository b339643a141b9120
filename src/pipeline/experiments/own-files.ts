import { join } from 'node:path'
import { lockLocation, type Snapshot } from '../repository/snapshot.ts'
import type { Stage } from '../stages/stage.ts'

/**
 * Files that say what an experiment is, wherever git ignores them: of parameters, `dvc.yaml`, `*.dvc` and `dvc.lock`.
 *
 * @returns absolute paths, each once, whether there is a file or not
 */
export function ownFiles(
  stages: readonly Stage[],
  { root }: Pick<Snapshot, 'root'>,
): readonly string[] {
  const locations = stages.flatMap((stage) => {
    const { parameters, data, file } = stage
    const lock = data === undefined ? [lockLocation(root, stage)] : []
    return [...parameters.map(({ location }) => location), join(root, file), ...lock]
  })
  return [...new Set(locations)]
}
