import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatMetric } from '../../core/format-number.ts'
import { formatJson } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import { formatTable } from '../../pipeline/compare/text-table.ts'
import { modelKinds, type ModelKind } from '../../project/parameters/parameters.ts'
import type { TuneResult } from '../../project/tune/tune-result.ts'
import { withTracking } from '../contexts/project-context.ts'
import { fitLines } from '../output/run-tables.ts'
import { parseCount } from '../flags/tracker-flags.ts'
import { listenForSignals } from '../end-signals.ts'

interface TuneFlags {
  readonly jobs?: number
  readonly top: number
  readonly apply?: boolean
  readonly json?: boolean
  readonly output?: string
  readonly worker?: boolean
}

/** `mlpt tune NAME`: looks for better numbers for a model or a stage. */
export function addTuneCommand(program: Command): void {
  program
    .command('tune')
    .description(
      'search the ranges of params.yaml for the numbers that are best: of a model on the training folds, of a stage by a metric of dvc.yaml',
    )
    .argument('<name>', 'a model or a stage')
    .option(
      '-j, --jobs <number>',
      'trials at the same time; of a model by default one for each processor, of a stage one',
      parseCount,
    )
    .option('--top <number>', 'trials in the table', parseCount, 10)
    .option('--apply', 'write the best values into params.yaml, where they are better')
    .option('--output <path>', 'write what was found as JSON')
    .option('--json', 'print what was found as one JSON document')
    .addOption(new Option('--worker').hideHelp())
    .action(async (name: string, flags: TuneFlags) => {
      if (flags.worker === true) {
        const { runTuneWorker } = await import('../../project/tune/tune-worker-process.ts')
        return runTuneWorker()
      }
      const { listStageStudies } = await import('../../project/tune/stage-study-file.ts')
      const stages = listStageStudies(process.cwd())
      if (!stages.includes(name)) return tuneModel(parseModel(name, stages), flags)
      using interruption = listenForSignals()
      const { tuneStageHere } = await import('../tune-stage.ts')
      await tuneStageHere(name, { ...flags, jobs: flags.jobs ?? 1, signal: interruption.signal })
    })
}

async function tuneModel(kind: ModelKind, flags: TuneFlags): Promise<void> {
  using interruption = listenForSignals()
  await withTracking(async (context) => {
    const { tune } = await import('../../project/tune/tune.ts')
    const result = await tune(context, kind, {
      jobs: flags.jobs ?? availableParallelism(),
      workerCommand: [
        process.execPath,
        ...process.execArgv,
        process.argv[1] ?? 'mlpt',
        'tune',
        kind,
        '--worker',
      ],
      signal: interruption.signal,
    })
    if (flags.output !== undefined) {
      const { writeJson } = await import('../../core/json-file.ts')
      await writeJson(resolve(flags.output), result)
    }
    process.stdout.write(flags.json === true ? formatJson(result) : renderResult(result, flags.top))
    if (flags.apply === true) await applyBest(context, kind, result)
  })
}

async function applyBest(
  context: { readonly directory: string; readonly log: (line: string) => void },
  kind: ModelKind,
  result: TuneResult,
): Promise<void> {
  const { isBetterThanCurrent } = await import('../../project/tune/tune-result.ts')
  if (!isBetterThanCurrent(result)) {
    context.log('nothing applied: no trial is better than the values of params.yaml')
    return
  }
  const { applyTrial } = await import('../../project/tune/tune-apply-file.ts')
  await applyTrial(context.directory, kind, result.best.values)
  context.log(`params.yaml has the values of trial ${result.best.trial}: mlpt run trains with them`)
}

/**
 * A model by its name, or by the stage of dvc.yaml that trains it.
 *
 * @param stages - what else can be tuned
 */
function parseModel(name: string, stages: readonly string[]): ModelKind {
  const wanted = name.replace(/^train@/, '')
  const kind = modelKinds.find((known) => known === wanted)
  if (kind !== undefined) return kind
  const guess = nameHint(wanted, [...modelKinds, ...stages], 'names')
  throw new ToolkitError(
    'CLI_USAGE',
    `there is no model '${name}', nor 'tune.${name}' of a stage`,
    {
      hint: `${guess} (a stage needs a section below 'tune' in params.yaml, as docs/tuning.md shows)`,
    },
  )
}

function renderResult(result: TuneResult, top: number): string {
  const { metric, current, trials, failures, folds } = result
  const names = Object.keys(result.best.values)
  const cells = (
    name: string,
    { score, deviation, values }: { score: number; deviation?: number; values: object },
  ): string[] => [
    name,
    formatMetric(score, 5),
    deviation === undefined ? '' : `± ${formatMetric(deviation, 5)}`,
    ...names.map((parameter) => String(new Map(Object.entries(values)).get(parameter) ?? '')),
  ]
  const rows = trials.slice(0, top).map((trial) => cells(String(trial.trial), trial))
  const now = current === undefined ? [] : [cells('now', current)]
  const table = formatTable({
    header: ['trial', metric, 'folds', ...names],
    rows: [...rows, ...now],
  })
  const failed = failures.length === 0 ? '' : `, ${failures.length} failed`
  return `${fitLines(table, Infinity)}${trials.length} trials on ${folds} ${folds === 1 ? 'fold' : 'folds'}${failed}\n`
}
