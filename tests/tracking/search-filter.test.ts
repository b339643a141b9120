import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../src/core/errors.ts'
import type { Comparison, Condition, Operator } from '../../src/tracking/search/condition.ts'
import { parseFilter } from '../../src/tracking/search/parse-filter.ts'
import { parseOrder } from '../../src/tracking/search/parse-order.ts'
import { searchableRun } from '../../src/tracking/search/run-search.ts'
import type { Field } from '../../src/tracking/search/searchable.ts'

describe('parseFilter', () => {
  test('a clause says what, how and with which value, in any quotes and cases', () => {
    for (const filter of [
      "params.`learning rate` = 'x'",
      'parameter."learning rate"=\'x\'',
      '`params`.\'learning rate\'   = "x"',
      "\n param.`learning rate`\t=\n'x'  AND ",
    ]) {
      assert.deepEqual(parse(filter), compare(text('param', 'learning rate'), '=', 'x'))
    }
    assert.deepEqual(parse('Created >= -.5e1'), compare(number('attribute', 'Created'), '>=', -5))
    assert.deepEqual(parse("tags.mlflow.source.name Not  iLike 'a%'"), {
      ...compare(text('tag', 'mlflow.source.name'), 'ILIKE', 'a%'),
      isNegated: true,
    })
  })

  test('AND binds tighter than OR, NOT tighter than AND, parentheses tightest', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((key) => compare(number('metric', key), '>', 1))
    const texts = { a: 'metrics.a > 1', b: 'metrics.b > 1', c: 'metrics.c > 1' }
    assert.deepEqual(parse(`${texts.a} or ${texts.b} and NOT ${texts.c}`), {
      kind: 'any',
      conditions: [a, { kind: 'all', conditions: [b, { kind: 'not', condition: c }] }],
    })
    assert.deepEqual(parse(`not (${texts.a} OR ${texts.b}) AND ((${texts.c}))`), {
      kind: 'all',
      conditions: [{ kind: 'not', condition: { kind: 'any', conditions: [a, b] } }, c],
    })
  })

  test('an empty filter is true, an AND may be one too many or missing', () => {
    const [a, b] = [compare(number('metric', 'a'), '>', 1), compare(number('metric', 'b'), '<', 2)]
    for (const filter of ['', '  \n', 'AND', 'and AND']) {
      assert.deepEqual(parse(filter), { kind: 'all', conditions: [] })
    }
    for (const filter of [
      'metrics.a > 1 AND metrics.b < 2',
      'metrics.a > 1 metrics.b < 2',
      'AND metrics.a > 1 AND AND metrics.b < 2 AND',
    ]) {
      assert.deepEqual(parse(filter), { kind: 'all', conditions: [a, b] })
    }
  })

  test('backslashes escape in lists as in Python, and nowhere else', () => {
    const status = text('attribute', 'status')
    assert.deepEqual(parse(String.raw`status = 'a\n''b'`), compare(status, '=', String.raw`a\n''b`))
    assert.deepEqual(
      parse(String.raw`status IN ('a\n', "\x41\u00e9\101", 'C:\dir', 'it''s', '\'',)`),
      {
        ...compare(status, 'IN', ''),
        values: ['a\n', 'AéA', String.raw`C:\dir`, 'its', "'"],
      },
    )
  })

  test('the filters and the error of docs/searching.md are as it says', () => {
    const [filters = '', error = ''] = [
      ...readFileSync('docs/searching.md', 'utf8').matchAll(/```\n(.+?)\n```/gs),
    ].map((block) => block[1]!)
    assert.deepEqual(
      filters.split('\n').map((filter) => parse(filter).kind),
      ['all', 'all', 'all'],
    )
    assert.throws(() => parse('metrics.a == 1'), { message: error })
  })

  test('any condition comes back from its text', () => {
    fc.assert(
      fc.property(condition, (tree) => {
        assert.deepEqual(parse(format(tree)), tree)
      }),
      { numRuns: 500 },
    )
  })

  for (const [filter, message] of [
    ['metrics.a', /Invalid clause.*character 1: an operator is expected after 'metrics.a'/],
    ['metrics.a > ', /character 13: a value is expected/],
    ['metrics.a > 1 OR', /Invalid clause.*character 15: OR needs a clause/],
    ['OR metrics.a > 1', /character 1: OR needs a clause/],
    ['metrics.a > 1 OR OR metrics.b > 1', /OR needs a clause/],
    [
      'metrics.a > 1 AND OR metrics.b > 1 AND',
      /character 19: OR needs a clause before and after it/,
    ],
    ['metrics.a > 1 OR AND metrics.b > 1', /character 15: OR needs a clause/],
    ['NOT', /character 4: a clause is expected, not the end/],
    ['NOT AND metrics.a > 1', /character 5: a clause is expected, not 'AND'/],
    ['()', /character 2: a clause is expected, not '\)'/],
    ['(metrics.a > 1', /character 15: a clause is expected, not the end/],
    ['metrics.a > 1)', /character 14: a clause is expected, not '\)'/],
    ['metrics.a > 1 (metrics.b > 1)', /character 15: a clause is expected, not '\('/],
    ['metrics.a > 1 NOT metrics.b > 1', /character 15/],
    ['metrics.a > 1; DROP TABLE runs', /character 14: ';' has no meaning/],
    ['metrics.a > 1 -- x', /character 15/],
    [
      "metrics.a > '1'",
      /Expected numeric value type for metric 'a'. Found '1' \(at character 13\)/,
    ],
    ['metrics.a > 1x', /character 13: '1' has no meaning here/],
    ['metrics.a == 1', /character 11: there is no operator '=='/],
    ['metrics.a <> 1', /there is no operator '<>'/],
    ['metrics.a NOT = 1', /there is no operator '='/],
    ['metrics.a NOT 1', /there is no operator '1'/],
    ['metrics.a/b > 1', /character 10: '\/' has no meaning here/],
    ['metrics.a😀 > 1', /'😀' has no meaning here/],
    ['metrics. > 1', /character 8: '.' has no meaning here/],
    ["metrics.a LIKE '1'", /Invalid comparator 'LIKE' for 'a'/],
    ["params.a > '1'", /Invalid comparator '>' for 'a'/],
    [
      'params.a = 1',
      /Expected a quoted string value for param 'a' .*Got value 1 \(at character 12\)/,
    ],
    ['params.a = x', /Expected a quoted string value/],
    ["params.a = 'x", /character 12: the quote ' is never closed/],
    ['params.`a = 1', /the quote ` is never closed/],
    ['params.a IS', /character 12: after IS comes NULL or NOT NULL/],
    ['params.a IS NOT 5', /after IS comes NULL or NOT NULL/],
    ["run_id IN 'a'", /character 11: a list in parentheses is expected/],
    ['run_id IN ()', /expected a non-empty list of string values, but got empty list/],
    ["run_id IN (,'a')", /but got ','/],
    ["run_id IN ('a' 'b')", /character 16: a comma or \) is expected/],
    ["run_id IN ('a', 5)", /expected string value.*got '5' \(at character 17\)/],
    ["run_id IN ('a'", /character 15: a comma or \) is expected/],
    ["run_id IN ('a',", /got ''/],
    [
      "experiment_id = '1'",
      /Invalid attribute key 'experiment_id' specified. Valid keys are \['run_id'/,
    ],
    ["attributes.toString = '1'", /Invalid attribute key 'toString'/],
    [
      "constructor.a = '1'",
      /Invalid entity type 'constructor'. Valid values are \['attribute', 'metric'/,
    ],
    ['Metrics.a = 1', /Invalid entity type 'Metrics'/],
    ["dataset.profile = 'x'", /Invalid dataset key 'profile' specified/],
    [`params.a LIKE '${'%'.repeat(251)}'`, /pattern of LIKE is longer than 250/],
    [`metrics.a > 1${' '.repeat(500_000)}`, /longer than 500000 characters/],
    [Array.from({ length: 201 }, () => 'metrics.a > 1').join(' OR '), /201 clauses, at most 200/],
    [
      Array.from({ length: 51 }, (_, i) => `params.p${i} = 'x'`).join(' OR '),
      /looks up 51 metrics, params, tags or datasets of each row, at most 50/,
    ],
    [
      Array.from({ length: 5 }, () => `tags.a LIKE '${'a'.repeat(201)}'`).join(' OR '),
      /patterns of LIKE and ILIKE have 1005 characters together, at most 1000/,
    ],
    [`start_time IN (${'1,'.repeat(10_001)})`, /10001 values, at most 10000/],
    [`${'('.repeat(51)}metrics.a > 1${')'.repeat(51)}`, /character 51: nested deeper than 50/],
    [`${'NOT '.repeat(51)}metrics.a > 1`, /nested deeper than 50/],
    ['('.repeat(400_000), /nested deeper than 50/],
    [`params.a = ${`''`.repeat(200_000)}'`, /is never closed|Invalid clause/],
  ] as const) {
    test(`'${filter.slice(0, 40)}' is refused, with the place`, () => {
      assert.throws(() => parse(filter), { code: 'TRACKING_INVALID', message })
    })
  }

  for (const [filter, hint] of [
    ["statsu = 'x'", /did you mean 'status'/],
    ['loss > 1', /has its kind before its name: metrics.loss/],
    ['Metrics.a > 1', /did you mean 'metric'/],
    ['nothing.a > 1', /the kinds of fields are: attribute, metric, param, tag, dataset/],
    ['params.a = x', /in single quotes/],
    ["metrics.a > '1'", /without quotes/],
    ["params.a > '1'", /'a' is a text/],
    ['metrics.a/b > 1', /stand in backticks/],
    ['metrics.a == 1', /compare by/],
  ] as const) {
    test(`'${filter}' is refused with a hint`, () => {
      assert.throws(() => parse(filter), { code: 'TRACKING_INVALID', hint })
    })
  }

  test('a message stays short, however long the filter', () => {
    const long = 'x'.repeat(400_000)
    for (const filter of [
      long,
      `${long} = 1`,
      `${long}.a = 1`,
      `metrics.a = ${long}`,
      `metrics.a = '${long}'`,
      `params.a IN (${long})`,
      `params.${long} > 'x'`,
      `params.a ${'='.repeat(400_000)} 'x'`,
    ]) {
      assert.throws(
        () => parse(filter),
        (error) =>
          error instanceof ToolkitError &&
          error.message.length < 1000 &&
          String(error.hint).length < 1000,
      )
    }
  })

  test('garbage is either read or refused with our error', () => {
    const pieces = [
      ...`metrics.a params.\`b\` 'x' 1 = > and OR NOT " \` . LIKE IN IS NULL ( ) , \\ '' run_id - e5`.split(
        ' ',
      ),
      '\0',
      ' ',
      '\u2028',
    ]
    const word = fc.constantFrom(...pieces)
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 30 }).map((words) => words.join(' ')),
      fc.array(word, { maxLength: 30 }).map((words) => words.join('')),
    )
    fc.assert(
      fc.property(garbage, (filter) => {
        for (const read of [() => parse(filter), () => parseOrder([filter], searchableRun)]) {
          try {
            read()
          } catch (error) {
            assert.ok(error instanceof ToolkitError, String(error))
          }
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('parseOrder', () => {
  test('a direction may follow the field, ascending by default', () => {
    assert.deepEqual(
      parseOrder(['metrics.`val/loss` DESC', ' start_time ', 'params.a asc'], searchableRun),
      [
        { field: number('metric', 'val/loss'), isDescending: true },
        { field: number('attribute', 'start_time'), isDescending: false },
        { field: text('param', 'a'), isDescending: false },
      ],
    )
  })

  for (const [item, message] of [
    ['', /Invalid order_by clause ''. Could not be parsed./],
    ['metrics.a DOWN', /Invalid ordering key in order_by clause 'metrics.a DOWN'/],
    ['metrics.a DESC NULLS LAST', /Invalid ordering key/],
    ['metrics.a, metrics.b', /Could not be parsed/],
    ['metrics.a; --', /Could not be parsed/],
    ['metrics.val/loss', /Could not be parsed/],
    ["'metrics.a'", /Could not be parsed/],
    ['5', /Could not be parsed/],
    ['nothing', /Invalid attribute key 'nothing'/],
    ['dataset.name', /Invalid order_by entity: dataset/],
  ] as const) {
    test(`the order '${item}' is refused`, () => {
      assert.throws(() => parseOrder([item], searchableRun), { code: 'TRACKING_INVALID', message })
    })
  }

  test('the same field twice is refused, by whichever name', () => {
    for (const items of [
      ['metrics.a', 'metric.`a` DESC'],
      ['created', 'run_id', 'start_time'],
    ]) {
      assert.throws(() => parseOrder(items, searchableRun), {
        code: 'TRACKING_INVALID',
        message: /`order_by` contains duplicate fields/,
      })
    }
  })

  test('fifty fields are enough', () => {
    const items = Array.from({ length: 51 }, (_, i) => `metrics.m${i}`)
    assert.throws(() => parseOrder(items, searchableRun), /at most 50/)
    assert.equal(parseOrder(items.slice(1), searchableRun).length, 50)
  })
})

function parse(filter: string): Condition {
  return parseFilter(filter, searchableRun)
}

function text(entity: Field['entity'], key: string): Field {
  return { entity, key, type: 'text' }
}

function number(entity: Field['entity'], key: string): Field {
  return { entity, key, type: 'number' }
}

function compare(field: Field, operator: Operator, value: string | number): Comparison {
  return { kind: 'comparison', field, operator, isNegated: false, values: [value] }
}

const key = fc.string({ unit: fc.constantFrom('a', 'B', '_', '.', ' ', '/', ':', '-', 'ü', '7') })
const value = fc.string({ unit: fc.constantFrom('a', '%', '_', '"', '[', '*', ' ', 'ü', '(', '1') })
const textField = fc.oneof(
  key.map((name) => text('param', name)),
  key.map((name) => text('tag', name)),
  fc.constantFrom('status', 'run_id', 'run name').map((name) => text('attribute', name)),
  fc.constantFrom('name', 'digest', 'context').map((name) => text('dataset', name)),
)
const numberField = fc.oneof(
  key.map((name) => number('metric', name)),
  fc.constantFrom('start_time', 'end_time').map((name) => number('attribute', name)),
)
const finite = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((one) => !Object.is(one, -0))
const plain = { noNullPrototype: true } as const

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('comparison' as const),
      field: textField,
      operator: fc.constantFrom<Operator>('=', '!=', 'LIKE', 'ILIKE'),
      isNegated: fc.constant(false),
      values: value.map((one) => [one]),
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('comparison' as const),
      field: numberField,
      operator: fc.constantFrom<Operator>('=', '!=', '<', '<=', '>', '>='),
      isNegated: fc.constant(false),
      values: finite.map((one) => [one]),
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('comparison' as const),
      field: textField,
      operator: fc.constantFrom<Operator>('IN', 'LIKE'),
      isNegated: fc.constant(true),
      values: value.map((one) => [one]),
    },
    plain,
  ),
  fc.record(
    { kind: fc.constant('missing' as const), field: fc.oneof(textField, numberField) },
    plain,
  ),
)

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.record({ kind: fc.constant('not' as const), condition: tie('condition') }, plain),
    ...(['all', 'any'] as const).map((kind) =>
      fc.record(
        {
          kind: fc.constant(kind),
          conditions: fc.array(tie('condition'), { minLength: 2, maxLength: 3 }),
        },
        plain,
      ),
    ),
  ),
}))

/** As a filter; single quotes do not occur in the values. */
function format(tree: Condition): string {
  switch (tree.kind) {
    case 'all':
      return tree.conditions.map((part) => `(${format(part)})`).join(' AND ')
    case 'any':
      return tree.conditions.map((part) => `(${format(part)})`).join(' OR ')
    case 'not':
      return `NOT (${format(tree.condition)})`
    case 'missing':
      return `${formatField(tree.field)} IS NULL`
    case 'comparison': {
      const values = tree.values.map((one) => (typeof one === 'string' ? `'${one}'` : String(one)))
      const list = tree.operator === 'IN' ? `(${values.join(', ')})` : values.join('')
      return `${formatField(tree.field)} ${tree.isNegated ? 'NOT ' : ''}${tree.operator} ${list}`
    }
  }
}

function formatField({ entity, key: name }: Field): string {
  return `${entity}.\`${name}\``
}
