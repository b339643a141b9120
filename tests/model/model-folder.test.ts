import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse as parseYaml } from 'yaml'
import {
  createGraphBuilder,
  encodeModel,
  openPredictor,
  parseManifest,
  writeModelFolder,
  type ModelManifest,
} from '../../src/model/index.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const manifest: ModelManifest = {
  name: 'loans',
  kind: 'logistic',
  target: 'defaulted',
  inputs: {
    age: { type: 'integer', min: 18 },
    'marital status': { type: 'category', levels: [1, 2], nullable: true },
  },
  example: { age: 30, 'marital status': null },
}

describe('a model folder', () => {
  test('opens as the predictor that was written', async () => {
    const folder = await writeExample()
    const predictor = await openPredictor(folder)
    assert.deepEqual(predictor.inputs, manifest.inputs)
    assert.deepEqual(predictor.example, manifest.example)
    assert.match(predictor.digest, /^[0-9a-f]{64}$/)
    const rows = { rows: 1, columns: 2, values: Float32Array.of(0, 0) }
    assert.deepEqual(predictor.predict(rows), Float32Array.of(0.5))
  })

  test('is the same bytes every time', async () => {
    const [a, b] = [await writeExample(), await writeExample()]
    for (const name of ['MLmodel', 'model.onnx', 'conda.yaml', 'input_example.json']) {
      assert.deepEqual(readFileSync(join(a, name)), readFileSync(join(b, name)))
    }
  })

  test('has no bare text that YAML 1.1, which MLflow reads, takes for something else', async () => {
    const shown = { on: 'No', day: '2023-05-17' }
    const folder = await writeExample({
      ...manifest,
      output: { kind: 'probability', classes: ['No', 'Yes'] },
      inputs: { on: { type: 'text', known: ['No', '1_000', '~'] }, day: { type: 'date' } },
      example: shown,
    })
    const text = readFileSync(join(folder, 'MLmodel'), 'utf8')
    const read = parseYaml(text, { version: '1.1' }).flavors.mlpt
    assert.deepEqual(read.output.classes, ['No', 'Yes'])
    assert.deepEqual(read.inputs.on.known, ['No', '1_000', '~'])
    assert.deepEqual(read.example, shown)
  })

  test('says which part is missing', async () => {
    const folder = await writeExample()
    rmSync(join(folder, 'model.onnx'))
    await assert.rejects(openPredictor(folder), {
      code: 'MODEL_NOT_FOUND',
      message: /'model\.onnx' cannot be read \(ENOENT\)/,
    })
  })

  test('with damaged ONNX bytes is refused', async () => {
    const folder = await writeExample()
    writeFileSync(
      join(folder, 'model.onnx'),
      readFileSync(join(folder, 'model.onnx')).subarray(0, 40),
    )
    await assert.rejects(openPredictor(folder), { code: 'MODEL_INVALID' })
  })
})

test('a field that several columns share is written out for each', async () => {
  const field = { type: 'integer', min: 0 } as const
  const shared = { ...manifest, inputs: { a: field, b: field }, example: { a: 1, b: 2 } }
  const predictor = await openPredictor(await writeExample(shared))
  assert.deepEqual(predictor.inputs, shared.inputs)
})

describe('the output of a model', () => {
  test('is the probability of class 1 where the manifest names none, and is then not written', async () => {
    const folder = await writeExample()
    assert.deepEqual((await openPredictor(folder)).output, { kind: 'probability' })
    assert.doesNotMatch(readFileSync(join(folder, 'MLmodel'), 'utf8'), /^ +output:/m)
  })

  test('is that of one of two texts where it names it', async () => {
    const output = { kind: 'probability', classes: ['no', 'yes'] } as const
    assert.deepEqual(
      (await openPredictor(await writeExample({ ...manifest, output }))).output,
      output,
    )
  })

  test('a value comes back as one', async () => {
    const folder = await writeExample({ ...manifest, output: { kind: 'value' } })
    assert.deepEqual((await openPredictor(folder)).output, { kind: 'value' })
  })

  test('classes come back in their order, with one probability each a row', async () => {
    const output = { kind: 'classes', classes: [3, 'b', 1] } as const
    const folder = await writeExample({ ...manifest, output }, 3)
    const predictor = await openPredictor(folder)
    assert.deepEqual(predictor.output, output)
    const rows = { rows: 2, columns: 2, values: Float32Array.of(1, 2, 3, 4) }
    assert.deepEqual(predictor.predict(rows), Float32Array.of(0, 3, 6, 0, 9, 18))
    assert.match(readFileSync(join(folder, 'MLmodel'), 'utf8'), /"shape":\[-1,3\]/)
  })

  test('of another width than the graph gives is refused', async () => {
    const output = { kind: 'classes', classes: [1, 2] } as const
    await assert.rejects(openPredictor(await writeExample({ ...manifest, output })), {
      code: 'MODEL_INVALID',
      message: /gives 1 numbers a row, but its MLmodel names 2/,
    })
  })

  for (const output of [
    '{kind: value, interval: {coverage: 1, radius: 2}}',
    '{kind: value, interval: {coverage: 0.9, radius: -1}}',
    '{kind: value, interval: 3}',
    'value',
    '{kind: number}',
    '{kind: probability, classes: [a, a]}',
    '{kind: probability, classes: [a, b, c]}',
    '{kind: classes}',
    '{kind: classes, classes: [1]}',
    '{kind: classes, classes: [1, 1]}',
    "{kind: classes, classes: [1, '1']}",
    '{kind: classes, classes: [1, .nan]}',
    '{kind: classes, classes: [true, false]}',
    '{kind: probability, threshold: 1.5}',
    "{kind: probability, threshold: '0.5'}",
    '{kind: classes, classes: [a, b], costs: [[0, 1]]}',
    '{kind: classes, classes: [a, b], costs: [[0, 1, 1], [1, 0, 1]]}',
    '{kind: classes, classes: [a, b], costs: [[1, 1], [1, 0]]}',
    '{kind: classes, classes: [a, b], costs: [[0, -1], [1, 0]]}',
    '{kind: classes, classes: [a, b], costs: [[0, 0], [0, 0]]}',
    '{kind: classes, classes: [a, b], costs: 3}',
  ]) {
    test(`${output} is refused with the place`, () => {
      const text = `flavors: {mlpt: {name: a, kind: b, target: c, example: {}, inputs: {x: {type: number}}, output: ${output}}}`
      assert.throws(() => parseManifest(text, 'models/a/MLmodel'), {
        code: 'MODEL_INVALID',
        message: /^models\/a\/MLmodel: 'flavors.mlpt.output' is no output/,
      })
    })
  }
})

describe('parseManifest', () => {
  const flavor =
    'flavors: {mlpt: {name: a, kind: b, target: c, example: {}, inputs: {x: {type: number}, y: {type: integer}}}}'
  const withSignature = (inputs: string): string => `${flavor}\nsignature: {inputs: '${inputs}'}`

  test('has the columns in the order of the signature, as mlflow sorts those of the flavor', () => {
    const parsed = parseManifest(withSignature('[{"name": "y"}, {"name": "x"}]'), 'MLmodel')
    assert.deepEqual(Object.entries(parsed.inputs), [
      ['y', { type: 'integer' }],
      ['x', { type: 'number' }],
    ])
  })

  const cases: readonly [string, string, RegExp][] = [
    ['text that is no YAML', 'a: [', /MLmodel: /],
    ['a list', '- 1', /no flavor 'mlpt'/],
    ['a model of another tool', 'flavors: {sklearn: {}}', /no flavor 'mlpt'/],
    ['no inputs', 'flavors: {mlpt: {name: a, kind: b, target: c}}', /no list of fields/],
    [
      'inputs of an unknown type',
      'flavors: {mlpt: {name: a, kind: b, target: c, inputs: {x: {type: texts}}}}',
      /no list of fields/,
    ],
    [
      'an input of text that knows one text twice',
      'flavors: {mlpt: {name: a, kind: b, target: c, inputs: {x: {type: text, known: [a, a]}}}}',
      /its input 'x' is text whose 'known' is no list of different texts/,
    ],
    ['a signature that is no JSON', withSignature('[{'), /no JSON list of named columns/],
    [
      'a signature without names',
      withSignature('[{"type": "tensor"}]'),
      /'signature.inputs' is no JSON list of named columns/,
    ],
    [
      'a signature of other columns',
      withSignature('[{"name": "z"}, {"name": "x"}]'),
      /'signature.inputs' has 'z', 'flavors.mlpt.inputs' has not; 'flavors.mlpt.inputs' has 'y', 'sig/,
    ],
    [
      'a signature that repeats a column',
      withSignature('[{"name": "x"}, {"name": "y"}, {"name": "x"}]'),
      /'signature.inputs' has a column twice/,
    ],
    [
      'a signature with whole numbers as names in another order than an object keeps',
      withSignature('[{"name": "x"}, {"name": "7"}]').replaceAll(' y:', ' 7:'),
      /columns named by whole numbers stand first/,
    ],
    ['an alias bomb', 'a: &a [1]\nb: [*a, *a]\nflavors: {mlpt: {}}', /MLmodel: .*alias/i],
  ]
  for (const [name, text, message] of cases) {
    test(`${name} is refused`, () => {
      assert.throws(() => parseManifest(text, 'MLmodel'), { code: 'MODEL_INVALID', message })
    })
  }
})

/** A model of two columns that gives 0.5, or with several outputs a multiple of the first column for each. */
async function writeExample(written = manifest, width = 1): Promise<string> {
  const folder = join(makeScratchFolder(), 'model')
  const graph = createGraphBuilder('g', 2)
  const zeros = Array.from({ length: width }, () => 0)
  const factors = width === 1 ? zeros : zeros.map((_, i) => i * 3)
  const bias = graph.floats(width === 1 ? [0.5] : zeros, [width])
  const weights = graph.floats([...factors, ...zeros], [2, width])
  const output = graph.apply('Gemm', [graph.input, weights, bias])
  const model = graph.finish(output, { name: 'output', columns: width })
  await writeModelFolder(folder, written, encodeModel(model))
  return folder
}
