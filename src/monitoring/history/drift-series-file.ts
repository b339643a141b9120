/** Compares several tables with one reference. */

import { ToolkitError } from '../../core/errors.ts'
import { type Database, openDatabase } from '../../data/duckdb-store.ts'
import type { ReadOptions } from '../../data/reading/read-options.ts'
import { compareTables, observe } from '../drift.ts'
import type { DriftOptions } from '../drift-options.ts'
import { createSeries, type DriftSeries, type DriftWindow } from './drift-series.ts'
import { type OpenedSide, openSide } from '../open-side-file.ts'
import { readWindows, type WindowSpec } from '../windows-store.ts'

/** How a series is cut out of one table, or which tables it is of. */
export type SeriesSource =
  | { readonly current: string; readonly window: WindowSpec }
  | { readonly currents: readonly string[] }

/**
 * Compares several tables with one reference: the windows of a file, or files. Each comparison is one of its own,
 * with its own adjustment of p-values.
 *
 * @param options.window - by a column of times, `{ column: 'day', size: 'month' }`, or by rows, `{ rows: 5000 }`;
 *   windows of fewer than 30 rows are left out
 * @throws {ToolkitError} as {@link compareFiles}, and `DATA_INCOMPARABLE` when windows cannot be cut
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { compareSeries } from 'ml-pipeline-toolkit'
 * const folder = mkdtempSync(join(tmpdir(), 'mlpt-'))
 * const write = (name: string, ages: (day: number) => number): string => {
 *   const path = join(folder, name)
 *   const rows = Array.from({ length: 400 }, (_, i) => {
 *     const day = `2026-0${i < 200 ? 1 : 2}-15`
 *     return `${day},${ages(i < 200 ? 1 : 2) + (i % 50)}`
 *   })
 *   writeFileSync(path, `day,age\n${rows.join('\n')}\n`)
 *   return path
 * }
 * const series = await compareSeries({
 *   reference: write('reference.csv', () => 20),
 *   current: write('current.csv', (month) => (month === 1 ? 20 : 40)),
 *   window: { column: 'day', size: 'month' },
 * })
 * series.windows.map(({ label }) => label) // => ['2026-01', '2026-02']
 * series.drifted // => ['2026-02']
 * ```
 */
export async function compareSeries(
  options: DriftOptions &
    SeriesSource & { readonly reference: string; readonly reading?: ReadOptions },
): Promise<DriftSeries> {
  const { reference, reading, ...rest } = options
  using database = await openDatabase()
  await using before = await openSide(database, reference, reading)
  const sides = { database, before, reading }
  return await ('window' in rest ? compareWindows(sides, rest) : compareEach(sides, rest))
}

interface SeriesSides {
  readonly database: Database
  readonly before: OpenedSide
  readonly reading: ReadOptions | undefined
}

async function compareWindows(
  { database, before, reading }: SeriesSides,
  { current, window, ...options }: DriftOptions & Extract<SeriesSource, { current: string }>,
): Promise<DriftSeries> {
  await using after = await openSide(database, current, reading)
  if (!('relation' in after.side)) {
    throw new ToolkitError('CLI_USAGE', 'a stored profile has no rows to cut into windows', {
      hint: 'name a table file',
    })
  }
  const cut = await readWindows(database, after.side, window)
  // Read once for all of them.
  const reference = await observe(database, withoutColumn(before.side, window), 'reference')
  const windows: DriftWindow[] = []
  for (const { label, table } of cut.windows) {
    const report = await compareTables({ ...options, database, reference, current: table })
    windows.push({ label, report })
  }
  return createSeries(windows, [...before.warnings, ...after.warnings, ...cut.warnings])
}

/** The column that cuts windows is compared on neither side. */
function withoutColumn(side: OpenedSide['side'], window: WindowSpec): OpenedSide['side'] {
  if (!('column' in window)) return side
  if ('relation' in side) {
    return { ...side, columns: side.columns.filter(({ name }) => name !== window.column) }
  }
  const columns = [...side.columns].filter(([name]) => name !== window.column)
  return { ...side, columns: new Map(columns) }
}

async function compareEach(
  { database, before, reading }: SeriesSides,
  { currents, ...options }: DriftOptions & Extract<SeriesSource, { currents: readonly string[] }>,
): Promise<DriftSeries> {
  // Read once for all of them.
  const reference = await observe(database, before.side, 'reference')
  const windows: DriftWindow[] = []
  const warnings = [...before.warnings]
  for (const path of currents) {
    await using after = await openSide(database, path, reading)
    const report = await compareTables({ ...options, database, reference, current: after.side })
    warnings.push(...after.warnings)
    windows.push({ label: path, report })
  }
  return createSeries(windows, warnings)
}
