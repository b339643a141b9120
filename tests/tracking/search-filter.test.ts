import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../src/core/errors.ts'
import { searchableRun } from '../../src/tracking/search/run-search.ts'
import { parseFilter, parseOrderBy } from '../../src/tracking/search/search-filter.ts'

describe('parseFilter', () => {
  test('clauses on every entity are read, with quotes, backticks and any case of AND', () => {
    const filter =
      'metrics.loss <= -1.5e3 and params."learning rate" = \'0.1\' AND tag.`mlflow.source.git.commit`!="abc" AnD status = \'FINISHED\' and start_time>5'
    assert.deepEqual(parseFilter(filter, searchableRun), [
      { entity: 'metric', key: 'loss', operator: '<=', value: -1500 },
      { entity: 'param', key: 'learning rate', operator: '=', value: '0.1' },
      { entity: 'tag', key: 'mlflow.source.git.commit', operator: '!=', value: 'abc' },
      { entity: 'attribute', key: 'status', operator: '=', value: 'FINISHED' },
      { entity: 'attribute', key: 'start_time', operator: '>', value: 5 },
    ])
  })

  test('an empty filter has no clauses, and a trailing AND is tolerated as MLflow does', () => {
    assert.deepEqual(parseFilter('  ', searchableRun), [])
    assert.equal(parseFilter('metrics.a > 1 AND ', searchableRun).length, 1)
  })

  for (const [filter, message] of [
    ['metrics.a', /Invalid clause/],
    ['metrics.a > ', /Invalid clause/],
    ['metrics.a > 1 OR metrics.b > 1', /Invalid clause.*OR/],
    ['metrics.a > 1 metrics.b > 1', /Invalid clause/],
    ['metrics.a > 1; DROP TABLE runs', /Invalid clause/],
    ['(metrics.a > 1)', /Invalid clause/],
    ["metrics.a > '1'", /number/],
    ['metrics.a > 1x', /Invalid clause/],
    ['metrics.a == 1', /'=='/],
    ['metrics.a <> 1', /'<>'/],
    ['metrics.a/b > 1', /Invalid clause/],
    ["params.a LIKE 'x%'", /'LIKE' is not supported yet/],
    ["tags.a ILIKE 'x%'", /'ILIKE' is not supported yet/],
    ['tags.a IS NULL', /'IS' is not supported yet/],
    ["run_id IN ('a')", /'IN' is not supported yet/],
    ["run_id NOT IN ('a')", /'NOT IN' is not supported yet/],
    ["params.a > '1'", /compared by = or !=/],
    ['params.a = 1', /quotes/],
    ["params.a = 'x", /Invalid clause/],
    ["experiment_id = '1'", /Invalid attribute key 'experiment_id'/],
    ["attributes.toString = '1'", /Invalid attribute key/],
    ["constructor.a = '1'", /Invalid entity type 'constructor'/],
    ["datasets.name = 'x'", /Invalid entity type/],
    ['x'.repeat(10_001), /longer/],
  ] as const) {
    test(`'${filter.slice(0, 40)}' is refused and named`, () => {
      assert.throws(() => parseFilter(filter, searchableRun), { code: 'TRACKING_INVALID', message })
    })
  }

  test('garbage is either read or refused with our error, and takes no long time', () => {
    const word = fc.constantFrom(
      'metrics.a',
      'params.`b`',
      "'x'",
      '1',
      '=',
      '>',
      'and',
      '"',
      '`',
      '\0',
      ' ',
      '.',
      'LIKE',
      '(',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (filter) => {
          try {
            parseFilter(filter, searchableRun)
          } catch (error) {
            assert.ok(error instanceof ToolkitError)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('parseOrderBy', () => {
  test('a direction may follow the field, ascending by default', () => {
    assert.deepEqual(
      parseOrderBy(['metrics.`val/loss` DESC', 'start_time', 'params.a asc'], searchableRun),
      [
        { entity: 'metric', key: 'val/loss', isDescending: true },
        { entity: 'attribute', key: 'start_time', isDescending: false },
        { entity: 'param', key: 'a', isDescending: false },
      ],
    )
  })

  for (const item of [
    '',
    'metrics.a DOWN',
    'metrics.a DESC NULLS LAST',
    'metrics.a, metrics.b',
    'nothing',
    'metrics.a; --',
  ]) {
    test(`'${item}' is refused`, () => {
      assert.throws(() => parseOrderBy([item], searchableRun), { code: 'TRACKING_INVALID' })
    })
  }

  test('the same field twice is refused', () => {
    assert.throws(() => parseOrderBy(['metrics.a', 'metric.a DESC'], searchableRun), {
      code: 'TRACKING_INVALID',
      message: /twice/,
    })
  })
})
