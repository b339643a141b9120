/** What is written of models that give a number, or probabilities of several classes. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { outputWidth, type ModelOutput, type Predictor } from '../../src/core/predictor.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { linesOf, run, writeText } from './score-table.ts'

describe('a table file is scored', () => {
  test('by a model of a number as its prediction', async () => {
    const output = join(makeScratchFolder(), 'scores.jsonl')
    const input = writeText('id,a\n7,1\n8,2\n')
    await run({ input, predictor: outputting({ kind: 'value' }), keys: ['id'], output })
    assert.deepEqual(linesOf(output), [
      { id: 7, prediction: 1.5 },
      { id: 8, prediction: 2.5 },
    ])
  })

  test('with the ends of the interval, where the model has one', async () => {
    const output = join(makeScratchFolder(), 'scores.jsonl')
    const predictor = outputting({ kind: 'value', interval: { coverage: 0.9, radius: 1e-7 } })
    await run({ input: writeText('a\n1\nx\n'), predictor, output, keepsGoing: true })
    assert.deepEqual(linesOf(output), [
      { prediction: 1.5, lower: 1.5 - 1e-7, upper: 1.5 + 1e-7 },
      { prediction: null, lower: null, upper: null },
    ])
    const input = writeText('lower,a\n7,1\n')
    await assert.rejects(run({ input, predictor, keys: ['lower'], output }), {
      code: 'CLI_USAGE',
      message: /two columns 'lower'/,
    })
  })

  test('by a model of classes as the probability of each and the first of the likeliest', async () => {
    const output = join(makeScratchFolder(), 'scores.jsonl')
    const given = outputting({ kind: 'classes', classes: ["it's", 2, 'c'] })
    await run({ input: writeText('a\n0.25\n2.5\n'), predictor: given, output })
    assert.deepEqual(linesOf(output), [
      { "probability_it's": 0.75, probability_2: 0.75, probability_c: 0.75, prediction: "it's" },
      { "probability_it's": 3, probability_2: 3, probability_c: 3, prediction: "it's" },
    ])
    const numbers = outputting({ kind: 'classes', classes: [4, 2] })
    await run({ input: writeText('a\n0.5\nx\n'), predictor: numbers, output, keepsGoing: true })
    assert.deepEqual(linesOf(output), [
      { probability_4: 1, probability_2: 1, prediction: 4 },
      { probability_4: null, probability_2: null, prediction: null },
    ])
  })

  test('not where two classes would have one column', async () => {
    const output = join(makeScratchFolder(), 'scores.jsonl')
    const given = outputting({ kind: 'classes', classes: ['a', 'A'] })
    await assert.rejects(run({ input: writeText('a\n1\n'), predictor: given, output }), {
      code: 'CLI_USAGE',
      message: "the output would have two columns 'probability_A'",
    })
  })

  test('with contributions to the score of each class', async () => {
    const output = join(makeScratchFolder(), 'scores.jsonl')
    const told = (base: number) => ({
      score: 'log' as const,
      base,
      columns: ['a'],
      values: Float64Array.of(base / 2),
    })
    const given = {
      ...outputting({ kind: 'classes', classes: ['x', 'y'] }),
      explainClasses: () => [told(2), told(3)],
    }
    await run({ input: writeText('a\n1\n'), predictor: given, output, isExplained: true })
    const [{ prediction: _, ...row } = {}] = linesOf(output)
    assert.deepEqual(row, {
      probability_x: 1.5,
      probability_y: 1.5,
      base_x: 2,
      contribution_x_a: 1,
      base_y: 3,
      contribution_y_a: 1.5,
    })
  })
})

function outputting(output: ModelOutput): Predictor {
  return {
    name: 'things',
    digest: 'ab'.repeat(32),
    output,
    inputs: { a: { type: 'number' } },
    example: { a: 1 },
    predict: ({ values }) =>
      Float32Array.from(
        [...values].flatMap((a) => Array.from({ length: outputWidth(output) }, () => a + 0.5)),
      ),
  }
}
