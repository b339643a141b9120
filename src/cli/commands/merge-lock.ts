import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'

/** Adds `mlpt merge-lock`: git's merge driver for dvc.lock; exits with 1 when stages are in conflict. */
export function addMergeLockCommand(program: Command): void {
  program
    .command('merge-lock')
    .description('merge two versions of dvc.lock stage by stage; git calls it once it is installed')
    .argument('[base]', 'the common ancestor')
    .argument('[ours]', 'our version, which the result is written to')
    .argument('[theirs]', 'their version')
    .option('--install', 'make git call it: writes .gitattributes and the config of this clone')
    .action(mergeLock)
}

async function mergeLock(
  base: string | undefined,
  ours: string | undefined,
  theirs: string | undefined,
  flags: { readonly install?: boolean },
): Promise<void> {
  if (flags.install === true) return install()
  if (base === undefined || ours === undefined || theirs === undefined) {
    throw new ToolkitError('CLI_USAGE', 'name three files: the ancestor, ours and theirs', {
      hint: 'git does so by itself after: mlpt merge-lock --install',
    })
  }
  const { mergeLockFiles } = await import('../../pipeline/automation/merge-driver-file.ts')
  const conflicts = await mergeLockFiles({ base, ours, theirs })
  if (conflicts.length === 0) return
  process.stderr.write(formatConflicts(conflicts))
  process.exitCode = 1
}

function formatConflicts(conflicts: readonly string[]): string {
  const names = conflicts.map((name) => `'${name}'`).join(', ')
  return `conflict in dvc.lock: both sides changed ${names}
  left out of the merged file, so that nothing stale passes for current
  next: solve the conflicts in the other files, run 'mlpt run', then 'git add dvc.lock'
  or take one side whole: git checkout --ours dvc.lock (or --theirs)
`
}

async function install(): Promise<void> {
  const { installMergeDriver } = await import('../../pipeline/automation/merge-driver-file.ts')
  const { gitRoot } = await openCurrentRepository()
  const { attributesPath, command } = await installMergeDriver(gitRoot)
  process.stdout.write(
    `${attributesPath} names the driver for dvc.lock: commit it\ngit runs '${command}' in this clone; others install it likewise\n`,
  )
}
