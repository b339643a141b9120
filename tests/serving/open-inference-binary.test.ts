/** The binary tensor data extension and the model repository extension of the Open Inference Protocol. */

import fc from 'fast-check'
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { describe, test } from 'node:test'
import { predictor, rowProbability, serveModel, type Served } from './serve-model.ts'

const infer = '/v2/models/loans/infer'
const cells = [50, 12.5, 1, 3]

/** Each column in bytes of a type of its own. */
const perColumn = [
  { name: 'age', datatype: 'INT64', bytes: Buffer.from(BigInt64Array.of(50n).buffer) },
  { name: 'debt', datatype: 'FP64', bytes: Buffer.from(Float64Array.of(12.5).buffer) },
  { name: 'late', datatype: 'BOOL', bytes: Buffer.of(1) },
  { name: 'town', datatype: 'INT8', bytes: Buffer.from(Int8Array.of(3).buffer) },
]

describe('binary tensors', () => {
  for (const isBinaryIn of [false, true]) {
    for (const isBinaryOut of [false, true]) {
      test(`in: ${isBinaryIn}, out: ${isBinaryOut}: the same probability`, async () => {
        await using server = await serveModel({ modelVersion: '3' })
        const bytes = Buffer.from(Float32Array.from(cells).buffer)
        const input = {
          name: 'input',
          shape: [1, 4],
          datatype: 'FP32',
          ...(isBinaryIn ? { parameters: { binary_data_size: 16 } } : { data: cells }),
        }
        const outputs = [{ name: 'probability', parameters: { binary_data: isBinaryOut } }]
        const head = { id: 'a', inputs: [input], outputs }
        const answer = await send(server, head, isBinaryIn ? [bytes] : [])
        assert.equal(answer.status, 200, answer.bytes.toString())
        assert.deepEqual(readProbabilities(answer), [rowProbability])
        assert.equal(answer.json.id, 'a')
        assert.equal(answer.json.model_version, '3')
        assert.equal(answer.headers['inference-header-content-length'] !== undefined, isBinaryOut)
      })
    }
  }

  test('every type of number is read, for each column one', async () => {
    await using server = await serveModel()
    assert.deepEqual(readProbabilities(await sendColumns(server, perColumn)), [rowProbability])
  })

  test('an output says for itself what the request says for all', async () => {
    await using server = await serveModel()
    const inputs = [{ name: 'input', shape: [1, 4], datatype: 'FP32', data: cells }]
    const parameters = { binary_data_output: true }
    const outputs = [{ name: 'probability', parameters: { binary_data: false } }]
    const all = await send(server, { inputs, parameters }, [])
    assert.ok(all.headers['inference-header-content-length'])
    assert.deepEqual(readProbabilities(all), [rowProbability])
    const own = await send(server, { inputs, parameters, outputs }, [])
    assert.equal(own.headers['inference-header-content-length'], undefined)
    assert.deepEqual(readProbabilities(own), [rowProbability])
  })

  test('bytes alone are the one input, and are answered with bytes', async () => {
    await using server = await serveModel()
    const rows = Float32Array.of(...cells, 20, Number.NaN, 0, 8)
    const answer = await sendBytes(server, Buffer.from(rows.buffer), '0')
    assert.deepEqual(readProbabilities(answer), [rowProbability, Math.fround(0.1)])
    const odd = await sendBytes(server, Buffer.alloc(17), '0')
    assert.equal(odd.status, 400)
    assert.match(odd.json.error, /has 17 bytes, expected a multiple of 16$/)
  })

  for (const [name, change, error] of [
    [
      'an integer that no double holds',
      { bytes: bigint(2n ** 53n + 1n) },
      /'9?\S+' is "9007199254740993", expected an integer that doubles hold/,
    ],
    [
      'an unsigned one',
      { datatype: 'UINT64', bytes: bigint(2n ** 60n) },
      /expected an integer that doubles hold exactly$/,
    ],
    [
      'NaN where nothing may be missing',
      { datatype: 'FP64', bytes: double(Number.NaN) },
      /^'row 0, age' is "NaN", expected .* not a missing value$/,
    ],
    [
      'infinity',
      { datatype: 'FP64', bytes: double(Infinity) },
      /^'row 0, age' is "Infinity", expected/,
    ],
    [
      'a truth that is 2',
      { datatype: 'BOOL', bytes: Buffer.of(2) },
      /is 2, expected an integer from 0 to 1$/,
    ],
    ['too few bytes for its type', { bytes: Buffer.alloc(4) }, /binary_data_size is 4, expected 8/],
    [
      'half precision',
      { datatype: 'FP16', bytes: Buffer.alloc(2) },
      /datatype is 'FP16', expected one of FP32/,
    ],
    [
      'fewer texts than its shape has',
      { datatype: 'BYTES', bytes: Buffer.from([9, 0, 0, 0, 65]) },
      /has 0 whole texts in its bytes, expected 1/,
    ],
    [
      'texts',
      { datatype: 'BYTES', bytes: Buffer.alloc(5) },
      /'row 0, age' is "", expected an integer/,
    ],
    ['a size that is text', { size: '8' }, /binary_data_size is a string, expected 8/],
    ['a shape of many', { shape: [2 ** 40] }, /binary_data_size is 8, expected 8796093022208/],
  ] as const) {
    test(`${name} is a 400 that names it`, async () => {
      await using server = await serveModel()
      const [age, ...others] = perColumn
      const answer = await sendColumns(server, [{ ...age!, ...change }, ...others])
      assert.equal(answer.status, 400)
      assert.match(answer.json.error, error)
    })
  }

  test('bytes that are missing, and bytes that are left', async () => {
    await using server = await serveModel()
    const input = {
      name: 'input',
      shape: [1, 4],
      datatype: 'FP32',
      parameters: { binary_data_size: 16 },
    }
    for (const [size, error] of [
      [15, /^inputs\[0\] ends at byte 16 of 15 behind the JSON$/],
      [17, /^1 bytes are left behind the last tensor$/],
    ] as const) {
      const answer = await send(server, { inputs: [input] }, [Buffer.alloc(size)])
      assert.equal(answer.status, 400)
      assert.match(answer.json.error, error)
    }
  })

  for (const length of ['-1', '1e3', '', '99999999999', '0x10', '18446744073709551616', '12, 12']) {
    test(`a length of the JSON that is '${length}' is a 400`, async () => {
      await using server = await serveModel()
      const answer = await sendBytes(server, Buffer.from('{"inputs": []}'), length)
      assert.equal(answer.status, 400)
      assert.match(answer.json.error, /^the header inference-header-content-length is /)
    })
  }

  test('a body of another type is a 415 with bytes, too', async () => {
    await using server = await serveModel()
    const answer = await sendBytes(server, Buffer.from('{}'), '2', { 'content-type': 'text/plain' })
    assert.equal(answer.status, 415)
    assert.match(answer.json.error, /expected 'application\/octet-stream' or 'application\/json'/)
  })

  test('whatever the bytes and lengths: 200 with numbers or 400, never anything else', async () => {
    const faults: unknown[] = []
    await using server = await serveModel({ onInternalError: (error) => faults.push(error) })
    const datatypes = fc.constantFrom('FP32', 'FP64', 'INT64', 'UINT64', 'BOOL', 'INT16')
    const sizes = fc.oneof(fc.nat(40), fc.constantFrom(16, 32, -1, 1.5, 2 ** 53))
    const shapes = fc.oneof(fc.constant([1, 4]), fc.array(fc.nat(5), { maxLength: 3 }))
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          datatype: datatypes,
          size: sizes,
          shape: shapes,
          bytes: fc.uint8Array({ maxLength: 40 }),
        }),
        async ({ datatype, size, shape, bytes }) => {
          const parameters = { binary_data_size: size }
          const inputs = [{ name: 'input', datatype, shape, parameters }]
          const answer = await send(server, { inputs }, [Buffer.from(bytes)])
          assert.ok(answer.status === 200 || answer.status === 400, String(answer.status))
        },
      ),
      { numRuns: 100 },
    )
    assert.deepEqual(faults, [])
  })
})

describe('the model repository extension', () => {
  const post = (server: Served, path: string, body = '') =>
    server.send(path, { method: 'POST', body })

  test('lists the one model, asked with a body or without', async () => {
    await using server = await serveModel({ modelVersion: '3' })
    const listed = [{ name: 'loans', version: '3', state: 'READY', reason: '' }]
    for (const body of ['', '{}', '{"ready": true}', '{"ready": false}']) {
      const { status, text } = await post(server, '/v2/repository/index', body)
      assert.deepEqual([status, JSON.parse(text)], [200, listed])
    }
  })

  test('says of a model that cannot predict that it is unavailable', async () => {
    await using server = await serveModel({ predictor: { ...predictor, example: { age: 1 } } })
    const { text } = await post(server, '/v2/repository/index')
    assert.match(text, /^\[{"name":"loans","state":"UNAVAILABLE","reason":"the model could not/)
    assert.equal((await post(server, '/v2/repository/index', '{"ready": true}')).text, '[]')
  })

  test('neither loads nor unloads for a request', async () => {
    await using server = await serveModel()
    for (const action of ['load', 'unload']) {
      const own = await post(server, `/v2/repository/models/loans/${action}`, '{"parameters": {}}')
      assert.equal(own.status, 403)
      assert.match(String(own.json['error']), new RegExp(`^no request can ${action} a model here`))
      const other = await post(server, `/v2/repository/models/other/${action}`)
      assert.equal(other.status, 404)
      assert.deepEqual(Object.keys(other.json), ['error'])
    }
  })

  for (const body of ['[]', '7', '{"ready": 1}', '{"ready": "true"}', 'nonsense']) {
    test(`an index asked with ${body} is a 400`, async () => {
      await using server = await serveModel()
      const answer = await post(server, '/v2/repository/index', body)
      assert.equal(answer.status, 400)
      assert.deepEqual(Object.keys(answer.json), ['error'])
    })
  }
})

/** What the tests read of an answer or an error. */
interface TensorAnswer {
  readonly error: string
  readonly id?: string
  readonly model_version?: string
  readonly outputs: readonly {
    readonly data?: number[]
    readonly parameters?: { readonly binary_data_size: number }
  }[]
}

interface BinaryAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly json: TensorAnswer
  /** All of the body. */
  readonly bytes: Buffer
  readonly tail: Buffer
}

interface ColumnBytes {
  readonly name: string
  readonly datatype: string
  readonly bytes: Buffer
  readonly size?: unknown
  readonly shape?: readonly number[]
}

function sendColumns(server: Served, columns: readonly ColumnBytes[]): Promise<BinaryAnswer> {
  const inputs = columns.map(({ name, datatype, bytes, size = bytes.length, shape = [1] }) => ({
    name,
    datatype,
    shape,
    parameters: { binary_data_size: size },
  }))
  return send(
    server,
    { inputs },
    columns.map(({ bytes }) => bytes),
  )
}

function send(server: Served, head: object, tails: readonly Buffer[]): Promise<BinaryAnswer> {
  const json = Buffer.from(JSON.stringify(head))
  if (tails.length === 0) return sendBytes(server, json, undefined)
  return sendBytes(server, Buffer.concat([json, ...tails]), String(json.length))
}

/** As tritonclient: without a content type. */
function sendBytes(
  server: Served,
  body: Buffer,
  length: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<BinaryAnswer> {
  const all = {
    ...headers,
    ...(length !== undefined && { 'inference-header-content-length': length }),
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: server.port,
        path: infer,
        method: 'POST',
        headers: all,
        agent: false,
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks)
          const size = Number(incoming.headers['inference-header-content-length'] ?? bytes.length)
          const json = JSON.parse(bytes.subarray(0, size).toString()) as TensorAnswer
          const { statusCode: status = 0, headers: got } = incoming
          resolve({ status, headers: got, json, bytes, tail: bytes.subarray(size) })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function readProbabilities({ json, tail }: BinaryAnswer): number[] {
  const [output] = json.outputs
  if (output?.data !== undefined) return output.data
  assert.equal(tail.length, output?.parameters?.binary_data_size)
  return Array.from({ length: tail.length / 4 }, (_, i) => tail.readFloatLE(i * 4))
}

function bigint(value: bigint): Buffer {
  return Buffer.from(BigInt64Array.of(value).buffer)
}

function double(value: number): Buffer {
  return Buffer.from(Float64Array.of(value).buffer)
}
