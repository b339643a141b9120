/**
 * `mlpt drift --html` beside Evidently's DataDriftPreset and its HTML report: 30,000 rows of 25 columns against as many,
 * whole processes in turns in one run. With Evidently's preset both must find that equally many columns drifted.
 *
 * Run after `npm run build`: node --conditions=mlpt-source bench/drift.ts [--rounds 5]
 */

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { openDatabase, quoteName } from '../src/data/duckdb-store.ts'
import { describeMachine } from './machine.ts'
import { measureProcess, medianUsage, ratioOfUsage, type Usage } from './process-usage.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const root = resolve(import.meta.dirname, '..')
const python = join(root, '.venv-evidently/bin/python')
if (!existsSync(python)) {
  throw new Error("there is no evidently to compare with: run 'make peers'")
}
const folder = mkdtempSync(join(tmpdir(), 'mlpt-bench-drift-'))
const [reference, current] = [join(folder, 'reference.parquet'), join(folder, 'current.parquet')]
try {
  const machine = describeMachine()
  await writeTables()
  const result = { ...compare(Number(values.rounds)), machine }
  await writeFileAtomically(join(root, 'bench/results/drift.json'), formatJson(result))
  process.stdout.write(formatJson(result))
} finally {
  rmSync(folder, { recursive: true })
}

/** Ten columns of money and shares, ten of codes, five of counts; a fifth of them move. */
async function writeTables(): Promise<void> {
  using database = await openDatabase()
  for (const [path, side, shift] of [
    [reference, 1, 0],
    [current, 2, 0.3],
  ] as const) {
    const draw = (column: number): string =>
      `(hash(i * 1000 + ${column} + ${side} * 100000000) % 1000003) / 1000003.0`
    const moved = (column: number): number => (column % 5 === 0 ? shift : 0)
    const columns = Array.from({ length: 25 }, (_, i) => {
      const number = `${draw(i)} + ${moved(i)}`
      const sql =
        i < 10
          ? `CAST(exp(3 * (${number})) * 1000 AS DOUBLE)`
          : i < 20
            ? `CAST(floor(8 * (${number})) AS BIGINT)`
            : `CAST(floor(5000 * (${number})) AS BIGINT)`
      return `${sql} AS ${quoteName(`c${i}`)}`
    })
    await database.writeParquet(
      `SELECT ${columns.join(', ')} FROM (SELECT range::BIGINT AS i FROM range(30000))`,
      path,
    )
  }
}

function compare(rounds: number): object {
  const pages = { ours: join(folder, 'ours.html'), peer: join(folder, 'peer.html') }
  const counted = { ours: join(folder, 'ours.json'), peer: join(folder, 'peer.json') }
  const usages: { readonly ours: Usage[]; readonly peer: Usage[] } = { ours: [], peer: [] }
  const drift = [process.execPath, join(root, 'bin/mlpt.js'), 'drift', reference, current]
  const flags = ['--preset', 'evidently', '--html', pages.ours, '--json']
  for (let turn = 0; turn < rounds; turn++) {
    const shell = ['sh', '-c', `"$@" > "${counted.ours}" || test $? = 3`, 'sh']
    usages.ours.push(measureProcess(python, [...shell, ...drift, ...flags]))
    const script = join(root, 'bench/peers/drift-evidently.py')
    const files = [reference, current, pages.peer, counted.peer]
    usages.peer.push(measureProcess(python, [python, script, ...files]))
  }
  const { drifted } = JSON.parse(readFileSync(counted.ours, 'utf8'))
  assert.equal(drifted.length, JSON.parse(readFileSync(counted.peer, 'utf8')))
  const [ours, peer] = [medianUsage(usages.ours), medianUsage(usages.peer)]
  return {
    what: 'drift report of 30,000 × 25 against 30,000 × 25 in Parquet with its HTML page, whole process; medians; ratios are peer / ours',
    rounds,
    drifted: drifted.length,
    ours: { ...ours, pageBytes: statSync(pages.ours).size },
    peer: { ...peer, pageBytes: statSync(pages.peer).size },
    ratio: ratioOfUsage(peer, ours),
  }
}
