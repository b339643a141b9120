/** Random ensembles of trees, as files may have them: onnxruntime takes each row to the leaves that we take it to. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { compileModel, encodeModel } from '../../src/model/index.ts'
import { drawForest, drawRows } from '../model/draw-forest.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { findPeer } from './python.ts'

const { python, skip } = findPeer('.venv', 'onnxruntime')

const program = `
import base64, json, sys
import numpy as np, onnxruntime
answers = []
for case in json.load(open(sys.argv[1], encoding="utf-8")):
    session = onnxruntime.InferenceSession(base64.b64decode(case["model"]))
    rows = np.frombuffer(base64.b64decode(case["rows"]), dtype="<f4").reshape(-1, case["columns"])
    answers.append(session.run(None, {"input": rows})[0].reshape(-1).astype(float).tolist())
print(json.dumps(answers))
`

describe('onnxruntime and we', { skip }, () => {
  test('sum the same leaves: missing values on both tracks, categories, sums of several targets', () => {
    const random = createRandom(11)
    const cases = Array.from({ length: 60 }, (_, i) => {
      const shape = {
        columns: 1 + random.nextInteger(5),
        // A target that no tree adds to is 0 there, whatever its base.
        trees: 3 + random.nextInteger(40),
        nodes: 1 + random.nextInteger(60),
        targets: 1 + (i % 3),
        // Where nodes of a chain differ in it, onnxruntime goes another way than they say.
        isOneTrack: true,
        values: [-2, -1, 0, 1, 2, 0.5, 1e-40, 3.4e38, -1e-7],
      }
      return { model: drawForest(random, shape), rows: drawRows(random, shape, 40) }
    })
    const path = join(makeScratchFolder(), 'cases.json')
    const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
    const asked = cases.map(({ model, rows }) => ({
      model: toBase64(encodeModel(model)),
      columns: rows.columns,
      rows: toBase64(new Uint8Array(rows.values.buffer)),
    }))
    writeFileSync(path, JSON.stringify(asked))
    const answers: number[][] = JSON.parse(
      execFileSync(python, ['-c', program, path], { encoding: 'utf8', maxBuffer: 1e8 }),
    )
    for (const [i, { model, rows }] of cases.entries()) {
      for (const mayGenerateCode of [true, false]) {
        const ours = compileModel(model, { mayGenerateCode })(rows)
        assert.equal(ours.length, answers[i]!.length)
        // It sums in 32 bits, of up to forty leaves between -1 and 1.
        ours.forEach((score, k) => {
          const theirs = answers[i]![k]!
          assert.ok(Math.abs(score - theirs) < 1e-5, `case ${i}: ${score}, theirs ${theirs}`)
        })
      }
    }
  })
})
