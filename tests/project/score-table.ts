/** Scoring of table files in this process. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { openTable } from '../../src/data/reading/open-table-file.ts'
import {
  scoreFile,
  type FileScoring,
  type ScoredFile,
} from '../../src/project/predict/predict-file.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { predictor } from '../serving/serve-model.ts'

/** Scores a file, by the model of serve-model.ts unless told. */
export async function run(
  given: Partial<FileScoring> & { readonly input: string; readonly output: string },
): Promise<ScoredFile> {
  using database = await openDatabase()
  await using opened = await openTable(database, given.input)
  const { input: place } = given
  const defaults = { predictor, keys: [], isExplained: false, keepsGoing: false }
  return await scoreFile({ ...defaults, database, opened, place, ...given })
}

/** @returns the path of a new CSV file */
export function writeText(text: string): string {
  const path = join(makeScratchFolder(), 'rows.csv')
  writeFileSync(path, text)
  return path
}

/** The documents of a file of JSON lines. */
export function linesOf(path: string): Record<string, unknown>[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}
