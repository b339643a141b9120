import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { openCurrentRepository } from '../open-repository.ts'

/** Adds `mlpt stage list`. */
export function addStageCommand(program: Command): void {
  const stage = program.command('stage').description('look at stages')
  stage
    .command('list')
    .description("list the stages of the folder's dvc.yaml, with what each makes")
    .argument('[targets...]', 'stages, groups, dvc.yaml or *.dvc files')
    .option('--all', 'of the whole repository')
    .option('--names-only', 'only the names')
    .option('--json', 'print one JSON document')
    .action(showStages)
}

interface StageListFlags {
  readonly all?: boolean
  readonly namesOnly?: boolean
  readonly json?: boolean
}

async function showStages(targets: string[], flags: StageListFlags): Promise<void> {
  const { readPipeline } = await import('../../pipeline/repository/snapshot.ts')
  const { openWorktree } = await import('../../pipeline/repository/worktree-file.ts')
  const { selectStages } = await import('../../pipeline/stages/targets.ts')
  const { formatStageList, listStages } = await import('../../pipeline/stages/stage-list.ts')
  const repository = await openCurrentRepository()
  const pipeline = readPipeline(openWorktree(repository))
  const stages = flags.all === true ? pipeline.stages : selectStages(pipeline, targets, repository)
  const listed = listStages(stages)
  if (flags.namesOnly === true && flags.json !== true) {
    process.stdout.write(listed.map(({ name }) => `${name}\n`).join(''))
  } else {
    process.stdout.write(flags.json === true ? formatJson(listed) : formatStageList(listed))
  }
}
