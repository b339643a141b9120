import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { addDataFlags, tellGit, withData, type DataFlags } from '../contexts/data-context.ts'

/** Adds `mlpt move`, which is also `mv`: gives tracked data another place. */
export function addMoveCommand(program: Command): void {
  const command = program
    .command('move')
    .alias('mv')
    .description('move or rename data that was added or imported, with its *.dvc file')
    .argument('<from>', 'the data, not its *.dvc file')
    .argument('<to>', 'where it goes; a folder takes it in')
  addDataFlags(command).action(move)
}

async function move(from: string, to: string, flags: DataFlags): Promise<void> {
  const { moveData } = await import('../../pipeline/versioning/move-data.ts')
  await withData(flags, async ({ repository, cache }) => {
    const { written, ...moved } = await moveData(repository, cache, { from, to })
    if (flags.json === true) process.stdout.write(formatJson(moved))
    else process.stdout.write(`${moved.dataFile}: ${moved.path}\n`)
    await tellGit(repository, written)
  })
}
