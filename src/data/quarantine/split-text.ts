import type { Split } from './split-table-file.ts'

/** Where the rows went, in lines for people. */
export function renderSplit({
  passing,
  failing,
  notSplit,
  reasonColumn,
}: Split): readonly string[] {
  return [
    `${passing.rows} rows pass: ${passing.path}`,
    `${failing.rows} rows fail: ${failing.path} (why: ${reasonColumn})`,
    ...notSplit.map(
      ({ index, type, why }) => `expectation ${index}, ${type}, splits no rows: ${why}`,
    ),
  ]
}
