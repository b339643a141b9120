/** What `mlpt predict` says of rows that do not fit, of a model with policies. */

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Command } from 'commander'
import { addPredictCommand } from '../../src/cli/commands/predict.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import {
  createGraphBuilder,
  encodeModel,
  withRawInputs,
  writeModelFolder,
} from '../../src/model/index.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const root = makeScratchFolder()
const model = join(root, 'model')
const input = join(root, 'rows.csv')
const output = join(root, 'scores.csv')
const rejected = join(root, 'rejected.csv')

{
  const graph = createGraphBuilder('half', 2)
  const weights = graph.floats([0.5, 0], [2, 1])
  await writeModelFolder(
    model,
    {
      name: 'half',
      kind: 'linear',
      target: 'y',
      output: { kind: 'value' },
      inputs: { a: { type: 'number', max: 8 }, b: { type: 'category', levels: [1, 2] } },
      policies: { a: { outOfRange: 'warn' }, b: { unknownLevel: 'impute', value: 2 } },
      example: { a: 1, b: 2 },
    },
    encodeModel(graph.finish(graph.apply('Gemm', [graph.input, weights, graph.floats([0], [1])]))),
  )
  writeFileSync(input, 'id,a,b\n1,4,1\n2,10,7\n3,x,1\n4,,2\n5,9,2\n')
}

test('rows that do not fit are counted and told; the others are scored, and what was let through said', async () => {
  const { out, told } = await run('--key', 'id', '-o', output, '--rejected', rejected)
  assert.equal(out, '')
  const [, head, ...lines] = told.trimEnd().split('\n')
  assert.equal(head, '2 cells do not fit the schema:')
  assert.deepEqual(
    lines.map((line) => line.replace(`${root}/`, '').trim()),
    [
      "rows.csv:4: 'a' is 'x', expected a number of at most 8",
      "rows.csv:5: 'a' is missing, expected a number of at most 8",
      "let through by the model's policies: 3 cells, 2 in 'a' scored as they are, 1 in 'b' imputed",
      '3 rows scored by half, 2 rejected: rejected.csv',
    ],
  )
  assert.equal(readFileSync(output, 'utf8'), 'id,prediction\n1,2.0\n2,5.0\n5,4.5\n')
  assert.deepEqual(
    readFileSync(rejected, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/,"\[.*/, '')),
    ['id,a,b,mlpt_reasons', '3,x,1', '4,,2'],
  )
})

test('as one document it says the same, and where the rows went', async () => {
  const { out } = await run('-o', output, '--rejected', rejected, '--keep-going', '--json')
  const { model: scoredBy, ...said } = JSON.parse(out) as Record<string, unknown>
  assert.deepEqual(said, {
    output,
    rejected,
    rows: 5,
    unfitRows: 2,
    warnings: [
      { column: 'a', policy: 'warn', count: 2 },
      { column: 'b', policy: 'impute', count: 1 },
    ],
  })
  assert.equal((scoredBy as Record<string, unknown>)['name'], 'half')
  assert.equal(readFileSync(output, 'utf8').split('\n').length, 1 + 5 + 1)
})

test('without a flag for them they refuse the file, and the hint names the flags', async () => {
  await assert.rejects(run('-o', output), {
    code: 'DATA_CHECK_FAILED',
    hint: /--keep-going.*--rejected FILE/,
  })
})

test('days are what the API takes for days, unless it is said how they are written', async () => {
  const days = join(root, 'days')
  const inputs = { since: { type: 'date', nullable: true } } as const
  const graph = createGraphBuilder('days', 1)
  const weights = graph.floats([1], [1, 1])
  await writeModelFolder(
    days,
    {
      name: 'days',
      kind: 'linear',
      target: 'y',
      output: { kind: 'value' },
      inputs,
      example: { since: '1970-01-02' },
    },
    encodeModel(
      withRawInputs(
        graph.finish(graph.apply('Gemm', [graph.input, weights, graph.floats([0], [1])])),
        inputs,
      ),
    ),
  )
  const file = join(root, 'days.csv')
  const score = (cells: readonly string[], ...words: readonly string[]): ReturnType<typeof run> => {
    writeFileSync(file, `since,x\n${cells.map((cell) => `${cell},1\n`).join('')}`)
    return runOn(file, '--model', days, '-o', output, ...words)
  }
  for (const cell of [
    '1970-1-2',
    '02/01/1970',
    '31/01/1970',
    '1970-01-02 00:00:00',
    '1970-02-30',
  ]) {
    await assert.rejects(score(['1970-01-02', cell]), (error: Error) => {
      const message = `days.csv:3: 'since' is '${cell}', expected a date such as 2025-03-31`
      return error.message.includes(message)
    })
  }
  const found = (): readonly string[] => readFileSync(output, 'utf8').trim().split('\n').slice(1)
  await score(['1970-01-02', ' 1970-01-03 '])
  assert.deepEqual(found(), ['1.0', '2.0'])
  await score(['02/01/1970', '03/01/1970'], '--date-order', 'day-first')
  assert.deepEqual(found(), ['1.0', '2.0'])
  // A cell that is none takes only its own row with it.
  const mixed = ['02/01/1970', '30/02/1970', '31.12.1969', '2/1-1970', '1970-01-03']
  await score(mixed, '--date-order', 'day-first', '--keep-going')
  assert.deepEqual(found(), ['1.0', '', '-1.0', '', '2.0'])
  using database = await openDatabase()
  const typed = "SELECT unnest([DATE '1970-01-02', DATE '1970-01-03']) AS since"
  const [lines, parquet] = [join(root, 'days.jsonl'), join(root, 'days.parquet')]
  await database.writeJsonLines(typed, lines)
  await database.writeParquet(typed, parquet)
  for (const path of [lines, parquet]) {
    await runOn(path, '--model', days, '-o', output)
    assert.deepEqual(found(), ['1.0', '2.0'], path)
  }
})

test('numbers are read in the forms that flags say, one that is none takes only its own row with it', async () => {
  const file = join(root, 'german.csv')
  writeFileSync(file, 'a;b\n1,5;1\n1.234;2\nkeine;2\n-1.000,5;1\n')
  await runOn(file, '--model', model, '-o', output, '--keep-going', '--decimal', ',')
  assert.deepEqual(readFileSync(output, 'utf8').trim().split('\n').slice(1), [
    '0.75',
    '617.0',
    '',
    '-500.25',
  ])
  await assert.rejects(runOn(file, '--model', model, '-o', output), {
    hint: /--decimal, --thousands/,
  })
})

test('the source of the project says how text, numbers and days are written, and flags overrule it', async () => {
  const folder = join(root, 'project')
  mkdirSync(folder)
  const read = "{ decimal: ',', dateOrder: 'day-first', encoding: 'windows-1252' }"
  const source = `{ kind: 'folder', path: '.', files: ['a.csv'], read: ${read} }`
  const incoming = `{ kind: 'folder', path: 'data/incoming', files: ['a.parquet'] }`
  writeFileSync(
    join(folder, 'project.ts'),
    `export default { featureList: [], sources: [${incoming}, ${source}] }`,
  )
  const file = join(root, 'few.csv')
  // A cell that is no number leaves the others to what was said.
  const german = 'a;b;ort\n1.234;2;Köln\nkeine;2;Bonn\n'
  writeFileSync(file, german, 'latin1')
  const before = process.cwd()
  process.chdir(folder)
  try {
    const score = async (...words: readonly string[]): Promise<string | undefined> => {
      await runOn(file, '--model', model, '-o', output, '--key', 'ort', '--keep-going', ...words)
      return readFileSync(output, 'utf8').split('\n')[1]
    }
    assert.equal(await score(), 'Köln,617.0')
    assert.equal(await score('--decimal', '.'), 'Köln,0.617')
    await assert.rejects(score('--encoding', 'utf-8'), { code: 'DATA_FILE_INVALID' })
    writeFileSync(file, `\uFEFF${german}`)
    assert.equal(await score(), 'Köln,617.0')
    // Other formats say themselves how their text is written.
    writeFileSync(file, '{"a": 1234, "b": 2, "ort": "Köln"}\n')
    assert.equal(await score(), 'Köln,617.0')
  } finally {
    process.chdir(before)
  }
})

/** The command in this process: what it printed, and what it said on stderr. */
function run(...words: readonly string[]): ReturnType<typeof runOn> {
  return runOn(input, '--model', model, ...words)
}

async function runOn(
  file: string,
  ...words: readonly string[]
): Promise<{ out: string; told: string }> {
  const program = new Command('mlpt').exitOverride()
  addPredictCommand(program)
  const printed = { out: '', told: '' }
  const streams = { out: process.stdout, told: process.stderr }
  const restore = (['out', 'told'] as const).map((name) => {
    const stream = streams[name]
    const write = stream.write.bind(stream)
    stream.write = (text) => {
      // What the runner of tests is told meanwhile is bytes.
      if (typeof text !== 'string') return write(text)
      printed[name] += text
      return true
    }
    return () => (stream.write = write)
  })
  try {
    await program.parseAsync(['predict', file, ...words], { from: 'user' })
  } finally {
    for (const each of restore) each()
  }
  return printed
}
