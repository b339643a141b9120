/** Models in onnxruntime-node, which runs those that are not run here. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  createGraphBuilder,
  createPredictor,
  encodeModel,
  readModelFolder,
} from '../../src/model/index.ts'
import { tryModel } from '../../src/model/onnxruntime-trial-process.ts'
import { openRuntimeSession } from '../../src/model/onnxruntime-process.ts'
import { createRuntimePredictor } from '../../src/model/predictor-onnxruntime.ts'
import { assertClose } from '../assert-close.ts'
import { drawRows, trainSmallModel } from '../serving/trained-model.ts'
import { runtime, skip } from './onnxruntime-node.ts'

describe('onnxruntime-node', { skip }, () => {
  for (const kind of ['boosting', 'logistic'] as const) {
    test(`scores our models as we do, to 1e-6: ${kind}`, async () => {
      await using model = await trainSmallModel(kind)
      const { manifest, onnx } = await readModelFolder(model.directory)
      const ours = createPredictor(manifest, onnx)
      const session = await openRuntimeSession(runtime, onnx)
      const theirs = createRuntimePredictor(manifest, onnx, session)
      const columns = Object.keys(ours.inputs)
      const drawn = drawRows(3, 500)
      const values = drawn.flatMap((row) => columns.map((name) => row[name] ?? NaN))
      const rows = {
        rows: drawn.length,
        columns: columns.length,
        values: Float32Array.from(values),
      }
      const expected = ours.predict(rows)
      const probabilities = theirs.predict(rows)
      probabilities.forEach((value, r) => assertClose(value, expected[r]!, 1e-6))
      assert.deepEqual(theirs.predict(rows), probabilities)
      assert.equal(theirs.digest, ours.digest)
      assert.ok(!('explain' in theirs))
    })
  }

  test('is tried in a process of its own: a model that runs for ever and one that is cut short are refused', async () => {
    const fine = createGraphBuilder('fine', 2)
    const sum = fine.apply('Gemm', [fine.input, fine.floats([1, 1], [2, 1])])
    await tryModel({ onnx: encodeModel(fine.finish(sum)), columns: 2 }, { runtime })
    await assert.rejects(tryModel({ onnx: endless, columns: 1 }, { runtime, limitMs: 2000 }), {
      code: 'MODEL_INVALID',
      message: /^onnxruntime does not answer: it was stopped after 2 s/,
    })
    await assert.rejects(tryModel({ onnx: endless.subarray(0, 100), columns: 1 }, { runtime }), {
      code: 'MODEL_INVALID',
      message: /^onnxruntime cannot load the model: /,
    })
  })

  test('says why it does not load or run a model', async () => {
    const graph = createGraphBuilder('sum', 2)
    const sum = graph.apply('Gemm', [graph.input, graph.floats([1, 1], [2, 1])])
    const onnx = encodeModel(graph.finish(sum))
    const session = await openRuntimeSession(runtime, onnx)
    const feed = { type: 'float32', values: Float32Array.of(1, 2, 3), dimensions: [1, 3] } as const
    const { name } = session.inputs[0]!
    const output = session.outputs[0]!.name
    assert.throws(() => session.run([{ name, ...feed }], output), {
      code: 'MODEL_INVALID',
      message: /^onnxruntime cannot run the model: .*Got: 3 Expected: 2/s,
    })
    await assert.rejects(openRuntimeSession(runtime, onnx.subarray(0, 40)), {
      code: 'MODEL_INVALID',
      message: /^onnxruntime cannot load the model: /,
    })
    const works = session.run(
      [{ name, ...feed, dimensions: [1, 2], values: Float32Array.of(1, 2) }],
      output,
    )
    assert.deepEqual(works, Float32Array.of(3))
  })
})

/** `while (true) x = x`: a Loop without a limit whose condition is a constant. */
const endless = Buffer.from(
  'CAg61QEKmQEKAAoBdAoBeBIBeSIETG9vcCqFAQoEYm9keTJ6ChAKAWMSAWQiCElkZW50aXR5ChAKAXMSAXIiCElkZW50aXR5EgFiWgsKAWkSBgoECAcS' +
    'AFoLCgFjEgYKBAgJEgBaFAoBcxIPCg0IARIJCgMSAU4KAggBYgsKAWQSBgoECAkSAGIUCgFyEg8KDQgBEgkKAxIBTgoCCAGgAQUSAWcqCBAJKgEB' +
    'QgF0WhQKAXgSDwoNCAESCQoDEgFOCgIIAWIUCgF5Eg8KDQgBEgkKAxIBTgoCCAFCBAoAEBE=',
  'base64',
)
