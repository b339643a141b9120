import { openDatabase } from './duckdb-store.ts'
import type { JsonObject } from './expectations/outcome.ts'
import type { ResultFormatOption } from './expectations/result-settings.ts'
import type { Suite } from './expectations/suite.ts'
import type { ValidationResult } from './expectations/validation-result.ts'
import { openTable } from './reading/open-table-file.ts'
import type { ReadOptions } from './reading/read-options.ts'
import type { Split } from './quarantine/split-table-file.ts'
import { validateTable } from './validate.ts'
import type { ValidationEvidence } from './validation-evidence.ts'
import { readSuite } from './validation-file.ts'

/** How a file is read and how much its result says. */
export interface ValidateFileOptions {
  /** How the file is read; what is left out is detected. */
  readonly reading?: ReadOptions
  /** GX's result format; 'SUMMARY' by default, with up to 20 unexpected values. */
  readonly resultFormat?: ResultFormatOption
  /** Values of the suite's parameters; they win over those in the suite. */
  readonly parameters?: JsonObject
  /** Whether an expectation fails that would hold only because nothing was checked; see `validateTable`. */
  readonly failsOnEmpty?: boolean
}

/**
 * Holds a table file against a suite and gives Great Expectations' own result,
 * the same bytes each time. What was noticed while reading the file stands in
 * `meta.warnings`.
 *
 * @param path - a file of any format that `mlpt` reads: delimited text, Parquet, JSON lines, a workbook, SQLite
 * @param suite - a suite, or the path of its JSON in the form of Great Expectations
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID`, `SUITE_INVALID`; an
 *   expectation that fails or cannot be asked is no error, but stands in the result
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { validateFile } from 'ml-pipeline-toolkit'
 * const path = join(mkdtempSync(join(tmpdir(), 'mlpt-')), 'people.csv')
 * writeFileSync(path, 'name,age\nAnna,31\nBen,17\n')
 * const result = await validateFile(path, {
 *   name: 'people',
 *   meta: {},
 *   expectations: [
 *     {
 *       type: 'expect_column_values_to_be_between',
 *       kwargs: { column: 'age', min_value: 18 },
 *       meta: {},
 *       severity: 'critical',
 *     },
 *   ],
 * })
 * result.success // => false
 * result.results[0].result.partial_unexpected_list // => [17]
 * ```
 */
export async function validateFile(
  path: string,
  suite: Suite | string,
  options: ValidateFileOptions = {},
): Promise<ValidationResult> {
  const { result } = await holdFile(path, suite, options)
  return result
}

/** What else is wanted of a file than the result. */
export interface HoldFileOptions extends ValidateFileOptions {
  /** See `splitTable`; `undefined` splits nothing. */
  readonly split?: string | undefined
  /** Whether there is a report that shows the columns and the rows that fail. */
  readonly hasEvidence?: boolean
}

/** As {@link validateFile}, with more of what a file can tell; it is read once. */
export async function holdFile(
  path: string,
  suite: Suite | string,
  options: HoldFileOptions,
): Promise<{
  readonly result: ValidationResult
  readonly split?: Split
  readonly evidence?: ValidationEvidence
}> {
  const { reading, split, hasEvidence = false, ...how } = options
  const expected = typeof suite === 'string' ? await readSuite(suite) : suite
  using database = await openDatabase()
  // Many statements read one file: its footer is read once.
  await database.run('SET parquet_metadata_cache = true')
  await using opened = await openTable(database, path, reading)
  const { table } = opened
  const warnings = [...(expected.warnings ?? []), ...opened.warnings]
  const held = { ...expected, warnings }
  const result = await validateTable({ database, relation: table, suite: held, ...how })
  const gathered = { database, table, suite: expected }
  const evidence = hasEvidence ? await gather({ ...gathered, result }) : undefined
  const { parameters = {} } = how
  const parts =
    split === undefined ? undefined : await writeParts({ ...gathered, parameters, path: split })
  return {
    result,
    ...(evidence !== undefined && { evidence }),
    ...(parts !== undefined && { split: parts }),
  }
}

type Gather = typeof import('./validation-evidence.ts').gatherEvidence
type Write = typeof import('./quarantine/split-table-file.ts').splitTable

async function gather(...given: Parameters<Gather>): ReturnType<Gather> {
  const { gatherEvidence } = await import('./validation-evidence.ts')
  return gatherEvidence(...given)
}

async function writeParts(...given: Parameters<Write>): ReturnType<Write> {
  const { splitTable } = await import('./quarantine/split-table-file.ts')
  return splitTable(...given)
}
