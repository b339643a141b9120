import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../../src/core/errors.ts'
import { type Database, openDatabase } from '../../../src/data/duckdb-store.ts'
import { answerQuestions } from '../../../src/data/expectations/engine/answer-questions.ts'
import { runWithinTime } from '../../../src/data/expectations/engine/time-limit-process.ts'
import type { Question, RowQuestion } from '../../../src/data/expectations/expectation-type.ts'
import { parseResultFormat } from '../../../src/data/expectations/result-settings.ts'
import type { Answer } from '../../../src/data/expectations/validation-result.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'

/** x: 1 2 2 NULL 5 4; t: texts. */
const rows = `(SELECT * FROM (VALUES (1, 'a'), (2, 'bb'), (2, 'ab'), (NULL, NULL), (5, 'a'), (4, 'cc')) v(x, t))`

const counting: Question = {
  kind: 'aggregate',
  aggregates: ['count(*)', 'sum(x)'],
  judge: ([count, sum]) => ({ success: true, result: { count: Number(count), sum: Number(sum) } }),
}

describe('answerQuestions', () => {
  test('aggregates over the same rows are one statement, each only once', async () => {
    const { answers, statements } = await answer([counting, counting])
    assert.deepEqual(answers.map(resultOf), [
      { count: 6, sum: 14 },
      { count: 6, sum: 14 },
    ])
    assert.equal(statements.length, 1)
    assert.equal(statements[0]!.match(/sum\(x\)/g)?.length, 1)
  })

  test('rows of another condition are a statement of their own', async () => {
    const { answers, statements } = await answer([counting, counting, counting], 'x > 1')
    assert.deepEqual(resultOf(answers[0]!), { count: 4, sum: 13 })
    assert.equal(statements.length, 1)
  })

  test('staged questions of one stage go together into the next statement', async () => {
    const aboveMean: Question = {
      kind: 'staged',
      aggregates: ['avg(x)'],
      next: ([mean]) => unexpectedWhere(`x > ${String(mean)}`),
      warnings: ['first'],
    }
    const { answers, statements } = await answer([aboveMean, aboveMean, counting])
    // The mean is 14 / 5 = 2.8; 5 and 4 lie above it.
    assert.deepEqual(resultOf(answers[0]!)['partial_unexpected_list'], [5, 4])
    assert.deepEqual('warnings' in answers[0]! ? answers[0].warnings : [], ['first'])
    assert.equal(statements.filter((sql) => sql.includes('avg(x)')).length, 1)
    assert.equal(statements.filter((sql) => sql.includes('count(CASE WHEN')).length, 1)
  })

  test('a query sees only the rows of its condition', async () => {
    const query: Question = {
      kind: 'query',
      select: (relation) => `SELECT count(*) AS n FROM ${relation}`,
      judge: ([first]) => ({ success: true, result: { n: Number(first?.['n']) } }),
    }
    const { answers } = await answer([query], 'x = 2')
    assert.deepEqual(resultOf(answers[0]!), { n: 2 })
  })

  test('succession compares with the row before among those not left out', async () => {
    const falling: RowQuestion = {
      ...unexpectedWhere('FALSE'),
      unexpected: { kind: 'succession', value: 'x', breaks: (a, b) => `${b} < ${a}` },
    }
    const { answers } = await answer([falling])
    const result = resultOf(answers[0]!)
    assert.deepEqual(result['partial_unexpected_list'], [4])
    assert.deepEqual(result['partial_unexpected_index_list'], [5])
    assert.equal(result['unexpected_count'], 1)
  })

  test('judged values are judged once each and counted with all their copies', async () => {
    const seen: string[] = []
    const judged: RowQuestion = {
      ...unexpectedWhere('FALSE'),
      ignored: 't IS NULL',
      shown: ['t'],
      unexpected: {
        kind: 'judged',
        value: 't',
        isExpected: (value) => {
          seen.push(value)
          return value !== 'a'
        },
      },
    }
    const { answers } = await answer([judged, judged])
    const result = resultOf(answers[0]!)
    assert.deepEqual(seen.toSorted(), ['a', 'a', 'ab', 'ab', 'bb', 'bb', 'cc', 'cc'])
    assert.equal(result['unexpected_count'], 2)
    assert.deepEqual(result['partial_unexpected_index_list'], [0, 4])
    assert.deepEqual(resultOf(answers[1]!), result)
  })

  test('positions are those of the whole table, counts those of the condition', async () => {
    const { answers } = await answer([unexpectedWhere('x = 5')], "t = 'a'")
    const result = resultOf(answers[0]!)
    assert.equal(result['element_count'], 2)
    assert.deepEqual(result['partial_unexpected_index_list'], [4])
  })

  test('the first failing rows of a long table come in its order', async () => {
    const long = '(SELECT CASE WHEN range % 7 > 0 THEN range END AS x FROM range(300000))'
    const late = 'x % 997 = 0 AND x > 150000'
    const { answers } = await answer([unexpectedWhere(late)], 'x % 2 = 0', long)
    const expected = Array.from({ length: 300_000 }, (_, i) => i).filter(
      (i) => i % 7 > 0 && i % 997 === 0 && i > 150_000 && i % 2 === 0,
    )
    const result = resultOf(answers[0]!)
    assert.equal(result['unexpected_count'], expected.length)
    assert.deepEqual(result['partial_unexpected_index_list'], expected.slice(0, 20))
  })

  test('expectations that rows break are sampled together, each as it would be alone', async () => {
    const questions = [
      unexpectedWhere('x > 1'),
      { ...unexpectedWhere('x = 5'), shown: ['t', 'x', "CASE WHEN x = 5 THEN 'NaN'::DOUBLE END"] },
      unexpectedWhere('x > 99'),
      { ...unexpectedWhere("t >= 'b'"), ignored: 't IS NULL', shown: ['t', 'NULL'] },
      unexpectedWhere('x IS NULL OR x = 4'),
    ]
    const together = await answer(questions)
    for (const [i, question] of questions.entries()) {
      const alone = await answer([question])
      assert.deepEqual(resultOf(together.answers[i]!), resultOf(alone.answers[0]!))
    }
    // One for all counts and one for all samples.
    assert.equal(together.statements.length, 2)
  })

  test('a value that cannot be shown is the error of one expectation among others that rows break', async () => {
    const unfit = { ...unexpectedWhere('x > 1'), shown: ['CAST(t AS INTEGER)'] }
    const { answers } = await answer([unexpectedWhere('x > 1'), unfit, unexpectedWhere('x = 5')])
    assert.deepEqual(
      answers.map((each) => 'error' in each),
      [false, true, false],
    )
    assert.deepEqual(resultOf(answers[2]!)['partial_unexpected_list'], [5])
  })

  test('counting the needed value gives what the condition for left out rows gives', async () => {
    const questions = [
      unexpectedWhere('x > 2'),
      { ...unexpectedWhere(''), unexpected: { kind: 'repeated', values: ['x'] } },
      { ...unexpectedWhere(''), unexpected: { kind: 'repeated', values: ['t'] } },
    ] as const satisfies readonly RowQuestion[]
    const withNeeded = questions.map((question) => ({ ...question, needed: 'x' }))
    const [plain, counted] = [await answer(questions), await answer(withNeeded)]
    assert.deepEqual(counted.answers.map(resultOf), plain.answers.map(resultOf))
    assert.equal(resultOf(plain.answers[0]!)['missing_count'], 1)
  })

  test('what cannot be answered is an error of its own, in every kind and stage', async () => {
    const failing: readonly Question[] = [
      { kind: 'aggregate', aggregates: ['sum(absent)'], judge: () => fail() },
      { kind: 'aggregate', aggregates: ['count(*)'], judge: () => fail() },
      { kind: 'query', select: () => 'SELECT absent', judge: () => fail() },
      { kind: 'staged', aggregates: ['count(*)'], next: () => fail() },
      {
        kind: 'staged',
        aggregates: ['count(*)'],
        next: () => ({ kind: 'aggregate', aggregates: ['sum(absent)'], judge: () => fail() }),
      },
      {
        ...unexpectedWhere('FALSE'),
        unexpected: { kind: 'judged', value: 't', isExpected: () => fail() },
      },
    ]
    const { answers } = await answer([...failing, counting])
    assert.deepEqual(
      answers.map((each) => 'error' in each),
      [true, true, true, true, true, true, false],
    )
  })

  test('a combination with a unique part is not counted', async () => {
    const repeated = (values: readonly string[]): RowQuestion => ({
      ...unexpectedWhere('FALSE'),
      ignored: undefined,
      unexpected: { kind: 'repeated', values },
    })
    const unique = `(SELECT * FROM (VALUES (1, 1), (2, 1), (3, 1)) v(x, y))`
    const { answers, statements } = await answer(
      [repeated(['x', 'y']), repeated(['x']), repeated(['y'])],
      undefined,
      unique,
    )
    assert.deepEqual(
      answers.map((each) => resultOf(each)['unexpected_count']),
      [0, 0, 3],
    )
    assert.ok(!statements.some((sql) => sql.includes('row(x, y)')))
    const alone = await answer(
      [repeated(['x']), repeated(['y']), counting],
      undefined,
      `(SELECT 1 AS x, 2 AS y)`,
      true,
    )
    assert.ok(alone.statements.length >= 3)
    const other = await answer([repeated(['x', 'y']), repeated(['y'])], undefined, unique)
    assert.deepEqual(resultOf(other.answers[0]!)['unexpected_count'], 0)
    assert.ok(other.statements.some((sql) => sql.includes('row(x, y)')))
  })
})

describe('runWithinTime', () => {
  test('stops a regular expression that backtracks without end', () => {
    const endless = /^(a+)+$/
    assert.equal(
      runWithinTime(() => endless.test(`${'a'.repeat(60)}b`), 50),
      undefined,
    )
    assert.deepEqual(
      runWithinTime(() => 3, 1000),
      { value: 3 },
    )
  })

  test('what is thrown inside comes out', () => {
    assert.throws(() => runWithinTime(() => fail(), 1000), { code: 'DATA_CHECK_FAILED' })
  })
})

function unexpectedWhere(condition: string): RowQuestion {
  return {
    kind: 'rows',
    ignored: 'x IS NULL',
    unexpected: { kind: 'where', condition: `(${condition})` },
    mostly: 1,
    shown: ['x'],
    form: { kind: 'value' },
    hasMissing: true,
  }
}

function fail(): never {
  throw new ToolkitError('DATA_CHECK_FAILED', 'made to fail')
}

async function answer(
  questions: readonly Question[],
  condition?: string,
  relation = rows,
  savesMemory = false,
): Promise<{ readonly answers: readonly Answer[]; readonly statements: readonly string[] }> {
  using database = await openDatabase()
  const table = await describeTable(database, relation)
  const statements: string[] = []
  const observed: Database = {
    ...database,
    query: (sql, values) => {
      statements.push(sql)
      return database.query(sql, values)
    },
    [Symbol.dispose]: () => {},
  }
  const answers = await answerQuestions(
    { database: observed, settings: parseResultFormat('SUMMARY'), savesMemory },
    questions.map((question) => ({
      question,
      source: { table, condition },
      domain: ['x'],
      warnings: [],
    })),
  )
  return { answers, statements }
}

function resultOf(found: Answer): Readonly<Record<string, unknown>> {
  assert.ok('result' in found, 'error' in found ? String(found.error) : '')
  return found.result
}
