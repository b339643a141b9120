import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import { describeAction } from '../output/action-words.ts'
import type { Reason, StageStatus } from '../../pipeline/index.ts'

/** Adds `mlpt why`: names what changed for a stage, with the old and the new value. */
export function addWhyCommand(program: Command): void {
  program
    .command('why')
    .description('say why a stage has to run: the file, parameter or command, before and after')
    .argument('<stage>', 'a stage, or a group')
    .option('--json', 'print one JSON document')
    .action(explain)
}

async function explain(target: string, flags: { readonly json?: boolean }): Promise<void> {
  const { readStatus } = await import('../../pipeline/run/read-status.ts')
  const { describeReason } = await import('../../pipeline/run/plan.ts')
  const status = await readStatus({
    directory: process.cwd(),
    targets: [target],
    env: process.env,
    clock: Date.now,
  })
  const asked = status.stages.filter(({ isTarget }) => isTarget)
  if (asked.length === 0)
    throw new ToolkitError('PIPELINE_STAGE_UNKNOWN', `there is no '${target}'`)
  if (flags.json === true) process.stdout.write(formatJson(asked))
  else process.stdout.write(asked.map((stage) => formatStage(stage, describeReason)).join(''))
}

function formatStage(
  { name, action, reasons }: StageStatus,
  describe: (reason: Reason) => string,
): string {
  if (action === 'skip') return `${name} is up to date\n`
  const lines = reasons.flatMap((reason) => [`  ${describe(reason)}`, ...beforeAndAfter(reason)])
  return [`${name} ${describeAction({ name, action, reasons })}:`, ...lines, ''].join('\n')
}

function beforeAndAfter(reason: Reason): string[] {
  if (reason.kind !== 'command-changed' && reason.kind !== 'dependency-changed') return []
  const { before, after } = reason
  return [`    was  ${before ?? 'not there'}`, `    is   ${after ?? 'not there'}`]
}
