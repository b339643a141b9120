import type { Command } from 'commander'
import { openCurrentRepository } from '../contexts/open-repository.ts'

/** Adds `mlpt root`: where the repository's root is, from the current folder. */
export function addRootCommand(program: Command): void {
  program
    .command('root')
    .description("print the path to the repository's root, from the current folder")
    .action(async () => {
      const { showPath } = await import('../../pipeline/compare/index.ts')
      const { root, directory } = await openCurrentRepository()
      process.stdout.write(`${showPath(root, directory)}\n`)
    })
}
