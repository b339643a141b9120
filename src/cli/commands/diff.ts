import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'

/** Adds `mlpt diff`: which tracked data differs between revisions. */
export function addDiffCommand(program: Command): void {
  program
    .command('diff')
    .description('say which tracked data was added, deleted, modified or renamed between revisions')
    .argument('[old]', 'git revision', 'HEAD')
    .argument('[new]', 'git revision; by default the work tree')
    .option('--targets <paths...>', 'only these outputs, or paths in them')
    .option('--show-hash', 'also the hashes')
    .option('--hide-missing', 'leave out what the cache does not have')
    .option('--json', 'print one JSON document')
    .option('--md', 'print a Markdown table')
    .action(showDiff)
}

interface DiffFlags {
  readonly targets?: readonly string[]
  readonly showHash?: boolean
  readonly hideMissing?: boolean
  readonly json?: boolean
  readonly md?: boolean
}

async function showDiff(
  oldName: string,
  newName: string | undefined,
  flags: DiffFlags,
): Promise<void> {
  const compare = await import('../../pipeline/compare/index.ts')
  const repository = await openCurrentRepository()
  const { targets = [] } = flags
  const diff = await compare.readDataDiff(repository, { oldName, newName, targets })
  const format = {
    hasHashes: flags.showHash === true,
    hidesMissing: newName !== undefined || flags.hideMissing === true,
  }
  if (flags.json === true) {
    process.stdout.write(formatJson(compare.toDiffDocument(diff, format)))
  } else if (flags.md === true) {
    process.stdout.write(compare.formatDiffMarkdown(diff, format))
  } else process.stdout.write(compare.formatDiff(diff, format))
}
