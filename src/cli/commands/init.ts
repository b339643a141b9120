import { relative } from 'node:path'
import type { Command } from 'commander'
import { addJsonFlag, printResult, type JsonFlag } from '../output/print-result.ts'

interface InitFlags extends JsonFlag {
  readonly scm: boolean
  readonly subdir?: boolean
  readonly force?: boolean
}

/** Adds `mlpt init`: makes the current folder a repository, which dvc takes for its own. */
export function addInitCommand(program: Command): void {
  const command = program
    .command('init')
    .description('make the current folder a repository for data and pipelines')
    .option('--no-scm', 'without git')
    .option('--subdir', 'in a folder below the root of the git repository')
    .option('-f, --force', 'make it anew, without the settings and the cache there were')
  addJsonFlag(command).action(init)
}

async function init(flags: InitFlags): Promise<void> {
  const { initRepository } = await import('../../pipeline/versioning/init-repository-file.ts')
  const written = await initRepository({
    directory: process.cwd(),
    withoutGit: !flags.scm,
    isSubfolder: flags.subdir === true,
    isForced: flags.force === true,
  })
  const next = written.length > 0 ? "git has its files: git commit -m 'Track data'\n" : ''
  const files = written.map((path) => relative(process.cwd(), path))
  printResult(flags, { files }, `made a repository: its settings are in .dvc/config\n${next}`)
}
