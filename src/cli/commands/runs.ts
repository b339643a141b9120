import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import type { Run, Tracking } from '../../core/tracking.ts'
import {
  addTrackerFlags,
  formatMoment,
  openStoreOnly,
  openTracker,
  parseCount,
  parseMoment,
  type TrackerFlags,
} from '../flags/tracker-flags.ts'
import { formatTrackingJson } from '../output/tracking-json.ts'
import { findRun, listExperiments, listRuns, type RunSelection } from '../contexts/find-runs.ts'
import { fitLines, formatRunDetails, formatRunList } from '../output/run-tables.ts'
import { addCompareCommand } from './runs-compare.ts'
import { addEndCommand } from './runs-end.ts'
import { addExportCommand } from './runs-export.ts'

/** Adds `mlpt runs list`, `show`, `compare`, `export`, `end`, `delete`, `restore` and `gc`. */
export function addRunsCommand(program: Command): void {
  const runs = program
    .command('runs')
    .description('list, compare, export, end and remove tracked runs')
  addTrackerFlags(
    runs
      .command('list')
      .description('list runs, the newest first')
      .option('-e, --experiment <name>', 'only of this one (repeatable)', collect, [])
      .option('-f, --filter <text>', `as in MLflow: metrics.auc > 0.8 AND params.kind = 'gbm'`)
      .option('--order-by <field>', `for example 'metrics.auc DESC' (repeatable)`, collect, [])
      .option('-n, --max <count>', 'how many', parseCount, 20)
      .option('--deleted', 'those that are deleted'),
  ).action(showList)
  addTrackerFlags(
    runs
      .command('show')
      .description('tell everything of a run but its histories')
      .argument('<run>', 'its id, or how the id starts'),
  ).action(showRun)
  addCompareCommand(runs)
  addExportCommand(runs)
  addEndCommand(runs)
  addTrackerFlags(
    runs
      .command('delete')
      .description('mark runs as deleted; they can be restored until gc')
      .argument('<runs...>', 'their ids, or how the ids start'),
  ).action((ids: string[], flags: TrackerFlags) => changeRuns(ids, flags, 'delete'))
  addTrackerFlags(
    runs
      .command('restore')
      .description('take back what delete did')
      .argument('<runs...>', 'their ids, or how the ids start'),
  ).action((ids: string[], flags: TrackerFlags) => changeRuns(ids, flags, 'restore'))
  addTrackerFlags(
    runs
      .command('gc')
      .description('remove deleted runs for good, with their artifacts')
      .option('--older-than <age>', 'only what was deleted before: 2026-11-28, 30d, 12h', '0m')
      .option('--dry-run', 'only tell what would go')
      .option('-f, --force', 'really remove it'),
  ).action(collectGarbage)
}

function collect(text: string, texts: readonly string[]): readonly string[] {
  return [...texts, text]
}

interface ListFlags extends TrackerFlags {
  readonly experiment: readonly string[]
  readonly filter?: string
  readonly orderBy: readonly string[]
  readonly max: number
  readonly deleted?: boolean
}

async function showList(flags: ListFlags): Promise<void> {
  await using tracking = await openTracker(flags)
  const selection: RunSelection = {
    experiments: flags.experiment,
    filter: flags.filter ?? '',
    orderBy: flags.orderBy,
    viewType: flags.deleted === true ? 'DELETED_ONLY' : 'ACTIVE_ONLY',
  }
  const experiments = await listExperiments(tracking)
  const { runs, hasMore } = await listRuns(tracking, experiments, {
    ...selection,
    maxResults: flags.max,
  })
  if (flags.json === true) {
    process.stdout.write(formatTrackingJson({ runs, hasMore }))
    return
  }
  const columns = process.stdout.isTTY ? process.stdout.columns : Infinity
  const asked = [selection.filter, ...flags.orderBy].join(' ')
  process.stdout.write(formatRunList(runs, { experiments, columns, asked }))
  if (hasMore) process.stderr.write(`there are more: see them with --max\n`)
}

async function showRun(id: string, flags: TrackerFlags): Promise<void> {
  await using tracking = await openTracker(flags)
  const run = await findRun(tracking, id)
  if (flags.json === true) {
    process.stdout.write(formatTrackingJson({ run }))
    return
  }
  const experiment = await tracking.getExperiment(run.experimentId)
  const artifacts = await listArtifacts(tracking, run)
  process.stdout.write(fitLines(formatRunDetails(run, { experiment, artifacts }), Infinity))
}

/** `undefined` when they lie where no tracker hands them out. */
async function listArtifacts(
  tracking: Tracking,
  { runId }: Run,
): Promise<Awaited<ReturnType<Tracking['listArtifacts']>> | undefined> {
  try {
    return await tracking.listArtifacts({ runId }, '')
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'TRACKING_INVALID') return undefined
    throw error
  }
}

/** All are found before the first is changed. */
async function changeRuns(
  ids: readonly string[],
  flags: TrackerFlags,
  change: 'delete' | 'restore',
): Promise<void> {
  await using tracking = await openTracker(flags)
  const runs: Run[] = []
  for (const id of new Set(ids)) runs.push(await findRun(tracking, id))
  for (const { runId } of runs) {
    await (change === 'delete' ? tracking.deleteRun(runId) : tracking.restoreRun(runId))
  }
  const done = change === 'delete' ? 'deleted' : 'restored'
  if (flags.json === true) {
    process.stdout.write(formatTrackingJson({ [done]: runs.map(({ runId }) => runId) }))
    return
  }
  for (const { runId, runName } of runs) process.stdout.write(`${done} ${runId} ${runName}\n`)
}

interface GarbageFlags extends TrackerFlags {
  readonly olderThan: string
  readonly dryRun?: boolean
  readonly force?: boolean
}

async function collectGarbage(flags: GarbageFlags): Promise<void> {
  const now = Date.now()
  const olderThan = parseMoment(flags.olderThan, now)
  const isDryRun = flags.dryRun === true
  if (!isDryRun && flags.force !== true) {
    throw new ToolkitError('CLI_USAGE', 'gc removes runs for good', {
      hint: 'see what would go with --dry-run, then run it with --force',
    })
  }
  await using store = await openStoreOnly(flags, 'run it where the store is, with --store')
  // What was deleted in this very millisecond is meant, too.
  const garbage = await store.collectGarbage({ olderThan: olderThan + 1, isDryRun })
  if (flags.json === true) {
    process.stdout.write(formatTrackingJson({ isDryRun, ...garbage }))
    return
  }
  const verb = isDryRun ? 'would remove' : 'removed'
  const { runIds, experimentIds, keptRunIds } = garbage
  for (const id of runIds) process.stdout.write(`${verb} run ${id}\n`)
  for (const id of experimentIds) process.stdout.write(`${verb} experiment ${id}\n`)
  for (const id of keptRunIds)
    process.stdout.write(`kept run ${id}: a registered model comes from it\n`)
  if (runIds.length + experimentIds.length === 0) {
    process.stdout.write(`nothing was deleted before ${formatMoment(olderThan)}\n`)
  }
}
