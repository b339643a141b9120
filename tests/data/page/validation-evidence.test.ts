import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { parseSuite } from '../../../src/data/expectations/parse-suite.ts'
import { pageLimitBytes } from '../../../src/data/page/fit-size.ts'
import {
  renderValidationPage,
  type ValidationPageOptions,
} from '../../../src/data/page/validation-page.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'
import { validateTable } from '../../../src/data/validate.ts'
import { gatherEvidence } from '../../../src/data/validation-evidence.ts'
import { openChromium, skipWithoutChromium } from '../../open-chromium.ts'

type Item = readonly [type: string, kwargs: object, severity?: string]

/** 40 people aged 10 to 49; every tenth is called by another name than the rest. */
const people = `(SELECT range AS id, range + 10 AS age, CASE WHEN range % 10 = 3 THEN '<b>Eve' ELSE 'Ann' END AS name,
  CASE WHEN range < 35 THEN range END AS score FROM range(40))`

describe('the pictures of a validation', () => {
  test('bars beyond a limit are in the failing colour, and none where all values keep to it', async () => {
    const between = (min: number): Item => [
      'expect_column_values_to_be_between',
      { column: 'age', min_value: min },
    ]
    assert.match(await draw(people, [between(18)]), /class="beyond"/)
    const holding = await draw(people, [between(5)])
    assert.doesNotMatch(holding, /class="beyond"/)
    assert.match(holding, /min 5/)
  })

  test('a value outside of a set is marked, compared as Python compares', async () => {
    const set = (column: string, members: readonly unknown[]): Item => [
      'expect_column_values_to_be_in_set',
      { column, value_set: members },
    ]
    const page = await draw(people, [set('name', ['Ann'])])
    assert.match(
      page,
      /<tr class="bad">\s*<th scope="row"><bdi class="value">&#60;b&#62;Eve<\/bdi>/,
    )
    assert.doesNotMatch(await draw(people, [set('name', ['Ann', '<b>Eve'])]), /not allowed/)
    const flags = '(SELECT range % 2 = 0 AS flag, range % 3 AS digit FROM range(30))'
    assert.doesNotMatch(
      await draw(flags, [set('flag', [0, 1]), set('digit', [0, true, 2])]),
      /not allowed/,
    )
    assert.match(await draw(flags, [set('digit', ['0', 1, 2])]), /not allowed/)
  })

  test('ranges of the mean and of quantiles stand below, in the colour of their verdict', async () => {
    const page = await draw(people, [
      ['expect_column_mean_to_be_between', { column: 'age', min_value: 0, max_value: 12 }],
      [
        'expect_column_quantile_values_to_be_between',
        {
          column: 'age',
          quantile_ranges: {
            quantiles: [0, 1],
            value_ranges: [
              [9, 11],
              [60, null],
            ],
          },
        },
      ],
    ])
    assert.match(
      page,
      /<g class="bad">[^]*?>mean<\/text[^]*?<g class="good">[^]*?>quantile 0<\/text[^]*?<g class="bad">[^]*?>quantile 1</,
    )
  })

  test('an expectation about some rows draws no limit over all of them', async () => {
    const kwargs = {
      column: 'age',
      min_value: 18,
      row_condition: 'col("id")>20',
      condition_parser: 'great_expectations',
    }
    assert.doesNotMatch(
      await draw(people, [['expect_column_values_to_be_between', kwargs]]),
      /class="limit/,
    )
  })
})

describe('the rows that fail', () => {
  const items: readonly Item[] = [
    ['expect_column_values_to_be_between', { column: 'age', max_value: 47 }],
    ['expect_column_values_to_be_in_set', { column: 'NAME', value_set: ['Ann'] }],
    ['expect_column_values_to_not_be_null', { column: 'score', mostly: 0.5 }],
  ]

  test('are shown whole, with the cells that broke something marked and links to what', async () => {
    const { evidence } = await gather(people, items)
    // Rows 3, 13, 23 and 33 by their name, 38 and 39 by their age; what mostly holds shows no rows.
    assert.deepEqual(
      evidence.failingRows?.rows.map(({ position, broken }) => [position, broken]),
      [
        [3, [1]],
        [13, [1]],
        [23, [1]],
        [33, [1]],
        [38, [0]],
        [39, [0]],
      ],
    )
    assert.equal(evidence.failingRows?.total, 6)
    const page = await draw(people, items)
    assert.match(page, /<a href="#e1">#1<\/a>/)
    assert.match(page, /<td class="failing text">\s*<bdi class="value">&#60;b&#62;Eve/)
    assert.match(page, /<td class="failing number">\s*48/)
  })

  test('each failed expectation shows some, though all rows before break another one', async () => {
    const { evidence } = await gather('(SELECT range AS x, range AS y FROM range(1000))', [
      ['expect_column_values_to_be_null', { column: 'x' }],
      ['expect_column_values_to_be_between', { column: 'y', max_value: 997 }],
    ])
    const positions = evidence.failingRows?.rows.map(({ position }) => position)
    assert.equal(evidence.failingRows?.total, 1000)
    assert.deepEqual(positions, [0, 1, 2, 3, 4, 998, 999])
  })

  test('are absent when nothing fails because of rows', async () => {
    const { evidence } = await gather(people, [['expect_column_to_exist', { column: 'nope' }]])
    assert.equal(evidence.failingRows, undefined)
  })

  test('hidden values are in none of the parts of the page', async () => {
    const secret = `(SELECT 'secret' || range AS name, 4711 + range AS age FROM range(12))`
    const wanted: readonly Item[] = [
      ['expect_column_values_to_be_in_set', { column: 'name', value_set: ['Ann'] }],
      ['expect_column_values_to_be_between', { column: 'age', max_value: 10 }],
    ]
    assert.match(await draw(secret, wanted), /secret3[^]*4,714/)
    const page = await draw(secret, wanted, { hidesValues: true })
    assert.doesNotMatch(page, /secret|4,7\d\d/)
    assert.match(page, /Rows that fail[^]*href="#e0"/)
  })
})

describe('against the version before', () => {
  test('rows, missing cells and verdicts stand side by side, what broke first', async () => {
    const items: readonly Item[] = [
      ['expect_column_values_to_be_unique', { column: 'name' }],
      ['expect_column_max_to_be_between', { column: 'age', max_value: 30 }],
    ]
    const earlier = await gather(`(SELECT * FROM ${people} LIMIT 20)`, items)
    const page = await draw(people, items, {
      previous: { name: 'may.csv', result: earlier.result, profile: earlier.evidence.profile },
    })
    assert.match(
      page,
      /Against <bdi>may\.csv[^]*20 → 40[^]*1 of 2 → 0 of 2[^]*broke[^]*greatest value[^]*fails still/,
    )
    assert.match(page, /class="ref"/)
  })

  test('a profile alone tells of rows and shapes, and nothing of verdicts', async () => {
    const { evidence } = await gather(people, [])
    const page = await draw(people, [['expect_column_to_exist', { column: 'x' }]], {
      previous: { name: 'p.json', profile: evidence.profile },
    })
    assert.match(page, /40 → 40/)
    assert.doesNotMatch(page, /since then|All that held/)
  })
})

describe('whatever the table, the page is at most 300 kB and the same bytes each time', () => {
  test('3,000 columns', async () => {
    const columns = Array.from({ length: 3000 }, (_, i) => `range * ${i + 1} AS "c${i}<é>"`)
    const items = Array.from({ length: 3000 }, (_, i): Item => [
      'expect_column_values_to_be_between',
      { column: `c${i}<é>`, max_value: i % 2 === 0 ? 1 : 1e9 },
    ])
    const table = `(SELECT ${columns.join(', ')} FROM range(5))`
    const page = await draw(table, items.slice(0, 100))
    assert.ok(Buffer.byteLength(page) <= pageLimitBytes, String(Buffer.byteLength(page)))
    assert.match(page, /2,9\d\d more columns not shown/)
    assert.match(page, /At least 4\s+rows break/)
  })

  test('long texts in every row', async () => {
    const table = `(SELECT range AS id, repeat('<&é😀', 2000) || range AS t, repeat('"', 5000) AS u FROM range(500))`
    const items: readonly Item[] = [
      ['expect_column_values_to_be_in_set', { column: 't', value_set: ['a'] }],
      ['expect_column_values_to_be_in_set', { column: 'u', value_set: ['a'] }],
      ['expect_column_values_to_be_null', { column: 'id' }],
    ]
    const page = await draw(table, items)
    assert.ok(Buffer.byteLength(page) <= pageLimitBytes, String(Buffer.byteLength(page)))
    assert.equal(await draw(table, items), page)
  })

  test('no rows, and no columns with values', async () => {
    const table = '(SELECT 1 AS a, NULL AS b LIMIT 0)'
    const page = await draw(table, [['expect_column_values_to_be_unique', { column: 'a' }]])
    assert.match(page, /the table has no rows/)
  })
})

describe('a report on an ugly table in a browser', { skip: skipWithoutChromium }, () => {
  test('nothing runs, nothing is fetched, links lead somewhere, and no width scrolls sideways', async () => {
    const attack = '<img src=x onerror="window.wasHacked=1">'
    const name = `${attack}${'long_name_'.repeat(20)}`
    const quoted = `"${name.replaceAll('"', '""')}"`
    const table = `(SELECT range AS id, CASE WHEN range % 3 = 0 THEN '${attack}' ELSE 'שלום' || range END AS "עברית",
      range * 1.5 AS ${quoted}, DATE '2024-01-01' + CAST(range AS INTEGER) AS "e\u202eevil" FROM range(60))`
    const items: readonly Item[] = [
      ['expect_column_values_to_be_in_set', { column: 'עברית', value_set: [attack] }],
      ['expect_column_values_to_be_between', { column: name, min_value: 9, max_value: 60 }],
      ['expect_column_max_to_be_between', { column: name, max_value: 1 }, 'warning'],
      ['expect_column_values_to_be_between', { column: 'e\u202eevil', max_value: '2024-02-01' }],
    ]
    const before = await gather(`(SELECT * FROM ${table} LIMIT 5)`, items)
    const text = await draw(table, items, {
      name: attack,
      previous: { name: attack, result: before.result, profile: before.evidence.profile },
    })
    await using browser = await openChromium()
    for (const [width, colorScheme] of [
      [1280, 'light'],
      [375, 'dark'],
    ] as const) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      page.on('request', (request) => complaints.push(request.url()))
      await page.setContent(text)
      assert.equal(await page.locator('script, img').count(), 0)
      assert.equal(await page.evaluate('window.wasHacked'), undefined)
      assert.ok((await page.locator('svg.chart .beyond').count()) >= 2)
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
      const dead = `[...document.querySelectorAll('a[href^="#"]')].filter((a) => !document.getElementById(a.hash.slice(1))).length`
      assert.equal(await page.evaluate(dead), 0)
      assert.deepEqual(complaints, [])
    }
  })
})

async function draw(
  relation: string,
  items: readonly Item[],
  options: Partial<ValidationPageOptions> = {},
): Promise<string> {
  const { result, evidence } = await gather(relation, items)
  return renderValidationPage(result, { name: 'a.csv', evidence, ...options })
}

async function gather(relation: string, items: readonly Item[]) {
  using database = await openDatabase()
  const expectations = items.map(([type, kwargs, severity = 'critical']) => ({
    type,
    kwargs,
    severity,
  }))
  const suite =
    expectations.length === 0
      ? { name: 's', meta: {}, expectations: [] }
      : parseSuite(JSON.stringify({ name: 's', expectations }), 's.json')
  // A table of thousands of computed columns would be computed again by every statement.
  await database.run(`CREATE TABLE t AS SELECT * FROM ${relation}`)
  const table = await describeTable(database, 't')
  const result = await validateTable({ database, relation: table, suite })
  return { result, evidence: await gatherEvidence({ database, table, suite, result }) }
}
