/** What a native library may do with a file happens to a process that is thrown away; here the library is a script. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { tryModel } from '../../src/model/onnxruntime-trial-process.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const onnx = Uint8Array.of(1, 2, 3)
const folder = makeScratchFolder()

describe('a model that onnxruntime runs is tried first, and is', { concurrency: true }, () => {
  test('given a row of zeros of its shape, then taken', async () => {
    const check = `
      const same = (a, b) => require('node:assert').deepStrictEqual(JSON.stringify(a), JSON.stringify(b))
      same([...onnx], [1, 2, 3])
      return { inputMetadata, outputMetadata, run: async (feeds, wanted) => same([wanted, feeds], [['p'], {
        a: { type: 'float32', values: new Float32Array(4), dimensions: [1, 4] },
        b: { type: 'float64', values: new Float64Array(1), dimensions: [1, 1] },
      }]) }`
    const inputs = [
      { name: 'a', type: 'float32', shape: ['N', 'columns'] },
      { name: 'b', type: 'float64', shape: ['N', 1] },
    ]
    await tryModel({ onnx, columns: 4 }, { runtime: write('fine', check, inputs) })
  })

  test('taken when it knows no empty text, for its example is scored later; not of a row of floats', async () => {
    const input = { name: 'a', type: 'string', shape: ['N', 1] }
    const body = `return { inputMetadata, outputMetadata, run: async ({ a }) => {
      throw new Error('no category ' + a.values)
    } }`
    await tryModel({ onnx, columns: 1 }, { runtime: write('texts', body, [input]) })
    const runtime = write('floats', body, [{ ...input, type: 'float32' }])
    await assert.rejects(tryModel({ onnx, columns: 1 }, { runtime }), /no category 0$/)
  })

  for (const [what, body, message] of [
    [
      'does not load',
      "throw new Error('no such operator')",
      /cannot load the model: no such operator$/,
    ],
    ['crashes at load', "process.kill(process.pid, 'SIGSEGV')", /crashes on the model: SIGSEGV$/],
    ['ends the process', 'process.exit(0xff)', /crashes on the model: exit code 255$/],
    [
      'runs for ever',
      'return { inputMetadata, outputMetadata, run: () => { for (;;); } }',
      /stopped after 1 s/,
    ],
    [
      'takes ever more memory',
      'for (const kept = []; kept.length < 500; ) kept.push(Buffer.alloc(2 ** 22, 1))',
      /takes more than 300 MiB for the model$/,
    ],
  ] as const) {
    test(`refused when it ${what}`, async () => {
      const runtime = write(what, body, [])
      const limitMs = what === 'runs for ever' ? 1000 : 30_000
      const limits = { limitMs, memoryBytes: 300 * 2 ** 20 }
      await assert.rejects(tryModel({ onnx, columns: 1 }, { runtime, ...limits }), {
        code: 'MODEL_INVALID',
        message,
      })
    })
  }

  test('refused when it is large and the process is gone before it read it', async () => {
    const runtime = join(folder, 'nowhere.js')
    await assert.rejects(tryModel({ onnx: new Uint8Array(1e7), columns: 1 }, { runtime }), {
      code: 'MODEL_INVALID',
      message: /Cannot find module/,
    })
  })
})

/** A library whose sessions are made by this text, of `onnx` and `inputMetadata`. */
function write(name: string, body: string, inputs: readonly object[]): string {
  const path = join(folder, `${name.replaceAll(' ', '-')}.js`)
  writeFileSync(
    path,
    `const outputMetadata = [{ name: 'p', isTensor: true }, { name: 'maps', isTensor: false }]
     const inputMetadata = ${JSON.stringify(inputs)}
     exports.Tensor = class { constructor(type, values, dimensions) { Object.assign(this, { type, values, dimensions }) } }
     exports.InferenceSession = { create: async (onnx) => { ${body} } }`,
  )
  return path
}
