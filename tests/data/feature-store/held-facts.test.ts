/** Facts that are held against the expectations of their view when they are appended. */

import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openDatabase, quoteText } from '../../../src/data/duckdb-store.ts'
import {
  appendFeatures,
  summarizeFeatures,
} from '../../../src/data/feature-store/feature-store-file.ts'
import {
  defineFeatureView,
  type ExpectationPolicy,
  type FeatureView,
} from '../../../src/data/feature-store/feature-view.ts'
import type { Expectation } from '../../../src/data/expectations/suite.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const between = (severity: Expectation['severity'], mostly?: number): Expectation => ({
  type: 'expect_column_values_to_be_between',
  kwargs: { column: 'billed', min_value: 0, ...(mostly !== undefined && { mostly }) },
  meta: {},
  severity,
})
const fewRows: Expectation = {
  type: 'expect_table_row_count_to_be_between',
  kwargs: { max_value: 1 },
  meta: {},
  severity: 'critical',
}
const facts =
  'client,day,billed\n1,2026-01-31,-5\n2,2026-01-31,10\n2,2026-02-28,\n3,2026-02-28,-1\n'

describe('facts that break a critical expectation', () => {
  test('are refused, all of them, and nothing is written', async () => {
    const house = build(viewOf([between('critical')]))
    await assert.rejects(house.append(facts), {
      code: 'DATA_CHECK_FAILED',
      message:
        /^feature view 'bills': facts break its expectations:\n +critical.*'billed'.*2 of 3/s,
      hint: "mend the facts, or the suite; 'quarantine' appends the others, 'warn' all",
    })
    assert.deepEqual(readdirSync(house.folder), ['facts.csv'])
    assert.equal((await house.append('client,day,billed\n1,2026-01-31,5\n')).rows, 1)
  })

  test('are put aside with the reasons, and the others are appended; the same again changes nothing', async () => {
    const house = build(viewOf([between('critical')], 'quarantine'))
    const first = await house.append(facts)
    assert.deepEqual([first.isNew, first.rows, first.quarantined?.rows], [true, 2, 2])
    const { path } = first.quarantined!
    assert.match(path, /\.bills\.quarantine\/[\da-f]{8}\.parquet$/)
    using database = await openDatabase()
    const aside = await database.query(
      `SELECT client, billed, mlpt_reasons FROM read_parquet(${quoteText(path)}) ORDER BY client`,
    )
    assert.deepEqual(
      aside.map(({ client, billed }) => [client, billed]),
      [
        [1, -5],
        [3, -1],
      ],
    )
    assert.match(String(aside[0]!['mlpt_reasons']), /expect_column_values_to_be_between/)
    const again = await house.append(facts)
    assert.deepEqual([again.isNew, again.quarantined?.path], [false, path])
    const [summary] = await summarizeFeatures([house.view], { store: house.store })
    assert.equal(summary?.rows, 2)
  })

  test('are all put aside where all break it, and the view stays as it is', async () => {
    const house = build(viewOf([between('critical')], 'quarantine'))
    const told = await house.append('client,day,billed\n1,2026-01-31,-5\n')
    assert.deepEqual([told.isNew, told.rows, told.quarantined?.rows], [false, 0, 1])
  })

  test('come in with a warning where the policy is that', async () => {
    const house = build(viewOf([between('critical')], 'warn'))
    const { rows, warning, quarantined } = await house.append(facts)
    assert.deepEqual([rows, quarantined], [4, undefined])
    assert.match(warning!, /^feature view 'bills': facts break its expectations:\n +critical/)
  })

  test('are refused whole where no single fact breaks it', async () => {
    const house = build(viewOf([between('critical'), fewRows], 'quarantine'))
    await assert.rejects(house.append(facts), {
      code: 'DATA_CHECK_FAILED',
      message: /expect_table_row_count_to_be_between: it is about the whole table/,
    })
    assert.deepEqual(readdirSync(house.folder), ['facts.csv'])
  })
})

describe('facts that break what is no critical expectation', () => {
  test('come in with a warning, and so do those that mostly hold', async () => {
    const house = build(viewOf([between('warning')]))
    assert.match((await house.append(facts)).warning!, /warning.*'billed'/)
    const mostly = build(viewOf([between('critical', 0.3)], 'quarantine'))
    const told = await mostly.append(facts)
    assert.deepEqual([told.rows, told.warning, told.quarantined], [4, undefined, undefined])
  })
})

describe('a suite of a view', () => {
  test('is read from its file, and one that is wrong lets nothing in', async () => {
    const folder = makeScratchFolder()
    const path = join(folder, 'bills.json')
    const write = (expectations: readonly object[]): void =>
      writeFileSync(path, JSON.stringify({ name: 'bills', expectations }))
    const house = build(
      defineFeatureView({ ...viewOf([]), expectations: { suite: path, policy: 'warn' } }),
    )
    await assert.rejects(house.append(facts), { code: 'FILE_MISSING' })
    write([{ type: 'expect_column_values_to_be_betwen', kwargs: { column: 'billed' } }])
    await assert.rejects(house.append(facts), { code: 'SUITE_INVALID' })
    write([{ type: 'expect_column_values_to_not_be_null', kwargs: { column: 'billed' } }])
    assert.match((await house.append(facts)).warning!, /'billed'/)
  })

  test('is checked where the view is defined', () => {
    const define = (expectations: unknown): unknown =>
      defineFeatureView({ ...viewOf([]), expectations } as FeatureView)
    assert.throws(() => define({ suite: 3 }), { message: /'expectations.suite' is no suite/ })
    assert.throws(() => define({ suite: 'a.json', policy: 'quarantaine' }), {
      message: /'expectations.policy' is 'quarantaine'; did you mean 'quarantine'/,
    })
  })
})

function viewOf(expectations: readonly Expectation[], policy?: ExpectationPolicy): FeatureView {
  return defineFeatureView({
    name: 'bills',
    entities: { client: { type: 'integer' } },
    timestamp: 'day',
    features: { billed: { type: 'number', nullable: true } },
    expectations: { suite: { name: 'bills', meta: {}, expectations }, ...(policy && { policy }) },
  })
}

function build(view: FeatureView) {
  const folder = makeScratchFolder()
  const [store, file] = [join(folder, 'features'), join(folder, 'facts.csv')]
  const append = async (text: string) => {
    writeFileSync(file, text)
    return appendFeatures(view, { store, file })
  }
  return { folder, store, view, append }
}
