import { existsSync } from 'node:fs'
import { openCurrentRepository } from '../contexts/open-repository.ts'

/**
 * Says on stderr when a stage makes the folder that a command has written into: its next run puts back what the stage
 * made. Where there are no stages, nothing is said.
 *
 * @param location - absolute
 */
export async function tellMadeByStage(location: string): Promise<void> {
  if (!existsSync('dvc.yaml')) return
  const { readPipeline } = await import('../../pipeline/repository/snapshot.ts')
  const { openWorktree } = await import('../../pipeline/repository/worktree-file.ts')
  const { isSameOrWithin } = await import('../../pipeline/stages/graph.ts')
  const { stages } = readPipeline(openWorktree(await openCurrentRepository()))
  for (const { address, command, outputs } of stages) {
    const made = outputs.find((output) => isSameOrWithin(location, output.location))
    if (made === undefined || command === undefined) continue
    process.stderr.write(
      `the stage '${address}' makes ${made.path}, and its next run drops what it did not make: what is to stay belongs into the data that the stage reads\n`,
    )
  }
}
