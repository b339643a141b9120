import { quoteName, type Database } from '../../data/duckdb-store.ts'
import { openTable } from '../../data/reading/open-table-file.ts'
import { batchColumns } from '../../data/profile/column-batches.ts'
import { numberTextSql, timeTextSql } from '../../data/reading/marked-cells.ts'
import { formsOf, type CellForms } from '../../data/reading/read-options.ts'
import { isBlankSql, truthSql } from '../../data/schema/violation-sql.ts'
import type { SourceReading } from '../../data/source.ts'
import type { ColumnProfile } from '../../data/profile/profile.ts'
import { countWhere } from '../../data/count-where.ts'

/**
 * Names the columns whose cells `mlpt ingest` understands as they are written, in the forms of the source: a person reads 1.234,5 in one
 * column and 1,234.5 in another too.
 *
 * @param profiles - what the columns hold, by their detected types
 */
export async function findPlainColumns(
  database: Database,
  path: string,
  read: SourceReading,
  profiles: readonly ColumnProfile[],
): Promise<ReadonlySet<string>> {
  await using opened = await openTable(database, path, { missing: [], ...read, allText: true })
  const forms = formsOf(read)
  const stored = new Map(opened.table.columns.map(({ name, family }) => [name, family]))
  const plain: string[] = []
  // One statement about all columns of a wide table takes more than twice as long for twice the columns.
  for (const batch of batchColumns(profiles, 1)) {
    const counts = batch.map((profile, i) => {
      const text = `CAST(${quoteName(profile.name)} AS VARCHAR)`
      const isPlain =
        stored.get(profile.name) === 'number'
          ? `coalesce(NOT isinf(CAST(${quoteName(profile.name)} AS DOUBLE)), true)`
          : isPlainSql(profile, text, forms)
      return `${countWhere(`NOT ${isBlankSql(text)} AND NOT (${isPlain})`)} AS c${i}`
    })
    const [row = {}] = await database.query(
      `SELECT ${counts.join(', ')} FROM ${opened.table.relation}`,
    )
    plain.push(...batch.filter((_, i) => Number(row[`c${i}`]) === 0).map(({ name }) => name))
  }
  return new Set(plain)
}

function isPlainSql({ family, type }: ColumnProfile, text: string, forms: CellForms): string {
  if (type === 'DATE') return `${timeTextSql({ type: 'date' }, text, forms)} IS NOT NULL`
  if (type.startsWith('TIMESTAMP')) {
    return `${timeTextSql({ type: 'datetime' }, text, forms)} IS NOT NULL`
  }
  if (family === 'number') return `${numberTextSql(text, forms)} IS NOT NULL`
  return family === 'boolean' ? `${truthSql(text)} IS NOT NULL` : 'true'
}
