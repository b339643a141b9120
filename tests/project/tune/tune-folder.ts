/** A small project whose features are made already, for tuning. */

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createRandom } from '../../../src/core/random.ts'
import { openDatabase, quoteText } from '../../../src/data/duckdb-store.ts'
import { makeFolder, type Folder } from '../../pipeline/folder.ts'

const repository = resolve(import.meta.dirname, '../../..')

const project = `
import { defineProject, defineSchema } from '${repository}/src/index.ts'
export default defineProject({
  name: 'loans',
  schema: defineSchema({
    id: { type: 'integer', min: 1 },
    age: { type: 'integer', min: 18, max: 100 },
    debt: { type: 'number' },
    late: { type: 'boolean' },
  }),
  key: 'id',
  target: 'late',
  features: { age: 'standardize', debt: 'standardize' },
  sources: [{ kind: 'folder', path: 'data', files: ['loans.csv'] }],
  citation: { title: 'Loans', url: 'https://example.com', licence: 'CC0' },
})
`

/**
 * A text of params.yaml with few rounds, and what is searched for boosting.
 *
 * @param section - as if it were a document of its own
 */
export function parametersText(section: string): string {
  return withTuneSection(`tune:\n  boosting:\n    ${section.trim().replaceAll('\n', '\n    ')}\n`)
}

/** A text of params.yaml: the numbers of the repository's with few rounds, and this at its end. */
export function withTuneSection(section: string): string {
  const text = readFileSync(join(repository, 'params.yaml'), 'utf8')
    .replace(/^tune:\n(?: .*\n)*/m, '')
    .replace('rounds: 200', 'rounds: 12 # trees')
    .replace('min_rows_per_leaf: 50', 'min_rows_per_leaf: 5')
  return `${text}${section}`
}

/** @param parameters - the text of params.yaml */
export async function makeTuneFolder(parameters: string): Promise<Folder> {
  const folder = makeFolder({
    'project.ts': project,
    'params.yaml': parameters,
    'data/processed/.keep': '',
  })
  await writeRows(join(folder.directory, 'data/processed/loans.parquet'))
  return folder
}

/** 300 rows, in which debt above 50 and a high age make it likelier to be late. */
async function writeRows(path: string): Promise<void> {
  const random = createRandom(4)
  const rows = Array.from({ length: 300 }, (_, row) => {
    const age = 18 + random.nextInteger(60)
    const debt = 100 * random.next()
    const late = random.next() < (debt > 50 ? 0.6 : 0.1) + age / 500
    return `(${row}, ${row % 5}, ${row + 1}, ${age}, ${debt}, ${late})`
  })
  using database = await openDatabase()
  await database.run(
    `COPY (SELECT * FROM (VALUES ${rows.join(', ')}) AS rows("row", fold, id, age, debt, late))
     TO ${quoteText(path)} (FORMAT parquet)`,
  )
}
