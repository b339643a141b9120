/** What `mlpt predict` says of rows that do not fit, of a model with policies. */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Command } from 'commander'
import { addPredictCommand } from '../../src/cli/commands/predict.ts'
import { createGraphBuilder, encodeModel, writeModelFolder } from '../../src/model/index.ts'
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

/** The command in this process: what it printed, and what it said on stderr. */
async function run(...words: readonly string[]): Promise<{ out: string; told: string }> {
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
    await program.parseAsync(['predict', input, '--model', model, ...words], { from: 'user' })
  } finally {
    for (const each of restore) each()
  }
  return printed
}
