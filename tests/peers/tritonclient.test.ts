/** Triton's own client speaks the Open Inference Protocol with our server: tensors as JSON and as bytes, compressed and not. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { before, describe, test } from 'node:test'
import type { Predictor } from '../../src/core/predictor.ts'
import { predictor, rowProbability, serveModel } from '../serving/serve-model.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'tritonclient')

/** What the script below saw. */
interface Seen {
  readonly live: boolean
  readonly ready: boolean
  readonly model_ready: boolean
  readonly other_ready: boolean
  readonly server: { readonly extensions: string[] }
  readonly model: { readonly inputs: { readonly shape: number[] }[] }
  readonly index: object[]
  /** By how the tensors went: in and out as bytes or JSON. */
  readonly inferred: Record<string, { readonly id: string; readonly values: number[] }>
  readonly columns: number[]
  readonly compressed: Record<string, number[]>
  readonly half: number[]
  readonly level: Record<string, number[]>
  readonly classes: Record<string, string[]>
  readonly errors: Record<string, string>
}

describe("tritonclient's HTTP client", { skip: peer.skip }, () => {
  let seen: Seen
  before(async () => {
    const faults: unknown[] = []
    await using server = await serveModel({
      modelVersion: '3',
      onInternalError: (error) => faults.push(error),
    })
    await using ofClasses = await serveModel({ predictor: classifier })
    seen = await runClient([server, ofClasses].map(({ port }) => `127.0.0.1:${port}`))
    assert.deepEqual(faults, [])
  })

  test('sees server and model', () => {
    assert.deepEqual(
      [seen.live, seen.ready, seen.model_ready, seen.other_ready],
      [true, true, true, false],
    )
    assert.deepEqual(seen.server.extensions, ['binary_tensor_data', 'model_repository'])
    assert.deepEqual(seen.model.inputs[0]?.shape, [-1, Object.keys(predictor.inputs).length])
    assert.deepEqual(seen.index, [{ name: 'loans', version: '3', state: 'READY', reason: '' }])
  })

  test('gets the same numbers whichever way tensors go', () => {
    const expected = [rowProbability, Math.fround(0.1)]
    assert.deepEqual(Object.keys(seen.inferred).sort(), [
      'binary to binary',
      'binary to default',
      'binary to json',
      'json to binary',
      'json to default',
      'json to json',
    ])
    for (const [way, { id, values }] of Object.entries(seen.inferred)) {
      assert.deepEqual(values, expected, way)
      assert.equal(id, way)
    }
    assert.deepEqual(seen.columns, [rowProbability])
    assert.deepEqual(seen.compressed, { gzip: expected, deflate: expected })
  })

  test('sends half precision and levels as texts', () => {
    assert.deepEqual(seen.half, [rowProbability])
    assert.deepEqual(seen.level, { json: [rowProbability], binary: [rowProbability] })
  })

  test('gets classes as texts, in JSON and in bytes', () => {
    assert.deepEqual(seen.classes, { json: ['höher', ''], binary: ['höher', ''] })
  })

  test('is told in words what it does wrong', () => {
    assert.match(seen.errors['shape']!, /the input has the shape \[1, 3\], expected \[rows, 4\]/)
    assert.match(seen.errors['value']!, /'row 0, age' is 101, expected an integer from 18 to 100/)
    assert.match(seen.errors['text']!, /'row 0, town' is "three", expected one of -1, 0, 3, 8/)
    assert.match(
      seen.errors['integer']!,
      /"9007199254740993", expected an integer that doubles hold exactly/,
    )
    assert.match(seen.errors['model']!, /there is no model 'other'/)
    assert.match(seen.errors['version']!, /there is no version '4'/)
    assert.match(seen.errors['load']!, /no request can load a model here/)
    assert.match(seen.errors['unload']!, /no request can unload a model here/)
  })
})

/** Of two rows, the first is of the second class. */
const classifier: Predictor = {
  ...predictor,
  output: { kind: 'classes', classes: ['', 'höher'] },
  predict: () => Float32Array.of(0.25, 0.75, 1, 0),
}

/** Not synchronous: the server that it asks runs in this very process. */
async function runClient(addresses: readonly string[]): Promise<Seen> {
  const child = spawn(peer.python, ['-c', client, ...addresses], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NO_PROXY: '127.0.0.1' },
  })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  const [code] = await once(child, 'close')
  assert.equal(code, 0)
  return JSON.parse(Buffer.concat(output).toString()) as Seen
}

const client = `
import json, sys
import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

triton = http.InferenceServerClient(sys.argv[1])
rows = np.array([[50, 12.5, 1, 3], [20, np.nan, 0, 8]], dtype=np.float32)

def tensor(name, values, datatype, binary):
    made = http.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made

def infer(inputs, outputs=None, **options):
    return triton.infer('loans', inputs, outputs=outputs, **options)

def values(result):
    return result.as_numpy('probability').astype(float).tolist()

inferred = {}
for way in ['json', 'binary']:
    # JSON has no NaN: tritonclient would write it all the same.
    whole = http.InferInput('input', [2, 4], 'FP32')
    whole.set_data_from_numpy(rows, binary_data=(way == 'binary'))
    if way == 'json':
        whole._data = [50, 12.5, 1, 3, 20, None, 0, 8]
    for answer in ['json', 'binary', 'default']:
        outputs = None if answer == 'default' else [http.InferRequestedOutput('probability', binary_data=(answer == 'binary'))]
        name = f'{way} to {answer}'
        result = infer([whole], outputs, request_id=name)
        inferred[name] = {'id': result.get_response()['id'], 'values': values(result)}

columns = [
    tensor('age', np.array([50], dtype=np.int64), 'INT64', True),
    tensor('debt', np.array([[12.5]], dtype=np.float64), 'FP64', False),
    tensor('late', np.array([True]), 'BOOL', True),
    tensor('town', np.array([3], dtype=np.int8), 'INT8', True),
]
whole = tensor('input', rows, 'FP32', True)
compressed = {
    name: values(infer([whole], request_compression_algorithm=name, response_compression_algorithm=name))
    for name in ['gzip', 'deflate']
}

half = values(infer([tensor('input', rows[:1].astype(np.float16), 'FP16', True)]))
level = {
    way: values(infer([*columns[:3], tensor('town', np.array(['3'], dtype=np.object_), 'BYTES', way == 'binary')]))
    for way in ['json', 'binary']
}
classifier = http.InferenceServerClient(sys.argv[2])
classes = {}
for way in ['json', 'binary']:
    outputs = [http.InferRequestedOutput('prediction', binary_data=(way == 'binary'))]
    result = classifier.infer('loans', [whole], outputs=outputs).as_numpy('prediction')
    classes[way] = [each.decode() if isinstance(each, bytes) else str(each) for each in result]

def fail(call):
    try:
        call()
    except InferenceServerException as error:
        return str(error)
    raise AssertionError('no error')

age = rows[:1].copy()
age[0, 0] = 101
errors = {
    'shape': fail(lambda: infer([tensor('input', rows[:1, :3], 'FP32', True)])),
    'value': fail(lambda: infer([tensor('input', age, 'FP32', True)])),
    'text': fail(lambda: infer([*columns[:3], tensor('town', np.array(['three'], dtype=np.object_), 'BYTES', True)])),
    'integer': fail(lambda: infer([tensor('age', np.array([2 ** 53 + 1]), 'INT64', True), *columns[1:]])),
    'model': fail(lambda: triton.infer('other', [whole])),
    'version': fail(lambda: infer([whole], model_version='4')),
    'load': fail(lambda: triton.load_model('loans')),
    'unload': fail(lambda: triton.unload_model('loans')),
}
print(json.dumps({
    'live': triton.is_server_live(),
    'ready': triton.is_server_ready(),
    'model_ready': triton.is_model_ready('loans', '3'),
    'other_ready': triton.is_model_ready('other'),
    'server': triton.get_server_metadata(),
    'model': triton.get_model_metadata('loans'),
    'index': triton.get_model_repository_index(),
    'inferred': inferred,
    'columns': values(infer(columns)),
    'compressed': compressed,
    'half': half,
    'level': level,
    'classes': classes,
    'errors': errors,
}))
`
