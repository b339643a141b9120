/** The API's probabilities against Python's onnxruntime on the same model file, asked by a Python client. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openPredictor } from '../../src/model/index.ts'
import { serveModel } from '../serving/serve-model.ts'
import { drawRows, trainSmallModel } from '../serving/trained-model.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'onnxruntime')

describe("Python's onnxruntime", { skip: peer.skip }, () => {
  for (const kind of ['logistic', 'boosting'] as const) {
    test(`gives 500 rows the probabilities that the API gives (${kind})`, async () => {
      await using model = await trainSmallModel(kind)
      await using server = await serveModel({ predictor: await openPredictor(model.directory) })
      const rows = drawRows(17, 500)
      const { theirs, single, many, tensor } = await ask({
        address: server.address,
        onnx: join(model.directory, 'model.onnx'),
        rows,
      })
      assert.equal(theirs.length, 500)
      assert.ok(new Set(theirs).size > 100)
      for (const ours of [many, tensor]) assertAllClose(ours, theirs)
      assertAllClose(single, theirs.slice(0, single.length))
    })
  }
})

function assertAllClose(ours: readonly number[], theirs: readonly number[]): void {
  assert.equal(ours.length, theirs.length)
  for (const [i, value] of ours.entries()) {
    assert.ok(Math.abs(value - theirs[i]!) <= 1e-6, `row ${i}: ${value}, theirs ${theirs[i]}`)
  }
}

interface Asked {
  readonly theirs: readonly number[]
  readonly single: readonly number[]
  readonly many: readonly number[]
  readonly tensor: readonly number[]
}

/** Not synchronous: the server that Python asks runs in this very process. */
async function ask(question: object): Promise<Asked> {
  const child = spawn(peer.python, ['-c', client], { stdio: ['pipe', 'pipe', 'inherit'] })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stdin.end(JSON.stringify(question))
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0)
  return JSON.parse(Buffer.concat(output).toString()) as Asked
}

const client = `
import json, sys, urllib.request
import numpy, onnxruntime, requests
asked = json.load(sys.stdin)
rows = asked['rows']
columns = list(rows[0])
matrix = numpy.array([[row[c] for c in columns] for row in rows], dtype=numpy.float32)
session = onnxruntime.InferenceSession(asked['onnx'], providers=['CPUExecutionProvider'])
theirs = session.run(None, {session.get_inputs()[0].name: matrix})[0].reshape(-1)
predict = asked['address'] + '/predict'
many = requests.post(predict, json={'rows': rows}).json()['predictions']
with requests.Session() as client:
    single = [client.post(predict, json=row).json()['probability'] for row in rows[:50]]
data = [[row[c] for c in columns] for row in rows]
tensor = {'name': 'input', 'shape': list(matrix.shape), 'datatype': 'FP64', 'data': data}
body = json.dumps({'inputs': [tensor]}).encode()
request = urllib.request.Request(asked['address'] + '/v2/models/small/infer', body)
request.add_header('content-type', 'application/json')
output = json.load(urllib.request.urlopen(request))['outputs'][0]
json.dump({
    'theirs': theirs.tolist(),
    'many': [row['probability'] for row in many],
    'single': single,
    'tensor': output['data'],
}, sys.stdout)
`
