import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatTable } from '../../pipeline/compare/text-table.ts'
import type { CopyResult } from '../../tracking/transfer/copy-tracking.ts'
import type { TransferSource } from '../../tracking/transfer/transfer-source.ts'
import { withoutPassword } from '../../pipeline/remote/remote-errors.ts'
import { isServer, openPlace, parseMoment } from '../flags/tracker-flags.ts'
import { formatTrackingJson } from '../output/tracking-json.ts'

interface CopyFlags {
  readonly experiment: readonly string[]
  readonly since?: string
  readonly dryRun?: boolean
  readonly sizesOnly?: boolean
  readonly json?: boolean
}

/** Adds `mlpt tracking copy` and `mlpt tracking import`. */
export function addTrackingCommand(program: Command): void {
  const tracking = program
    .command('tracking')
    .description('move runs, artifacts and models between trackers')
  const copy = tracking
    .command('copy')
    .description('copy everything that one tracker has into another, and count it')
    .argument('<from>', 'a server (http://…) or the folder of a store')
    .argument('<to>', 'likewise; a store is created when there is none')
  addCopyFlags(copy).action(copyTracker)
  const importing = tracking
    .command('import')
    .description("read the folder 'mlruns' of MLflow's old file store, and count it")
    .argument('<mlruns>', 'the folder that MLflow logged to')
    .option('--to <tracker>', 'a server, or the folder of a store', '.mlpt')
  addCopyFlags(importing).action(importMlruns)
}

function addCopyFlags(command: Command): Command {
  return command
    .option(
      '-e, --experiment <name>',
      'only this one, and what is registered of it (repeatable)',
      (name: string, names: readonly string[]) => [...names, name],
      [] as readonly string[],
    )
    .option('--since <moment>', 'only runs that started then or later: 2026-11-28, 30d, 12h')
    .option('--dry-run', 'count what there is to copy, and write nothing')
    .option('--sizes-only', 'take files that are there with the same size for the same, unread')
    .option('--json', 'print one JSON document')
}

async function copyTracker(from: string, to: string, flags: CopyFlags): Promise<void> {
  checkDifferent(from, to)
  const { toTransferSource } = await import('../../tracking/transfer/transfer-source.ts')
  await using source = await openPlace(from, { mustExist: true })
  await transfer(toTransferSource(source), { from, to }, flags)
}

async function importMlruns(
  folder: string,
  { to, ...flags }: CopyFlags & { readonly to: string },
): Promise<void> {
  const { readMlruns } = await import('../../tracking/transfer/mlruns-file.ts')
  await transfer(readMlruns(folder), { from: folder, to }, flags)
}

/** A tracker copied into itself would only be read. */
function checkDifferent(from: string, to: string): void {
  if (addressOf(from) !== addressOf(to)) return
  throw new ToolkitError(
    'CLI_USAGE',
    `'${withoutPassword(from)}' is where the copy would go, too`,
    {
      hint: 'name two different trackers',
    },
  )
}

function addressOf(place: string): string {
  return isServer(place) ? withoutPassword(place).replace(/\/+$/, '') : resolve(place)
}

async function transfer(
  source: TransferSource,
  { from, to }: { readonly from: string; readonly to: string },
  flags: CopyFlags,
): Promise<void> {
  const { copyTracking } = await import('../../tracking/transfer/copy-tracking.ts')
  const isDryRun = flags.dryRun === true
  await using target = await openTarget(to, isDryRun)
  const result = await copyTracking(source, target, {
    experiments: flags.experiment,
    since: flags.since === undefined ? undefined : parseMoment(flags.since, Date.now()),
    isDryRun,
    trustsSizes: flags.sizesOnly === true,
    log: (line) => process.stderr.write(`${line}\n`),
  })
  process.stdout.write(
    flags.json === true ? formatTrackingJson(result) : formatResult(result, isDryRun),
  )
  if (isDryRun || result.isComplete) return
  throw incomplete(result, { from: withoutPassword(from), to: withoutPassword(to) })
}

/** A dry run leaves no trace: without a store it counts against an empty one, which goes away with it. */
async function openTarget(
  to: string,
  isDryRun: boolean,
): Promise<Awaited<ReturnType<typeof openPlace>>> {
  if (!isDryRun || isServer(to) || existsSync(join(to, 'tracking.sqlite'))) {
    return openPlace(to, { mustExist: false })
  }
  const folder = await mkdtemp(join(tmpdir(), 'mlpt-dry-run-'))
  const empty = await openPlace(folder, { mustExist: false })
  return {
    ...empty,
    [Symbol.asyncDispose]: async () => {
      await empty[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function formatResult({ lines, failures }: CopyResult, isDryRun: boolean): string {
  const header = isDryRun
    ? ['', 'found', 'already there', 'to copy', '']
    : ['', 'found', 'copied', 'already there', 'in the target', '']
  const rows = lines
    .filter(({ found }) => found > 0)
    .map(({ kind, found, copied, alreadyThere, present }) => {
      const missing = isDryRun || found === present ? '' : `${formatCount(found - present)} missing`
      const counts = isDryRun
        ? [alreadyThere, found - alreadyThere]
        : [copied, alreadyThere, present]
      const cells: readonly string[] = [kind, formatCount(found)]
      return cells.concat(counts.map(formatCount), missing)
    })
  const refused = failures.map(({ what, why }) => `not copied: ${what}: ${why}\n`)
  return `${formatTable({ header, rows })}${refused.join('')}`
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

function incomplete(
  { lines, failures }: CopyResult,
  { from, to }: { readonly from: string; readonly to: string },
): ToolkitError {
  const missing = lines.filter(({ found, present }) => found !== present).map(({ kind }) => kind)
  const what = [
    ...(missing.length > 0 ? [`${missing.join(', ')} are not all in '${to}'`] : []),
    ...(failures.length > 0 ? [`${failures.length} things could not be copied`] : []),
  ]
  return new ToolkitError(
    'TRACKING_COPY_INCOMPLETE',
    `the copy of '${from}' is not whole: ${what.join('; ')}`,
    {
      hint: 'see above what is missing; mend it, then copy again: only what is missing is copied',
    },
  )
}
