/**
 * `mlpt validate` beside Great Expectations with pandas: 40 expectations over one Parquet file of 25 columns, whole
 * processes in turns in one run. Both must find that equally many expectations hold.
 *
 * Run after `npm run build`: node --conditions=mlpt-source bench/validate.ts [--rounds 3] [--big-rounds 1]
 */

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { openDatabase } from '../src/data/duckdb-store.ts'
import { describeMachine } from './machine.ts'
import { measureProcess, medianUsage, ratioOfUsage, type Usage } from './process-usage.ts'
import { createExpectations, selectTable } from './validate/table-and-suite.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    'big-rounds': { type: 'string', default: '1' },
  },
})
const root = resolve(import.meta.dirname, '..')
const python = join(root, '.venv-gx/bin/python')
if (!existsSync(python)) {
  throw new Error("there is no great_expectations to compare with: run 'make peers'")
}
const folder = mkdtempSync(join(tmpdir(), 'mlpt-bench-validate-'))
try {
  const machine = describeMachine()
  const small = await compare(30_000, Number(values.rounds))
  const big = await compare(3_000_000, Number(values['big-rounds']))
  const result = {
    what: '40 expectations over a Parquet file of 25 columns, whole process, SUMMARY; medians; ratios are peer / ours',
    machine,
    'rows 30,000': small,
    'rows 3,000,000': big,
  }
  await writeFileAtomically(join(root, 'bench/results/validate.json'), formatJson(result))
  process.stdout.write(formatJson(result))
} finally {
  rmSync(folder, { recursive: true })
}

async function compare(rows: number, rounds: number): Promise<object> {
  const table = join(folder, `${rows}.parquet`)
  const suite = join(folder, `${rows}.json`)
  using database = await openDatabase()
  await database.writeParquet(selectTable(rows), table)
  const expectations = createExpectations(rows)
  assert.equal(expectations.length, 40)
  writeFileSync(suite, JSON.stringify({ name: 'bench', expectations, meta: {} }))
  const ours: Usage[] = []
  const peer: Usage[] = []
  for (let turn = 0; turn < rounds; turn++) {
    ours.push(
      measureProcess(python, [
        'sh',
        '-c',
        `"$@" > "${suite}.ours.json" || test $? = 3`,
        'sh',
        process.execPath,
        join(root, 'bin/mlpt.js'),
        'validate',
        table,
        '--suite',
        suite,
        '--json',
      ]),
    )
    peer.push(
      measureProcess(python, [
        python,
        '-W',
        'ignore',
        join(root, 'bench/peers/validate-gx.py'),
        table,
        suite,
      ]),
    )
  }
  const { statistics } = JSON.parse(readFileSync(`${suite}.ours.json`, 'utf8'))
  const counted = [statistics.successful_expectations, statistics.evaluated_expectations]
  assert.deepEqual(counted, JSON.parse(readFileSync(`${suite}.gx.json`, 'utf8')))
  return {
    rounds,
    hold: counted[0],
    ours: medianUsage(ours),
    peer: medianUsage(peer),
    ratio: ratioOfUsage(medianUsage(peer), medianUsage(ours)),
  }
}
