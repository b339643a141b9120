import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import type { Run } from '../../core/tracking.ts'
import { formatTable } from '../../pipeline/compare/text-table.ts'
import { findRun } from '../contexts/find-runs.ts'
import { fitLines, formatNumber, shortIdLength } from '../output/run-tables.ts'
import { fitText } from '../output/terminal-text.ts'
import { addTrackerFlags, openTracker, type TrackerFlags } from '../flags/tracker-flags.ts'
import { formatTrackingJson } from '../output/tracking-json.ts'

interface CompareFlags extends TrackerFlags {
  readonly all?: boolean
}

/** Adds `mlpt runs compare`. */
export function addCompareCommand(runs: Command): void {
  addTrackerFlags(
    runs
      .command('compare')
      .description('show the params and metrics in which runs differ')
      .argument('<runs...>', 'their ids, or how the ids start')
      .option('--all', 'also what is equal'),
  ).action(compareRuns)
}

/** One param or metric of all the runs. */
interface ComparedLine {
  readonly kind: 'param' | 'metric'
  readonly name: string
  /** In the order of the runs; null where a run has none. */
  readonly values: readonly (string | number | null)[]
}

async function compareRuns(ids: readonly string[], flags: CompareFlags): Promise<void> {
  if (new Set(ids).size < 2) {
    throw new ToolkitError('CLI_USAGE', 'there is only one run to compare', {
      hint: 'name two or more',
    })
  }
  await using tracking = await openTracker(flags)
  const runs: Run[] = []
  for (const id of new Set(ids)) runs.push(await findRun(tracking, id))
  const lines = compare(runs).filter((line) => flags.all === true || !isEqual(line))
  if (flags.json === true) {
    const named = runs.map(({ runId, runName }) => ({ runId, runName }))
    process.stdout.write(formatTrackingJson({ runs: named, lines }))
    return
  }
  const columns = process.stdout.isTTY ? process.stdout.columns : Infinity
  process.stdout.write(fitLines(formatComparison(runs, lines), columns))
}

function compare(runs: readonly Run[]): readonly ComparedLine[] {
  const metrics = runs.map(
    (run) => new Map(run.metrics.map(({ key, value }) => [key, value] as const)),
  )
  const params = runs.map((run) => new Map(Object.entries(run.params)))
  const linesOf = (
    kind: ComparedLine['kind'],
    values: readonly ReadonlyMap<string, string | number>[],
  ): readonly ComparedLine[] =>
    [...new Set(values.flatMap((map) => [...map.keys()]))]
      .toSorted()
      .map((name) => ({ kind, name, values: values.map((map) => map.get(name) ?? null) }))
  return [...linesOf('param', params), ...linesOf('metric', metrics)]
}

function isEqual({ values }: ComparedLine): boolean {
  return values.every((value) => Object.is(value, values[0]))
}

const longestCell = 20

function formatComparison(runs: readonly Run[], lines: readonly ComparedLine[]): string {
  const header = ['', '', ...runs.map(({ runId }) => runId.slice(0, shortIdLength))]
  const names = ['', '', ...runs.map(({ runName }) => fitText(runName, longestCell))]
  const rows = lines.map(({ kind, name, values }, i) => [
    lines[i - 1]?.kind === kind ? '' : `${kind}s`,
    name,
    ...values.map((value) =>
      fitText(typeof value === 'number' ? formatNumber(value) : (value ?? '-'), longestCell),
    ),
  ])
  const table = formatTable({ header, rows: [names, ...rows] })
  return lines.length > 0 ? table : `${table}they do not differ in params and metrics\n`
}
