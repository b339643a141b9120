/** Compares table files. */

import { access } from 'node:fs/promises'
import { systemCode } from '../core/atomic-file.ts'
import { ToolkitError } from '../core/errors.ts'
import { type Database, openDatabase } from '../data/duckdb-store.ts'
import { openTable } from '../data/reading/open-table-file.ts'
import type { ReadOptions } from '../data/reading/read-options.ts'
import type { OpenedTable } from '../data/reading/reading.ts'
import { compareTables } from './drift.ts'
import type { DriftOptions } from './drift-options.ts'
import type { DriftReport } from './drift-report.ts'

/**
 * Compares two files by their columns, as {@link compareTables}.
 *
 * @param options.reference - path of a table file, as `current`
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
  await using before = await openReadable(database, reference, reading)
  await using after = await openReadable(database, current, reading)
  const sides = { database, reference: before.table, current: after.table }
  const report = await compareTables({ ...rest, ...sides })
  const warnings = [...before.warnings, ...after.warnings, ...report.warnings]
  return { ...report, warnings }
}

async function openReadable(
  database: Database,
  path: string,
  reading: ReadOptions | undefined,
): Promise<OpenedTable> {
  await checkReadable(path)
  try {
    return await openTable(database, path, reading)
  } catch (error) {
    if (error instanceof ToolkitError) throw error
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new ToolkitError('DATA_FILE_INVALID', `cannot read '${path}': ${message}`, {
      hint: 'mend the file, or write it again',
      cause: error,
    })
  }
}

async function checkReadable(path: string): Promise<void> {
  try {
    await access(path)
  } catch (error) {
    const code = systemCode(error)
    throw code === 'ENOENT'
      ? new ToolkitError('FILE_MISSING', `there is no file '${path}'`, {
          hint: 'check the path',
          cause: error,
        })
      : new ToolkitError('FILE_READ_FAILED', `cannot read '${path}': ${code ?? String(error)}`, {
          hint: 'check the path and its permissions',
          cause: error,
        })
  }
}
