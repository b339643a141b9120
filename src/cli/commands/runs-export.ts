import type { Command } from 'commander'
import { Option } from 'commander'
import { open } from 'node:fs/promises'
import { replaceFileWith } from '../../core/atomic-file.ts'
import { formatCsvCell } from '../../core/csv-cell.ts'
import type { MetricPoint, Run, Tracking } from '../../core/tracking.ts'
import { findRun, listExperiments, pagesOfRuns } from '../contexts/find-runs.ts'
import { addTrackerFlags, openTracker, type TrackerFlags } from '../flags/tracker-flags.ts'
import { toJsonNumber } from '../output/tracking-json.ts'
import { eachPage } from '../../tracking/all-pages.ts'

interface ExportFlags extends TrackerFlags {
  readonly experiment: readonly string[]
  readonly filter: string
  readonly format: 'json' | 'csv'
  readonly out?: string
}

/** Adds `mlpt runs export`. */
export function addExportCommand(runs: Command): void {
  addTrackerFlags(
    runs
      .command('export')
      .description('write runs with all their metric points, as JSON or CSV')
      .argument('[runs...]', 'their ids, or how the ids start; by default all that are chosen')
      .option(
        '-e, --experiment <name>',
        'only of this one (repeatable)',
        (name: string, names: readonly string[]) => [...names, name],
        [] as readonly string[],
      )
      .option('--filter <text>', "only these, as in 'mlpt runs list'", '')
      .addOption(
        new Option('--format <format>', 'csv has a line for each param, tag and metric point')
          .choices(['json', 'csv'])
          .default('json'),
      )
      .option('-o, --out <file>', 'write to a file instead of the terminal'),
  ).action(exportRuns)
}

async function exportRuns(ids: readonly string[], flags: ExportFlags): Promise<void> {
  await using tracking = await openTracker(flags)
  const runs = await chooseRuns(tracking, ids, flags)
  const format = flags.json === true ? 'json' : flags.format
  const pieces = format === 'csv' ? csvPieces(tracking, runs) : jsonPieces(tracking, runs)
  if (flags.out === undefined) {
    for await (const piece of pieces) await print(piece)
    return
  }
  await replaceFileWith(flags.out, async (temporaryPath) => {
    await using file = await open(temporaryPath, 'w')
    for await (const piece of pieces) await file.write(piece)
  })
  process.stderr.write(`${runs.length} runs are in ${flags.out}\n`)
}

/** The ids of the runs: all that is logged of all runs may not fit into memory. */
async function chooseRuns(
  tracking: Tracking,
  ids: readonly string[],
  flags: ExportFlags,
): Promise<readonly string[]> {
  const chosen: string[] = []
  if (ids.length > 0) {
    for (const id of new Set(ids)) chosen.push((await findRun(tracking, id)).runId)
    return chosen
  }
  const selection = {
    experiments: flags.experiment,
    filter: flags.filter,
    orderBy: ['attributes.start_time ASC'],
    viewType: 'ACTIVE_ONLY',
  } as const
  const readPage = pagesOfRuns(tracking, await listExperiments(tracking), selection)
  for await (const runs of eachPage(readPage)) chosen.push(...runs.map(({ runId }) => runId))
  return chosen
}

/** Waits when the reader is slower than we are. */
async function print(piece: string): Promise<void> {
  await new Promise<void>((resolve) => {
    // Called as well when it could not be written, where 'drain' never comes.
    process.stdout.write(piece, () => resolve())
  })
}

const pointsPerPage = 10_000

async function* readHistories(
  tracking: Tracking,
  { runId, metrics }: Run,
): AsyncGenerator<readonly MetricPoint[]> {
  for (const { key } of metrics) {
    yield* eachPage((pageToken) =>
      tracking.readMetricHistory({ runId, key, maxResults: pointsPerPage, pageToken }),
    )
  }
}

// One document; histories are written as they are read.
async function* jsonPieces(tracking: Tracking, ids: readonly string[]): AsyncGenerator<string> {
  yield '{"runs":['
  for (const [i, id] of ids.entries()) {
    const run = await tracking.getRun(id)
    // The run itself has only the latest points: all of them take their place, as the last member.
    const told = { ...run, metrics: undefined }
    yield `${i === 0 ? '' : ','}\n${JSON.stringify(told).slice(0, -1)},"metrics":[`
    let separator = ''
    for await (const points of readHistories(tracking, run)) {
      if (points.length === 0) continue
      yield separator + points.map(formatPoint).join(',')
      separator = ','
    }
    yield ']}'
  }
  yield '\n]}\n'
}

function formatPoint({ key, value, timestamp, step }: MetricPoint): string {
  return JSON.stringify({ key, value: toJsonNumber(value), timestamp, step })
}

// RFC 4180, a fact a line.
async function* csvPieces(tracking: Tracking, ids: readonly string[]): AsyncGenerator<string> {
  yield csvLine(['run_id', 'run_name', 'kind', 'key', 'value', 'step', 'timestamp'])
  for (const id of ids) {
    const run = await tracking.getRun(id)
    const { runId, runName } = run
    const pairs = (kind: string, facts: Readonly<Record<string, string>>): string =>
      Object.entries(facts)
        .map(([key, value]) => csvLine([runId, runName, kind, key, value, '', '']))
        .join('')
    const { status, experimentId, userId, startTime, endTime } = run
    const times = { start_time: String(startTime), end_time: String(endTime ?? '') }
    yield pairs('attribute', { experiment_id: experimentId, user_id: userId, status, ...times })
    yield pairs('param', run.params)
    yield pairs('tag', run.tags)
    for await (const points of readHistories(tracking, run)) {
      yield points
        .map(({ key, value, step, timestamp }) =>
          csvLine([runId, runName, 'metric', key, String(value), String(step), String(timestamp)]),
        )
        .join('')
    }
  }
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(formatCsvCell).join(',')}\r\n`
}
