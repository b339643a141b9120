import { pluralize } from '../../core/format-number.ts'
import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { formatTable } from '../../pipeline/compare/text-table.ts'
import { loggedModels } from '../contexts/logged-models.ts'
import { addLogFolderFlag } from '../flags/log-folder-flag.ts'
import { logRemoteOption, openLogRemote } from '../flags/log-remote-flag.ts'
import { printResult } from '../output/print-result.ts'
import { fitText } from '../output/terminal-text.ts'
import { formatMoment, parseMoment } from '../flags/tracker-flags.ts'
import { addPredictionsRemoteCommands } from './predictions-remote.ts'

/** `mlpt predictions`: what the prediction logs hold. */
export function addPredictionsCommand(program: Command): void {
  const predictions = program
    .command('predictions')
    .description('see what the prediction logs hold, and turn what servers wrote into Parquet')
  addLogFolderFlag(
    predictions
      .command('list')
      .description('tell rows, labels and time of each version of each model')
      .option('--model <name>', 'of one model only')
      .option('--json', 'print one JSON document'),
  ).action(list)
  addLogFolderFlag(
    predictions
      .command('settle')
      .description('turn what servers have written and do not write any more into Parquet')
      .option('--model <name>', 'of one model only')
      .option('--json', 'print one JSON document'),
  ).action(settle)
  addPredictionsRemoteCommands(predictions)
  addLogFolderFlag(
    predictions
      .command('prune')
      .description('remove the days that are over before a moment, with their labels')
      .requiredOption('--before <moment>', 'a date, or an age such as 90d')
      .option('--model <name>', 'of one model only')
      .option('--json', 'print one JSON document')
      .addOption(logRemoteOption('remove them there instead of here')),
  ).action(prune)
}

interface PruneFlags extends PredictionsFlags {
  readonly before: string
  readonly remote?: string
}

async function prune(flags: PruneFlags): Promise<void> {
  // oxlint-disable-next-line no-restricted-properties -- the command line is where the clock is
  const before = parseMoment(flags.before, Date.now())
  const { remote } = flags
  const removed =
    remote === undefined
      ? await pruneHere(flags, before)
      : await pruneRemote(remote, { ...flags, before })
  const models = Array.from(removed, ([model, days]) => ({ model, days }))
  const nothing = remote === undefined ? '' : 'nothing to remove\n'
  printResult(flags, { models }, models.map(describePruned).join('') || nothing)
}

async function pruneHere(
  flags: PruneFlags,
  before: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { pruneLog } = await import('../../monitoring/prediction-log/upkeep-log-store.ts')
  const removed = new Map<string, readonly string[]>()
  for (const model of await loggedModels(flags))
    removed.set(model, await pruneLog(flags.log, { model, before }))
  return removed
}

async function pruneRemote(
  place: string,
  asked: { readonly model?: string; readonly before: number },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { pruneRemoteLog } = await import('../../project/collect/prune-remote-log.ts')
  await using remote = await openLogRemote(place)
  return await pruneRemoteLog(remote, asked)
}

function describePruned({
  model,
  days,
}: {
  readonly model: string
  readonly days: readonly string[]
}): string {
  const which = days.length === 0 ? '' : `: ${days[0]} to ${days.at(-1)}`
  return `${fitText(`${model}: ${days.length} days removed${which}`, Infinity)}\n`
}

interface PredictionsFlags {
  readonly log: string
  readonly model?: string
  readonly json?: true
}

async function list(flags: PredictionsFlags): Promise<void> {
  const { summarizeLog } = await import('../../monitoring/prediction-log/summarize-log-store.ts')
  const models = await loggedModels(flags)
  // oxlint-disable-next-line no-restricted-properties -- the command line is where the clock is
  const now = Date.now()
  const logs = []
  for (const model of models)
    logs.push({ model, ...(await summarizeLog(flags.log, { model, now })) })
  if (flags.json === true) {
    process.stdout.write(formatJson({ logs }))
    return
  }
  const header = ['model', 'version', 'arm', 'rows', 'labels', 'from', 'to']
  const rows = logs.flatMap(({ model, versions }) =>
    versions.map(({ version, digest, arm, rows: count, labels, from, to }) => [
      fitText(model, 40),
      fitText(version ?? digest.slice(0, 12), 20),
      fitText(arm, 20),
      String(count),
      String(labels),
      formatMoment(from),
      formatMoment(to),
    ]),
  )
  process.stdout.write(
    rows.length === 0 ? 'no predictions are logged\n' : formatTable({ header, rows }),
  )
  for (const { model, unknownLabels, tornLines } of logs) {
    const notes = [
      ...(unknownLabels > 0
        ? [
            `${unknownLabels} ${pluralize(unknownLabels, 'label')} of predictions that are not in the log`,
          ]
        : []),
      ...(tornLines > 0 ? [`${tornLines} lines that were cut off are left out`] : []),
    ]
    for (const note of notes) process.stderr.write(`${fitText(`${model}: ${note}`, Infinity)}\n`)
  }
}

async function settle(flags: PredictionsFlags): Promise<void> {
  const { settleLog } = await import('../../monitoring/prediction-log/upkeep-log-store.ts')
  let [spools, rows] = [0, 0]
  for (const model of await loggedModels(flags)) {
    // oxlint-disable-next-line no-restricted-properties -- the command line is where the clock is
    const settled = await settleLog(flags.log, { model, now: Date.now() })
    spools += settled.spools
    rows += settled.rows
  }
  printResult(
    flags,
    { rows, files: spools },
    `${rows} ${pluralize(rows, 'row')} of ${spools} ${pluralize(spools, 'file')} ${rows === 1 ? 'is' : 'are'} Parquet now\n`,
  )
}
