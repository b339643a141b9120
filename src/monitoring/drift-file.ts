/** Compares table files. */

import { openDatabase } from '../data/duckdb-store.ts'
import type { ReadOptions } from '../data/reading/read-options.ts'
import { compareTables } from './drift.ts'
import type { DriftOptions } from './drift-options.ts'
import type { DriftReport } from './drift-report.ts'
import { openSide } from './open-side-file.ts'

/**
 * Compares two files by their columns, as {@link compareTables}.
 *
 * @param options.reference - path of a table file or of a profile that `mlpt profile --output` wrote, as `current`
 * @param options.reading - how both files are read; what is left out is detected
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID` and those of {@link compareTables}
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { compareFiles } from 'ml-pipeline-toolkit'
 * const folder = mkdtempSync(join(tmpdir(), 'mlpt-'))
 * const writeAges = (name: string, from: number): string => {
 *   const path = join(folder, name)
 *   const ages = Array.from({ length: 200 }, (_, i) => from + (i % 50))
 *   writeFileSync(path, `age\n${ages.join('\n')}\n`)
 *   return path
 * }
 * const report = await compareFiles({
 *   reference: writeAges('may.csv', 20),
 *   current: writeAges('june.csv', 40),
 * })
 * report.drifted // => ['age']
 * report.columns[0].checks[0].effect.value // => 0.4
 * ```
 */
export async function compareFiles(
  options: DriftOptions & {
    readonly reference: string
    readonly current: string
    readonly reading?: ReadOptions
    /** Name of a column: the rows of each of its values are compared too. */
    readonly segment?: string
  },
): Promise<DriftReport> {
  const { reference, current, reading, ...rest } = options
  using database = await openDatabase()
  await using before = await openSide(database, reference, reading)
  await using after = await openSide(database, current, reading)
  const sides = { database, reference: before.side, current: after.side }
  const report = await compareTables({ ...rest, ...sides })
  const warnings = [...before.warnings, ...after.warnings, ...report.warnings]
  return { ...report, warnings }
}
