/** A small table that keeps to the reference project's suite, made without the project. */

import { createRandom } from '../../../src/core/random.ts'
import type { Database } from '../../../src/data/duckdb-store.ts'
import { quoteName } from '../../../src/data/duckdb-store.ts'

export const creditColumns = [
  'ID',
  'LIMIT_BAL',
  'SEX',
  'EDUCATION',
  'MARRIAGE',
  'AGE',
  'PAY_0',
  ...Array.from({ length: 5 }, (_, i) => `PAY_${i + 2}`),
  ...Array.from({ length: 6 }, (_, i) => `BILL_AMT${i + 1}`),
  ...Array.from({ length: 6 }, (_, i) => `PAY_AMT${i + 1}`),
  'default.payment.next.month',
]

/** Creates the table `credit`; `change` may alter a cell, by row and column. */
export async function createCreditTable(
  database: Database,
  rows: number,
  change: (value: number, row: number, column: string) => number | null = (value) => value,
): Promise<void> {
  const random = createRandom(5)
  const names = creditColumns.map((name) => `${quoteName(name)} BIGINT`)
  await database.run(`CREATE OR REPLACE TABLE credit (${names.join(', ')})`)
  const tuples = Array.from({ length: rows }, (_, row) => {
    const cells = creditColumns.map((name) =>
      change(
        drawCell(name, row, (n) => random.nextInteger(n)),
        row,
        name,
      ),
    )
    return `(${cells.map((cell) => (cell === null ? 'NULL' : String(cell))).join(', ')})`
  })
  await database.run(`INSERT INTO credit VALUES ${tuples.join(', ')}`)
}

function drawCell(name: string, row: number, draw: (bound: number) => number): number {
  if (name === 'ID') return row + 1
  if (name === 'LIMIT_BAL') return 10_000 * (1 + draw(80))
  if (name === 'SEX') return 1 + draw(2)
  if (name === 'EDUCATION') return 1 + draw(4)
  if (name === 'MARRIAGE') return 1 + draw(3)
  if (name === 'AGE') return 21 + draw(59)
  if (name.startsWith('PAY_AMT')) return draw(50_000)
  if (name.startsWith('PAY_')) return draw(12) - 2
  if (name.startsWith('BILL_AMT')) return draw(300_000) - 20_000
  return draw(9) < 2 ? 1 : 0
}
