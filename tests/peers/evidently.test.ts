/**
 * The preset `evidently` beside Evidently's own DataDriftPreset on whole seeded tables: the same columns compared,
 * by the same test, with the same score and decision, and the same share of drifted columns.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { compareFiles } from '../../src/monitoring/drift-file.ts'
import type { ColumnDrift, DriftCheck, DriftReport } from '../../src/monitoring/drift-report.ts'
import { randomTables } from './evidently/random-tables.ts'
import { findPeer } from './python.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

interface Answer {
  readonly share: number
  readonly columns: Readonly<Record<string, Judged>>
}

interface Judged {
  readonly method: string
  readonly threshold: number
  readonly score: number
}

/** Our name of the tests that its preset chooses. */
const methods: Readonly<Record<string, string>> = {
  'K-S p_value': 'ks',
  'chi-square p_value': 'chisquare',
  'Z-test p_value': 'z',
  'Wasserstein distance (normed)': 'wasserstein',
  'Jensen-Shannon distance': 'jensenshannon',
}

/** Rows of the reference and of the current table. */
const sizes = [
  [200, 300],
  [1000, 400],
  [1400, 700],
  [1001, 3000],
] as const
const width = 27

const peer = findPeer('.venv-evidently', 'evidently')

describe('Evidently and we judge the same tables', { skip: peer.skip }, () => {
  const folder = makeScratchFolder()
  let answers: readonly Answer[]
  const reports: DriftReport[] = []

  before(async () => {
    const pairs = await writePairs(folder)
    for (const [reference, current] of pairs) {
      reports.push(await compareFiles({ reference, current, preset: 'evidently' }))
    }
    const text = execFileSync(peer.python, [join(import.meta.dirname, 'evidently/judge.py')], {
      input: JSON.stringify(pairs),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    answers = JSON.parse(text) as Answer[]
  })

  test('at least 80 columns are compared, by each of its five tests, with and without drift', () => {
    const judged = answers.flatMap(({ columns }) => Object.values(columns))
    assert.ok(judged.length >= 80, String(judged.length))
    assert.deepEqual(
      [...new Set(judged.map(({ method }) => method))].toSorted(),
      Object.keys(methods).toSorted(),
    )
    const drifted = reports.flatMap((report) => report.drifted).length
    assert.ok(drifted > 20 && drifted < judged.length - 20, String(drifted))
  })

  for (const [index, rows] of sizes.entries()) {
    test(`${rows.join(' and ')} rows: the same columns, tests, scores and decisions`, () => {
      const problems = reports[index]!.columns.flatMap((column) =>
        findProblems(column, answers[index]!.columns[column.name]),
      )
      assert.deepEqual(problems, [])
      assert.equal(reports[index]!.driftedShare, answers[index]!.share)
    })
  }
})

async function writePairs(folder: string): Promise<readonly (readonly [string, string])[]> {
  using database = await openDatabase()
  const pairs: [string, string][] = []
  for (const [i, rows] of sizes.entries()) {
    const tables = randomTables(createRandom(i + 1), rows, width)
    const paths: [string, string] = [join(folder, `${i}-a.parquet`), join(folder, `${i}-b.parquet`)]
    await database.run(`COPY ${tables.reference} TO ${quoteText(paths[0])}`)
    await database.run(`COPY ${tables.current} TO ${quoteText(paths[1])}`)
    pairs.push(paths)
  }
  return pairs
}

function findProblems(column: ColumnDrift, theirs: Judged | undefined): readonly string[] {
  const check = column.checks.find(({ about }) => about === 'values')
  const what = `${column.name} (${column.current?.type}, ${column.kind})`
  if (theirs === undefined || check === undefined) {
    return (theirs === undefined) === (check === undefined)
      ? []
      : [`${what}: ${theirs?.method ?? 'not compared'} by Evidently`]
  }
  const ours = scoreOf(check)
  return [
    ...(ours.name === methods[theirs.method] ? [] : [`${what}: ${ours.name} not ${theirs.method}`]),
    ...(isNear(ours.score, theirs.score)
      ? []
      : [`${what}: ${ours.score} not ${theirs.score} by ${ours.name}`]),
    ...(ours.threshold === theirs.threshold ? [] : [`${what}: threshold ${ours.threshold}`]),
  ]
}

interface Score {
  readonly name: string
  readonly score: number
  readonly threshold: number
}

function scoreOf({ significance, effect }: DriftCheck): Score {
  if (effect !== undefined) {
    return { name: effect.measure, score: effect.value, threshold: effect.threshold }
  }
  assert.ok(significance !== undefined)
  return { name: significance.test, score: significance.pValue, threshold: significance.level }
}

/** Equal to a millionth; p-values near nothing to 10⁻¹². */
function isNear(ours: number, theirs: number): boolean {
  return Math.abs(ours - theirs) <= 1e-6 * Math.abs(theirs) + 1e-12
}
