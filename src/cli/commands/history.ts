import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type {
  PipelineRun,
  PipelineRunDetails,
  PipelineStageRun,
} from '../../core/pipeline-history.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'
import { paint } from '../output/paint.ts'
import { formatDuration } from '../output/terminal-text.ts'
import { formatTable, type TextTable } from '../../pipeline/compare/text-table.ts'

interface HistoryFlags {
  readonly limit: string
  readonly json?: boolean
}

/** Adds `mlpt history`: the runs of this repository's pipeline, or the stages of one. */
export function addHistoryCommand(program: Command): void {
  program
    .command('history')
    .description('list the runs of the pipeline, the newest first, or the stages of one run')
    .argument('[run]', 'the number of a run')
    .option('-n, --limit <count>', 'how many runs to list', '20')
    .option('--json', 'print one JSON document')
    .action(showHistory)
}

async function showHistory(run: string | undefined, flags: HistoryFlags): Promise<void> {
  const limit = parseCount(flags.limit, '--limit')
  const id = run === undefined ? undefined : parseCount(run, 'the run')
  const { openHistoryIfPresent } = await import('../../pipeline/automation/history-store.ts')
  const repository = await openCurrentRepository()
  using history = openHistoryIfPresent(repository.stateFolder)
  if (id === undefined) {
    const runs = history?.listRuns({ limit }) ?? []
    process.stdout.write(flags.json === true ? formatJson({ runs }) : formatRuns(runs))
    return
  }
  const details = history?.readRun(id)
  if (details === undefined) throw unknownRunError(id)
  process.stdout.write(flags.json === true ? formatJson({ run: details }) : formatRun(details))
}

/** @throws {ToolkitError} `CLI_USAGE` */
function parseCount(text: string, what: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new ToolkitError('CLI_USAGE', `${what} is '${text}', expected a whole number from 1`, {
    hint: "the numbers of runs are in the first column of 'mlpt history'",
  })
}

function unknownRunError(id: number): ToolkitError {
  return new ToolkitError('CLI_USAGE', `there is no run ${id} in the history`, {
    hint: 'see which there are with: mlpt history',
    details: { id },
  })
}

function formatRuns(runs: readonly PipelineRun[]): string {
  if (runs.length === 0) return 'no runs yet\n'
  return paintedTable(
    ['run', 'started', 'trigger', 'outcome', 'time', 'stages'],
    runs.map((run) => [
      String(run.id),
      formatTime(run.startTime),
      run.trigger,
      run.outcome,
      formatTaken(run),
      formatCounts(run.counts),
    ]),
  )
}

function formatRun(run: PipelineRunDetails): string {
  const lines = [
    `run ${run.id}: ${run.outcome}`,
    `started  ${formatTime(run.startTime)}, by ${run.trigger}, in ${run.folder}`,
    `took     ${formatTaken(run)}`,
    ...(run.targets.length > 0 ? [`targets  ${run.targets.join(' ')}`] : []),
    ...(run.gitCommit === undefined ? [] : [`commit   ${run.gitCommit}`]),
    ...(run.message === undefined ? [] : [`message  ${run.message}`]),
  ]
  const unchanged = run.counts['unchanged'] ?? 0
  const rest = unchanged === 0 ? '' : `${unchanged} had nothing to do\n`
  const stages = run.stages.length === 0 ? '' : `\n${formatStages(run.stages)}`
  return `${lines.join('\n')}\n${stages}${rest}`
}

function formatStages(stages: readonly PipelineStageRun[]): string {
  return paintedTable(
    ['stage', 'outcome', 'time', 'attempts', 'why'],
    stages.map((stage) => [
      stage.stage,
      stage.exitCode === undefined ? stage.outcome : `${stage.outcome} (${stage.exitCode})`,
      formatTaken(stage),
      String(stage.attempts),
      stage.reasons.join(', '),
    ]),
  )
}

/** In the zone of this machine; ISO, because it sorts. */
function formatTime(time: number): string {
  const local = new Date(time - new Date(time).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19).replace('T', ' ')
}

function formatTaken({
  startTime,
  endTime,
}: {
  readonly startTime: number
  readonly endTime: number | undefined
}): string {
  return endTime === undefined ? '–' : formatDuration(endTime - startTime)
}

function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ')
}

function paintedTable(header: readonly string[], rows: TextTable['rows']): string {
  const [title = '', ...lines] = formatTable({ header, rows }).split('\n')
  return [paint('dim', title, process.stdout), ...lines].join('\n')
}
