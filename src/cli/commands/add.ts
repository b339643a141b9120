import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { AddedData } from '../../pipeline/versioning/add-data.ts'
import { addDataFlags, tellGit, withData, type DataFlags } from '../data-context.ts'
import { countFiles, formatSize } from '../transfer-context.ts'

interface AddFlags extends DataFlags {
  readonly glob?: boolean
  readonly out?: string
  readonly force?: boolean
  readonly commit: boolean
  readonly toRemote?: boolean
}

/** Adds `mlpt add`: takes files and folders into the cache and tracks them by `*.dvc` files. */
export function addAddCommand(program: Command): void {
  const command = program
    .command('add')
    .description('track data: keep it in the cache, and what it is in a *.dvc file for git')
    .argument('<paths...>', 'files and folders, also such that are tracked and have changed')
    .option('--glob', 'take the paths for patterns')
    .option('-o, --out <path>', 'copy the one path there first')
    .option('-f, --force', 'replace what is at --out, or a *.dvc file in the way')
    .option('--no-commit', 'leave the copy in the cache to mlpt commit')
    .option('--to-remote', 'is not supported')
  addDataFlags(command).action(add)
}

async function add(paths: string[], flags: AddFlags): Promise<void> {
  if (flags.toRemote === true) {
    throw new ToolkitError('CLI_USAGE', '--to-remote is not supported', {
      hint: 'use two steps: mlpt add, then mlpt push',
    })
  }
  const { addData } = await import('../../pipeline/versioning/add-data.ts')
  const isKnown = flags.glob !== true && flags.out === undefined
  const needs = { wait: flags.wait, paths: isKnown ? paths : undefined }
  await withData(needs, async ({ repository, cache }) => {
    const { added, written } = await addData(repository, cache, {
      paths,
      arePatterns: flags.glob === true,
      output: flags.out,
      isForced: flags.force === true,
      skipsCache: !flags.commit,
    })
    process.stdout.write(flags.json === true ? formatJson(added) : formatAdded(added))
    await tellGit(repository, written)
  })
}

function formatAdded(added: readonly AddedData[]): string {
  return added.map((data) => `${data.dataFile}: ${data.path}${describe(data)}\n`).join('')
}

function describe({ sizeBytes, fileCount }: AddedData): string {
  const parts = [
    ...(fileCount === undefined ? [] : [countFiles(fileCount)]),
    ...(sizeBytes === undefined ? [] : [formatSize(sizeBytes)]),
  ]
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
