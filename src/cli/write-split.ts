/** `--split`: writes the rows that pass a suite and those that fail, and says how many. */

import type { JsonObject } from '../data/expectations/outcome.ts'
import { splitFile } from '../data/quarantine/split-table-file.ts'

/** Says on stderr what it wrote, since stdout has the result. */
export async function writeSplit(
  paths: { readonly file: string; readonly suite: string; readonly output: string },
  parameters: JsonObject,
): Promise<void> {
  const { passing, failing, notSplit, reasonColumn } = await splitFile(paths, { parameters })
  const lines = [
    `${passing.rows} rows pass: ${passing.path}`,
    `${failing.rows} rows fail: ${failing.path} (why: ${reasonColumn})`,
    ...notSplit.map(
      ({ index, type, why }) => `expectation ${index}, ${type}, splits no rows: ${why}`,
    ),
  ]
  process.stderr.write(`${lines.join('\n')}\n`)
}
