import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { addDataFlags, tellGit, withData, type DataFlags } from '../contexts/data-context.ts'

interface CommitFlags extends DataFlags {
  readonly force?: boolean
  readonly withDeps?: boolean
  readonly recursive?: boolean
  readonly relink: boolean
}

/** Adds `mlpt commit`: records what is in the work tree, as if the stages had just made it. */
export function addCommitCommand(program: Command): void {
  const command = program
    .command('commit')
    .description('record outputs as they are, and keep them in the cache')
    .argument('[targets...]', 'stages, *.dvc files or outputs; by default everything')
    .option('-f, --force', 'record also what differs from its present record')
    .option('-d, --with-deps', 'also the stages that the named ones read from')
    .option('-R, --recursive', 'take a folder for everything below it')
    .option('--no-relink', 'do not replace what is recorded by links to the cache')
  addDataFlags(command).action(commit)
}

async function commit(targets: string[], flags: CommitFlags): Promise<void> {
  const { commitData } = await import('../../pipeline/versioning/commit-data.ts')
  await withData(flags, async ({ repository, cache }) => {
    const { changed, written } = await commitData(repository, cache, {
      targets,
      isForced: flags.force === true,
      withDependencies: flags.withDeps === true,
      isRecursive: flags.recursive === true,
      skipsLinks: !flags.relink,
    })
    if (flags.json === true) process.stdout.write(formatJson({ changed }))
    else process.stdout.write(formatChanged(changed))
    await tellGit(repository, written)
  })
}

function formatChanged(changed: readonly string[]): string {
  if (changed.length === 0) return 'every record is up to date\n'
  return changed.map((name) => `recorded ${name}\n`).join('')
}
