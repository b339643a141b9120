import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'

/** Adds `mlpt stage list`. */
export function addStageCommand(program: Command): void {
  const stage = program.command('stage').description('look at stages')
  stage
    .command('list')
    .description("list the stages of the folder's dvc.yaml, with what each makes")
    .argument('[targets...]', 'stages, groups, dvc.yaml or *.dvc files')
    .option('--all', 'of the whole repository')
    .option('-R, --recursive', 'take a folder for the stages of all files below it')
    .option('--name-only, --names-only', 'only the names')
    .option('--fail', 'is always so: a file that cannot be read is an error')
    .option('--json', 'print one JSON document')
    .action(showStages)
}

interface StageListFlags {
  readonly all?: boolean
  readonly recursive?: boolean
  readonly namesOnly?: boolean
  readonly json?: boolean
}

async function showStages(targets: string[], flags: StageListFlags): Promise<void> {
  const { readPipeline } = await import('../../pipeline/repository/snapshot.ts')
  const { openWorktree } = await import('../../pipeline/repository/worktree-file.ts')
  const { selectRoots } = await import('../../pipeline/run/select-run.ts')
  const { formatStageList, listStages } = await import('../../pipeline/stages/stage-list.ts')
  const repository = await openCurrentRepository()
  const pipeline = readPipeline(openWorktree(repository))
  const named = { targets, isRecursive: flags.recursive === true }
  const stages = flags.all === true ? pipeline.stages : selectRoots(pipeline, named, repository)
  const listed = listStages(stages)
  if (flags.namesOnly === true && flags.json !== true) {
    process.stdout.write(listed.map(({ name }) => `${name}\n`).join(''))
  } else {
    process.stdout.write(flags.json === true ? formatJson(listed) : formatStageList(listed))
  }
}
