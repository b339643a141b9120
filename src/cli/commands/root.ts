import type { Command } from 'commander'
import { openCurrentRepository } from '../contexts/open-repository.ts'
import { addJsonFlag, printResult, type JsonFlag } from '../output/print-result.ts'

/** Adds `mlpt root`: where the repository's root is, from the current folder. */
export function addRootCommand(program: Command): void {
  const command = program
    .command('root')
    .description("print the path to the repository's root, from the current folder")
  addJsonFlag(command).action(async (flags: JsonFlag) => {
    const { showPath } = await import('../../pipeline/compare/index.ts')
    const { root, directory } = await openCurrentRepository()
    const path = showPath(root, directory)
    printResult(flags, { root: path }, `${path}\n`)
  })
}
