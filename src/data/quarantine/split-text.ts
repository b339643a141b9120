import type { Split } from './split-table-file.ts'

/** Where the rows went, in lines for people. */
export function renderSplit({
  passing,
  failing,
  notSplit,
  reasonColumn,
}: Split): readonly string[] {
  return [
    `${countRows(passing.rows, ['passes', 'pass'])}: ${passing.path}`,
    `${countRows(failing.rows, ['fails', 'fail'])}: ${failing.path} (why: ${reasonColumn})`,
    ...notSplit.map(
      ({ index, type, why }) => `expectation ${index}, ${type}, splits no rows: ${why}`,
    ),
  ]
}

function countRows(rows: number, [one, many]: readonly [string, string]): string {
  return rows === 1 ? `1 row ${one}` : `${rows} rows ${many}`
}
