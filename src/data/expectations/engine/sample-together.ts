/** Samples rows of many expectations at once. */

import { quoteName, type Cell, type Database } from '../../duckdb-store.ts'
import type { RowQuestion } from '../expectation-type.ts'
import { toJsonValue, type JsonObject, type Sample } from '../outcome.ts'
import type { SampleWish } from './row-query.ts'
import type { RowSource } from './row-source.ts'

/** A statement costs as much as its table is wide, whatever it asks; more in one statement make it no quicker. */
export const samplesAtOnce = 200

/** Whether the first rows that break the expectation can be found together with those of others. */
export function canSampleTogether({ unexpected }: RowQuestion, wish: SampleWish): boolean {
  return unexpected.kind === 'where' && !wish.hasWholeRows && wish.limit > 0 && wish.limit <= 1000
}

/**
 * The first rows that break each expectation, in the table's order, by one scan of the whole table.
 *
 * @param questions - all with {@link canSampleTogether}
 * @returns one list for each question
 */
export async function sampleTogether(
  database: Database,
  source: RowSource,
  questions: readonly RowQuestion[],
  wish: SampleWish,
): Promise<readonly (readonly Sample[])[]> {
  const found = await database.query(selectSamples(source, questions, wish))
  return questions.map(({ shown }, q) =>
    found
      .filter((row) => row[`p${q}`] !== null)
      .map((row) => ({
        position: Number(row[`p${q}`]),
        values: shown.map((_, i) => row[`v${q}_${i}`] ?? null),
        index: indexOf(row, wish.indexColumns, q),
        row: {},
      })),
  )
}

function indexOf(
  row: Readonly<Record<string, Cell>>,
  names: readonly string[],
  q: number,
): JsonObject {
  return Object.fromEntries(names.map((name, i) => [name, toJsonValue(row[`x${q}_${i}`] ?? null)]))
}

/** The lists of all questions beside each other: a short one ends with NULL. */
function selectSamples(
  { table, condition = 'TRUE' }: RowSource,
  questions: readonly RowQuestion[],
  { limit, indexColumns }: SampleWish,
): string {
  const parts = questions.map((question, q) => partsOf(question, indexColumns, q))
  const firsts = parts.map(
    ({ fields }, q) => `arg_min(${fields}, CASE WHEN u${q} THEN position END, ${limit}) AS s${q}`,
  )
  const inner = [
    'row_number() OVER () - 1 AS position',
    ...indexColumns.map((name, i) => `${quoteName(name)} AS x${i}`),
    ...parts.flatMap(({ values }) => values),
    ...questions.map(({ ignored = 'FALSE', unexpected }, q) => {
      const broken = unexpected.kind === 'where' ? unexpected.condition : 'FALSE'
      return `(${condition}) AND NOT (${ignored}) AND (${broken}) AS u${q}`
    }),
  ]
  const rows = `SELECT ${inner.join(', ')} FROM ${table.relation}`
  const lists = `SELECT ${firsts.join(', ')} FROM (${rows})`
  const beside = `SELECT ${questions.map((_, q) => `unnest(s${q}) AS s${q}`).join(', ')} FROM (${lists})`
  return `SELECT ${parts.flatMap(({ outer }) => outer).join(', ')} FROM (${beside})`
}

/** What one question adds to the SELECT of the rows, and the fields that it takes from them. */
function partsOf(
  { shown }: RowQuestion,
  indexColumns: readonly string[],
  q: number,
): { readonly values: string[]; readonly fields: string; readonly outer: string[] } {
  const fields = [
    ['p', 'position'],
    ...shown.map((_, i) => [`v${i}`, `v${q}_${i}`]),
    ...indexColumns.map((_, i) => [`x${i}`, `x${i}`]),
  ]
  return {
    values: shown.map((sql, i) => `${sql} AS v${q}_${i}`),
    fields: `struct_pack(${fields.map(([field, sql]) => `${field} := ${sql}`).join(', ')})`,
    outer: [
      `s${q}.p AS p${q}`,
      ...shown.map((_, i) => `s${q}.v${i} AS v${q}_${i}`),
      ...indexColumns.map((_, i) => `s${q}.x${i} AS x${q}_${i}`),
    ],
  }
}
