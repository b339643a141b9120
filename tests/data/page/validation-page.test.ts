import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { expectationTypes } from '../../../src/data/expectations/catalogue.ts'
import {
  describedTypes,
  describeExpectation,
} from '../../../src/data/expectations/describe-expectation.ts'
import type { JsonObject } from '../../../src/data/expectations/outcome.ts'
import type { Severity } from '../../../src/data/expectations/suite.ts'
import {
  createResult,
  summarize,
  type ValidationResult,
} from '../../../src/data/expectations/validation-result.ts'
import { pageLimitBytes } from '../../../src/data/page/fit-size.ts'
import { renderValidationPage } from '../../../src/data/page/validation-page.ts'
import { openChromium, skipWithoutChromium } from '../../open-chromium.ts'

describe('an expectation as a sentence', () => {
  test('every type of the catalogue has one of its own', () => {
    assert.deepEqual(
      [...expectationTypes.keys()].filter((name) => !describedTypes.has(name)),
      [],
    )
  })

  test('sentences say the limits, the share and the list as a person would', () => {
    const say = (type: string, kwargs: JsonObject): string => describeExpectation({ type, kwargs })
    assert.equal(
      say('expect_column_values_to_be_between', { column: 'AGE', min_value: 18, max_value: 100 }),
      "'AGE' must be from 18 to 100",
    )
    assert.equal(
      say('expect_column_mean_to_be_between', { column: 'a', min_value: 0, strict_min: true }),
      "the mean of 'a' must be above 0",
    )
    assert.equal(
      say('expect_column_values_to_be_in_set', { column: 'a', value_set: [1, 'x'], mostly: 0.95 }),
      "'a' must be one of 1, 'x', in at least 95 % of the rows",
    )
  })

  test('whatever the arguments are there is a sentence, and not a long one', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...describedTypes, 'expect_nothing'),
        fc.dictionary(
          fc.constantFrom(
            'column',
            'min_value',
            'value_set',
            'column_list',
            'quantile_ranges',
            'mostly',
            'row_condition',
          ),
          fc.jsonValue(),
        ),
        (type, kwargs) => {
          const sentence = describeExpectation({ type, kwargs })
          assert.ok(sentence.length > 5 && sentence.length < 8000)
        },
      ),
    )
  })
})

const hostile =
  '</style><script>window.wasHacked = 1</script><img src=x onerror="window.wasHacked=1">"\'&'

describe('the page of a validation', () => {
  test('the verdict is on top, and critical failures stand before others', () => {
    const page = renderValidationPage(
      validation([
        ['info', 'mild'],
        ['critical', 'grave'],
      ]),
      { name: 'a.csv' },
    )
    assert.ok(page.indexOf('Failed: 1 critical expectation does not hold') < page.indexOf('grave'))
    assert.ok(page.indexOf('grave') < page.indexOf('mild'))
    assert.match(page, /312 of 30,000 rows \(1\.04 %\) do not/)
  })

  test('hidden values are nowhere in the page', () => {
    const result = validation([['critical', 'a']], 'secret-value')
    assert.match(renderValidationPage(result, { name: 'a.csv' }), /secret-value/)
    const [first] = result.results
    const noted = {
      ...result,
      meta: { ...result.meta, warnings: ["line 7 has 'secret-value'"] },
      results: [{ ...first!, meta: { ...first!.meta, warnings: ["'secret-value' is odd", 'b'] } }],
    }
    assert.match(renderValidationPage(noted, { name: 'a.csv' }), /line 7 has/)
    const page = renderValidationPage(noted, { name: 'a.csv', hidesValues: true })
    assert.match(page, /1 note is hidden[^]*2 notes are hidden/)
    assert.doesNotMatch(page, /secret-value/)
    assert.match(page, /312 of 30,000/)
  })

  test('thousands of failures with long hostile names fit into 300 kB, and the rest is counted', () => {
    const many = Array.from(
      { length: 5000 },
      (_, i) => ['critical', `${i}${hostile}${'é'.repeat(500)}`] as const,
    )
    const page = renderValidationPage(validation(many, '😀'.repeat(5000)), {
      name: hostile.repeat(100),
    })
    assert.ok(Buffer.byteLength(page) <= pageLimitBytes, String(Buffer.byteLength(page)))
    assert.match(page, /and [\d,]+ more failed expectations not shown here/)
    assert.match(page, /and [\d,]+ more expectations not shown here/)
  })

  test('a suite without expectations does not read as passed', () => {
    assert.match(
      renderValidationPage(validation([]), { name: 'a.csv' }),
      /Failed: nothing was checked/,
    )
  })
})

describe('the page of a validation in a browser', { skip: skipWithoutChromium }, () => {
  test('nothing of the data runs or is fetched, and nothing scrolls sideways, in light and dark', async () => {
    const text = renderValidationPage(
      validation(
        [
          ['critical', hostile],
          ['warning', 'b'],
        ],
        hostile,
      ),
      { name: hostile },
    )
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
      assert.equal(await page.locator('article').count(), 2)
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
      assert.deepEqual(complaints, [])
    }
  })
})

/** Failed expectations on columns of these names. */
function validation(
  failing: readonly (readonly [Severity, string])[],
  value = 'odd',
): ValidationResult {
  const expectations = failing.map(([severity, column]) => ({
    type: 'expect_column_values_to_be_in_set',
    kwargs: { column, value_set: ['a', 'b'] },
    meta: {},
    severity,
  }))
  const result = {
    element_count: 30_000,
    unexpected_count: 312,
    missing_count: 0,
    partial_unexpected_counts: [{ value, count: 20 }],
    partial_unexpected_index_list: [4, 7],
  }
  const results = expectations.map((expectation, index) =>
    createResult(expectation, index, { answer: { success: false, result }, format: 'SUMMARY' }),
  )
  return summarize({ name: 'suite', meta: {}, expectations }, results, {
    parameters: {},
    warnings: [],
  })
}
