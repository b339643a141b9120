import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { Matrix } from '../../src/core/matrix.ts'
import type { Predictor } from '../../src/core/predictor.ts'
import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { openPredictor } from '../../src/model/index.ts'
import type { FileScoring } from '../../src/project/predict/predict-file.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { predictor } from '../serving/serve-model.ts'
import { drawRows, trainSmallModel, type Row } from '../serving/trained-model.ts'
import { linesOf, run, writeText } from './score-table.ts'

describe('a table file is scored', () => {
  test('as the predictor scores its rows, whatever the format, over many chunks', async () => {
    await using model = await trainSmallModel('boosting')
    const trained = await openPredictor(model.directory)
    const rows = drawRows(7, 5000)
    const expected = predictAll(trained, rows)
    for (const format of ['csv', 'jsonl', 'parquet'] as const) {
      const output = join(makeScratchFolder(), 'scores.parquet')
      const told = await run({ input: await writeRows(rows, format), predictor: trained, output })
      assert.deepEqual(told, { rows: 5000, unfitRows: 0, warnings: [] }, format)
      const scored = await readRows(output)
      assert.deepEqual(
        Float32Array.from(scored, (row) => Number(row['probability'])),
        expected,
      )
      assert.ok(
        scored.every((row, r) => row['prediction'] === Number(expected[r]! >= 0.5)),
        format,
      )
    }
  })

  test('by a model of 64-bit numbers and texts themselves, which has them as the file does', async () => {
    const asked: Matrix[] = []
    const recorder: Predictor = {
      ...predictor,
      inputs: {
        id: { type: 'integer' },
        town: { type: 'text', nullable: true, maxLength: 5 },
        plan: { type: 'text' },
      },
      doubles: new Set(['id']),
      policies: {
        id: { missing: 'impute', value: 2 ** 24 + 1 },
        town: { tooLong: 'impute', value: "Ulm's" },
      },
      predict: (rows) => {
        asked.push(rows)
        return new Float32Array(rows.rows)
      },
    }
    const input = writeText(
      'id,town,plan\n9007199254740991,Köln,a\n,Nowhere,b\n9007199254740993,x,c\n7,,007\n8,x,\n',
    )
    const output = join(makeScratchFolder(), 'scores.jsonl')
    const told = await run({ input, predictor: recorder, output, keepsGoing: true })
    assert.equal(told.unfitRows, 2)
    assert.deepEqual(asked[0]?.doubles, new Map([[0, [2 ** 53 - 1, 2 ** 24 + 1, 7]]]))
    assert.deepEqual(
      asked[0]?.texts,
      new Map([
        [1, ['Köln', "Ulm's", null]],
        [2, ['a', 'b', '007']],
      ]),
    )
  })

  test('with contributions that are those of the predictor', async () => {
    await using model = await trainSmallModel('boosting')
    const trained = await openPredictor(model.directory)
    const rows = drawRows(8, 50)
    const output = join(makeScratchFolder(), 'scores.jsonl')
    await run({
      input: await writeRows(rows, 'csv'),
      predictor: trained,
      output,
      isExplained: true,
    })
    const told = trained.explain!(toMatrix(trained, rows))
    const scored = linesOf(output)
    assert.equal(scored.length, 50)
    for (const [r, row] of scored.entries()) {
      assert.equal(row['base'], told.base)
      for (const [c, name] of told.columns.entries()) {
        assert.equal(row[`contribution_${name}`], told.values[r * told.columns.length + c])
      }
    }
  })

  test('with the key columns before the predictions, their types kept, other columns left out', async () => {
    const output = join(makeScratchFolder(), 'scores.csv')
    const input = writeText(
      'note,id,age,debt,late,town\nhi,007,50,12.5,true,3\nho,"a,b",40,,false,8\n',
    )
    await run({ input, output, keys: ['id'] })
    assert.equal(
      readFileSync(output, 'utf8'),
      'id,probability,prediction\n007,0.75,1\n"a,b",0.2,0\n', // 50 / 200 + 0.25 + 0.25; 40 / 200
    )
  })

  test('to the same bytes each time', async () => {
    const input = writeText(`age,debt,late,town\n${'50,1,1,3\n40,,0,8\n'.repeat(3000)}`)
    const folder = makeScratchFolder()
    for (const ending of ['parquet', 'csv', 'jsonl']) {
      const [first, second] = [join(folder, `a.${ending}`), join(folder, `b.${ending}`)]
      await run({ input, output: first })
      await run({ input, output: second })
      assert.ok(readFileSync(first).equals(readFileSync(second)), ending)
    }
  })

  test('that has no rows to a file without any', async () => {
    const output = join(makeScratchFolder(), 'scores.csv')
    const told = await run({ input: writeText('age,debt,late,town\n'), output }).catch(
      (error: unknown) => error,
    )
    assert.deepEqual(told, { rows: 0, unfitRows: 0, warnings: [] })
    assert.equal(readFileSync(output, 'utf8'), 'probability,prediction\n')
  })
})

/** Every kind of cell that the API refuses, in lines 3 to 9. */
const badText = `age,debt,late,town
50,12.5,1,3
17,0,1,3
50.5,0,1,3
,0,1,3
50,0,2,3
50,0,1,4
50,1e39,1,3
50,lots,1,3
40,,0,8
`

describe('cells that the model does not take', () => {
  test('refuse the file, all counted, the first with line and column, and nothing is written', async () => {
    const output = join(makeScratchFolder(), 'scores.csv')
    const input = writeText(badText)
    await assert.rejects(run({ input, output }), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'DATA_CHECK_FAILED')
      const lines = error.message.replaceAll(input, 'f').split('\n    ')
      assert.deepEqual(lines, [
        "7 cells do not fit the schema (3 in 'age', 2 in 'debt', 1 in 'late', 1 in 'town'):",
        "f:3: 'age' is '17.0', expected an integer from 18 to 100",
        "f:4: 'age' is '50.5', expected an integer from 18 to 100",
        "f:5: 'age' is missing, expected an integer from 18 to 100",
        "f:6: 'late' is '2', expected 0 or 1",
        "f:7: 'town' is '4', expected one of -1, 0, 3, 8",
        "f:8: 'debt' is '1e39', expected a number that fits into 32-bit floating point",
        "f:9: 'debt' is 'lots', expected a number",
      ])
      return true
    })
    assert.equal(existsSync(output), false)
  })

  test('leave their rows without a prediction, and no other row, on request', async () => {
    const output = join(makeScratchFolder(), 'scores.csv')
    const told = await run({ input: writeText(badText), output, keepsGoing: true })
    assert.deepEqual([told.rows, told.unfitRows], [9, 7])
    assert.match(told.warning!, /^7 cells do not fit/)
    assert.equal(
      readFileSync(output, 'utf8'),
      `probability,prediction\n0.75,1\n${',\n'.repeat(7)}0.2,0\n`,
    )
  })

  test('do not spoil the others of their column, which is of texts for them', async () => {
    const output = join(makeScratchFolder(), 'scores.csv')
    const text = 'age,debt,late,town\n50,1e2,true,3\n40,x,maybe,8\n 40 ,,False,8\nold,,0,8\n'
    const told = await run({ input: writeText(text), output, keepsGoing: true })
    assert.match(told.warning!, /^3 cells .*1 in 'age', 1 in 'debt', 1 in 'late'/)
    assert.equal(readFileSync(output, 'utf8'), 'probability,prediction\n0.75,1\n,\n0.2,0\n,\n')
  })

  test('go to a file of their own on request, with all their columns and what is wrong', async () => {
    const folder = makeScratchFolder()
    const [output, rejected] = [join(folder, 'scores.csv'), join(folder, 'rejected.jsonl')]
    const text = 'note,age,debt,late,town\n"a,b",50,,1,3\n"say ""hi""",17,"x""y",1,\n,40,,0,8\n'
    const told = await run({ input: writeText(text), output, rejected })
    assert.deepEqual([told.rows, told.unfitRows], [3, 1])
    assert.equal(readFileSync(output, 'utf8'), 'probability,prediction\n0.75,1\n0.2,0\n')
    const [row, ...others] = linesOf(rejected)
    assert.deepEqual(others, [])
    const { mlpt_reasons: reasons, ...cells } = row!
    assert.deepEqual(cells, { note: 'say "hi"', age: 17, debt: 'x"y', late: 1, town: null })
    assert.deepEqual(JSON.parse(String(reasons)), [
      { column: 'age', expected: 'an integer from 18 to 100', value: '17' },
      { column: 'debt', expected: 'a number', value: 'x"y' },
      { column: 'town', expected: 'one of -1, 0, 3, 8', value: null },
    ])
  })

  test('make a file of their own without rows where all fit, and stay in the output where it keeps all', async () => {
    const folder = makeScratchFolder()
    const [output, rejected] = [join(folder, 'scores.csv'), join(folder, 'rejected.csv')]
    const given = { output, rejected, keepsGoing: true }
    await run({ input: writeText('mlpt_reasons,age,debt,late,town\nx,50,1,1,3\n'), ...given })
    assert.equal(readFileSync(rejected, 'utf8'), 'mlpt_reasons,age,debt,late,town,mlpt_reasons_\n')
    await run({ input: writeText('age,debt,late,town\n17,1,1,3\n50,1,1,3\n'), ...given })
    assert.equal(readFileSync(output, 'utf8'), 'probability,prediction\n,\n0.75,1\n')
  })

  test('are let through as the policies of the model say, and counted', async () => {
    const output = join(makeScratchFolder(), 'scores.csv')
    const policies = {
      age: { outOfRange: 'warn' },
      town: { unknownLevel: 'impute', value: 3 },
    } as const
    const lenient = { ...predictor, policies }
    const text = 'age,debt,late,town\n120,,1,77\n130,,1,8\n50,,1,3\n'
    const told = await run({ input: writeText(text), output, predictor: lenient })
    assert.deepEqual(told, {
      rows: 3,
      unfitRows: 0,
      warnings: [
        { column: 'age', policy: 'warn', count: 2 },
        { column: 'town', policy: 'impute', count: 1 },
      ],
    })
    // 120 / 200 + 0.25 + 0.25 in 32 bits; 130 / 200 + 0.25; 50 / 200 + 0.25 + 0.25
    assert.equal(readFileSync(output, 'utf8'), 'probability,prediction\n1.1,1\n0.9,1\n0.75,1\n')
    const wrong = run({ input: writeText(`${text}120.5,,1,3\n`), output, predictor: lenient })
    await assert.rejects(wrong, {
      code: 'DATA_CHECK_FAILED',
      message: /^a cell does not fit the schema:\n.*:5: 'age' is '120.5', expected an integer/,
    })
  })

  test('never take the place of the table, nor do the predictions', async () => {
    const input = writeText(badText)
    const output = join(makeScratchFolder(), 'scores.csv')
    const alike = join(input, '..', '.', 'rows.csv')
    for (const given of [
      { output: alike },
      { output, rejected: alike },
      { output, rejected: output },
    ]) {
      await assert.rejects(run({ input, ...given }), {
        code: 'CLI_USAGE',
        message: /would replace|cannot go to/,
      })
    }
    assert.equal(readFileSync(input, 'utf8'), badText)
  })

  const refusals: readonly (readonly [string, Partial<Given>, string, RegExp])[] = [
    [
      'an absent column',
      { text: 'age,debt,late\n50,1,1\n' },
      'DATA_COLUMN_MISSING',
      /lacks 'town'/,
    ],
    ['an unknown key', { keys: ['idd'] }, 'DATA_COLUMN_MISSING', /lacks 'idd'/],
    ['rejected rows on stdout', { rejected: '-' }, 'CLI_USAGE', /rejected rows cannot go to '-'/],
    ['an unknown ending of theirs', { rejected: 'a.txt' }, 'CLI_USAGE', /not named .parquet/],
    ['an unknown ending', { output: 'scores.xlsx' }, 'CLI_USAGE', /not named .parquet, .csv/],
    ['no explanations', { isExplained: true }, 'EXPLANATION_UNSUPPORTED', /explains nothing/],
    [
      'a key of the name of an output',
      { text: 'Prediction,age,debt,late,town\n1,50,1,1,3\n', keys: ['Prediction'] },
      'CLI_USAGE',
      /two columns 'Prediction'/,
    ],
    ['a key that is named twice', { keys: ['age', 'age'] }, 'CLI_USAGE', /two columns 'age'/],
    [
      'a model that gives no number',
      { predictor: { ...predictor, predict: ({ rows }) => new Float32Array(rows).fill(NaN) } },
      'MODEL_INVALID',
      /gave NaN/,
    ],
  ]
  for (const [what, given, code, message] of refusals) {
    test(`${what} is told`, async () => {
      const output = join(makeScratchFolder(), 'scores.csv')
      const input = writeText(given.text ?? 'age,debt,late,town\n50,1,1,3\n')
      await assert.rejects(run({ input, output, ...given }), { code, message })
      assert.equal(existsSync(output), false)
    })
  }
})

test('mlpt predict prints CSV to a pipe, exits 3 for bad cells and tells of a model that is not there', async () => {
  await using model = await trainSmallModel('logistic')
  const rows = drawRows(9, 20)
  const good = await writeRows(rows, 'csv')
  const bad = writeText(readFileSync(good, 'utf8').replace(/\n[^\n]+\n$/, '\n0,1,1,1,1\n'))
  const answers = await Promise.all([
    mlpt('predict', good, '--model', model.directory, '--key', 'age'),
    mlpt('predict', bad, '--model', model.directory),
    mlpt('predict', good, '--model', '/nowhere'),
  ])
  assert.deepEqual(
    answers.map(({ code }) => code),
    [0, 3, 1],
  )
  const [header, ...lines] = answers[0].stdout.trimEnd().split('\n')
  assert.equal(header, 'age,probability,prediction')
  assert.deepEqual(
    lines.map((line) => Number(line.split(',')[0])),
    rows.map((row) => row['age']),
  )
  assert.equal(answers[0].stderr, '20 rows scored by small\n')
  assert.equal(answers[1].stdout, '')
  assert.match(answers[1].stderr, /^error DATA_CHECK_FAILED: 2 cells do not fit/)
  assert.match(answers[2].stderr, /^error MODEL_NOT_FOUND/)
})

test('mlpt predict ends quietly when its reader has enough', async () => {
  await using model = await trainSmallModel('logistic')
  // More than a pipe holds.
  const input = await writeRows(drawRows(9, 20_000), 'csv')
  const command = `"$@" | head -n 1; exit \${PIPESTATUS[0]}`
  const words = [
    '-c',
    command,
    'bash',
    process.execPath,
    ...mlptArguments,
    'predict',
    input,
    '--model',
    model.directory,
  ]
  const { stdout, stderr } = await promisify(execFile)('bash', words)
  assert.equal(stdout, 'probability,prediction\n')
  assert.equal(stderr, '20000 rows scored by small\n')
})

async function mlpt(
  ...words: string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const words0 = [...mlptArguments, ...words]
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, words0)) }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

/** Gives a + 0.5 for each number of its output. */
interface Given extends Partial<FileScoring> {
  readonly text: string
  readonly input: string
}

async function writeRows(
  rows: readonly Row[],
  format: 'csv' | 'jsonl' | 'parquet',
): Promise<string> {
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const path = join(makeScratchFolder(), 'rows.jsonl')
  writeFileSync(path, lines)
  if (format === 'jsonl') return path
  using database = await openDatabase()
  const select = `FROM read_json(${quoteText(path)}, format = 'newline_delimited')`
  const target = join(makeScratchFolder(), `rows.${format}`)
  await (format === 'csv'
    ? database.writeCsv(select, target)
    : database.writeParquet(select, target))
  return target
}

async function readRows(path: string): Promise<Record<string, unknown>[]> {
  using database = await openDatabase()
  return await database.query(`FROM read_parquet(${quoteText(path)})`)
}

function toMatrix({ inputs }: Predictor, rows: readonly Row[]) {
  const names = Object.keys(inputs)
  const values = Float32Array.from(rows.flatMap((row) => names.map((name) => row[name] ?? NaN)))
  return { rows: rows.length, columns: names.length, values }
}

function predictAll(model: Predictor, rows: readonly Row[]): Float32Array {
  return model.predict(toMatrix(model, rows))
}
