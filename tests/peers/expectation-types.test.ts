/** The real Great Expectations judges drawn expectations of every type over tables with edges, and agrees with ours. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { expectationTypes } from '../../src/data/expectations/catalogue.ts'
import { parseSuite } from '../../src/data/expectations/parse-suite.ts'
import { validateTable } from '../../src/data/validate.ts'
import { drawItems, type Item } from './expectation-types/cases.ts'
import { createTables, tableNames } from './expectation-types/tables.ts'
import { type Answer, findDifference } from './expectation-types/compare-answers.ts'
import { findPeer } from './python.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const peer = findPeer('.venv-gx', 'great_expectations')
const perType = 6

describe('Great Expectations on every type of expectation', { skip: peer.skip }, () => {
  const folder = makeScratchFolder()
  let compared: readonly Compared[] = []

  before(async () => {
    compared = await compareAll(folder)
  })
  test('at least 1,400 expectations are compared', () => {
    assert.ok(compared.length >= 1400, `${compared.length}`)
  })

  test('every type that the peer can judge is compared', () => {
    const seen = new Set(compared.map(({ item }) => item.type))
    const notInPandas = /like_pattern|query|other_table|unexpected_rows/
    const left = [...expectationTypes.keys()].filter((name) => !seen.has(name))
    assert.deepEqual(
      left.filter((name) => !notInPandas.test(name)),
      [],
    )
  })

  test('all agree, but for the differences that have a name', () => {
    const different = compared.filter(({ difference }) => difference?.kind === 'unknown')
    assert.deepEqual(
      different.map(
        ({ table, item: { type, kwargs }, difference }) =>
          `${table} ${type} ${JSON.stringify(kwargs)}: ${difference?.what}`,
      ),
      [],
    )
  })

  test('few differences have a name', () => {
    const known = compared.filter(({ difference }) => difference?.kind === 'known')
    assert.ok(known.length < compared.length / 10, `${known.length} of ${compared.length}`)
  })
})

interface Compared {
  readonly table: string
  readonly item: Item
  readonly difference: ReturnType<typeof findDifference>
}

async function compareAll(folder: string): Promise<Compared[]> {
  using database = await openDatabase()
  await createTables(database)
  const tables = tableNames.map((name, i) => ({
    name,
    path: join(folder, `${name}.parquet`),
    items: drawItems(i + 1, perType),
  }))
  for (const { name, path } of tables) await database.run(`COPY ${name} TO ${quoteText(path)}`)
  const theirs = askPeer(folder, tables)
  const found: Compared[] = []
  for (const [i, { name, path, items }] of tables.entries()) {
    const text = JSON.stringify({ name, expectations: items })
    const relation = `read_parquet(${quoteText(path)})`
    const { results } = await validateTable({ database, relation, suite: parseSuite(text, name) })
    for (const [j, item] of items.entries()) {
      const difference = findDifference(results[j]!, theirs[i]![j]!, { table: name, item })
      found.push({ table: name, item, difference })
    }
  }
  return found
}

/** One process for all cases: importing GX takes longer than all of them. */
function askPeer(folder: string, tables: readonly object[]): readonly (readonly Answer[])[] {
  const [cases, answers] = [join(folder, 'cases.json'), join(folder, 'answers.json')]
  writeFileSync(cases, JSON.stringify(tables))
  const program = join(import.meta.dirname, 'expectation-types/validate-cases.py')
  execFileSync(peer.python, [program, cases, answers], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 300_000,
  })
  return JSON.parse(readFileSync(answers, 'utf8')) as (readonly Answer[])[]
}
