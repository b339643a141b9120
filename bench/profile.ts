/**
 * `mlpt profile` of 3 million rows and 25 columns, whole process, beside DuckDB's own `SUMMARIZE` on one thread, which
 * has no histogram and no distribution, only estimates different values and quantiles, but reads the same file.
 *
 * Run after `npm run build`: node --conditions=mlpt-source bench/profile.ts [--rounds 3] [--rows 3000000]
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { openDatabase, quoteText } from '../src/data/duckdb-store.ts'
import { describeMachine } from './machine.ts'
import { measureProcess, medianUsage, ratioOfUsage, type Usage } from './process-usage.ts'
import { selectTable } from './validate/table-and-suite.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '3000000' },
    // The peer, in a process of its own.
    summarize: { type: 'string' },
  },
})
const root = resolve(import.meta.dirname, '..')
if (values.summarize === undefined) await measure()
else await summarize(values.summarize)

async function summarize(path: string): Promise<void> {
  using database = await openDatabase()
  await database.run(`SUMMARIZE SELECT * FROM read_parquet(${quoteText(path)})`)
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mlpt-bench-profile-'))
  try {
    const table = join(folder, 'table.parquet')
    {
      using database = await openDatabase()
      await database.writeParquet(selectTable(Number(values.rows)), table)
    }
    const ours: Usage[] = []
    const limit: Usage[] = []
    for (let turn = 0; turn < Number(values.rounds); turn++) {
      const program = join(root, 'bin/mlpt.js')
      ours.push(
        measureProcess('python3', [
          process.execPath,
          program,
          'profile',
          table,
          '--force',
          '--json',
        ]),
      )
      const self = ['--conditions=mlpt-source', import.meta.filename, '--summarize', table]
      limit.push(measureProcess('python3', [process.execPath, ...self]))
    }
    const result = {
      what: `profile of a Parquet file of ${values.rows} rows and 25 columns, whole process; medians; ratios are SUMMARIZE / ours`,
      machine: describeMachine(),
      rounds: Number(values.rounds),
      ours: medianUsage(ours),
      summarize: medianUsage(limit),
      ratio: ratioOfUsage(medianUsage(limit), medianUsage(ours)),
    }
    await writeFileAtomically(join(root, 'bench/results/profile.json'), formatJson(result))
    process.stdout.write(formatJson(result))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
