/** The binary tensor data extension of the Open Inference Protocol. */

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

  test('half precision is read, of what it can hold', async () => {
    await using server = await serveModel()
    // 50, 12.5, 1 and 3 are exact in 11 bits.
    const halves = Buffer.of(0x40, 0x52, 0x40, 0x4a, 0, 0x3c, 0, 0x42)
    const parameters = { binary_data_size: 8 }
    const input = { name: 'input', shape: [1, 4], datatype: 'FP16' }
    const answers = [
      await send(server, { inputs: [{ ...input, parameters }] }, [halves]),
      await send(server, { inputs: [{ ...input, data: cells }] }, []),
    ]
    assert.deepEqual(answers.map(readProbabilities), [[rowProbability], [rowProbability]])
  })

  test('a level of a category may be a text, in bytes and in JSON', async () => {
    await using server = await serveModel()
    const [age, debt, late] = perColumn
    const town = { name: 'town', datatype: 'BYTES', bytes: textBytes('3') }
    const answer = await sendColumns(server, [age!, debt!, late!, town])
    assert.deepEqual(readProbabilities(answer), [rowProbability])
    const tensor = (name: string, datatype: string, data: readonly unknown[]) => {
      return { name, datatype, shape: [1], data }
    }
    const others = [tensor('age', 'INT64', [50]), tensor('late', 'BOOL', [true])]
    for (const [text, status] of [
      ['3', 200],
      ['-1', 200],
      ['3.0', 400],
      ['NaN', 400],
      ['', 400],
      [' 3', 400],
      ['4', 400],
    ] as const) {
      const { status: got } = await send(
        server,
        { inputs: [...others, tensor('town', 'BYTES', [text])] },
        [],
      )
      assert.equal(got, status, text)
    }
  })

  test('texts and dates go as texts, each column by itself', async () => {
    const inputs = {
      note: { type: 'text', known: ['a', 'ü b'], nullable: true },
      day: { type: 'date' },
    } as const
    await using server = await serveModel({
      predictor: {
        ...predictor,
        inputs,
        example: { note: 'a', day: '1970-01-11' },
        // Note 'ü b' is 1, an unknown one -1, a missing one NaN; the day is its number.
        predict: ({ rows, values }) =>
          Float32Array.from(
            { length: rows },
            (_, r) => (values[2 * r] || 8) * 100 + values[2 * r + 1]!,
          ),
      },
    })
    const answer = await sendColumns(server, [
      {
        name: 'note',
        datatype: 'BYTES',
        bytes: Buffer.concat(['ü b', 'c', ''].map(textBytes)),
        shape: [3],
      },
      {
        name: 'day',
        datatype: 'BYTES',
        bytes: Buffer.concat(['1970-01-11', '1970-01-02', '1970-01-01'].map(textBytes)),
        shape: [3, 1],
      },
    ])
    assert.deepEqual(readProbabilities(answer), [110, -99, 800])
    const wrong = await sendColumns(server, [
      { name: 'note', datatype: 'BYTES', bytes: textBytes('a') },
      { name: 'day', datatype: 'BYTES', bytes: textBytes('1970-02-30') },
    ])
    assert.match(wrong.json.error, /^'row 0, day' is "1970-02-30", expected a date/)
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
      /is 2, expected true or false$/,
    ],
    ['too few bytes for its type', { bytes: Buffer.alloc(4) }, /binary_data_size is 4, expected 8/],
    [
      'infinity in half precision',
      { datatype: 'FP16', bytes: Buffer.of(0, 0x7c) },
      /^'row 0, age' is "Infinity", expected/,
    ],
    [
      'a text where a number is expected, though it is one',
      { datatype: 'BYTES', bytes: textBytes('50') },
      /^'row 0, age' is "50", expected an integer from 18 to 100 \(send/,
    ],
    [
      'a text that is no UTF-8',
      { datatype: 'BYTES', bytes: Buffer.of(2, 0, 0, 0, 0xc3, 0x28) },
      /^inputs\[0\]: text 0 is no UTF-8$/,
    ],
    [
      'a length of a text beyond its bytes',
      { datatype: 'BYTES', bytes: Buffer.of(255, 255, 255, 255, 65) },
      /^inputs\[0\]: text 0 has 4294967295 bytes, and 1 bytes are left$/,
    ],
    [
      'bytes behind the last text',
      { datatype: 'BYTES', bytes: Buffer.concat([textBytes('a'), Buffer.alloc(3)]) },
      /^inputs\[0\]: 3 bytes are left behind its 1 texts$/,
    ],
    [
      'too few bytes for a length',
      { datatype: 'BYTES', bytes: Buffer.alloc(3) },
      /^inputs\[0\] has 3 bytes, too few for the lengths of 1 texts$/,
    ],
    [
      'more texts than bytes could hold',
      { datatype: 'BYTES', bytes: textBytes('a'), shape: [2 ** 52] },
      /too few for the lengths of 4503599627370496 texts$/,
    ],
    [
      'a size of texts that is negative',
      { datatype: 'BYTES', bytes: textBytes('a'), size: -5 },
      /binary_data_size is -5, expected a number of bytes$/,
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
    const datatypes = fc.constantFrom(
      'FP16',
      'FP32',
      'FP64',
      'INT64',
      'UINT64',
      'BOOL',
      'INT16',
      'BYTES',
    )
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

function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.of(bytes.length, 0, 0, 0), bytes])
}

function double(value: number): Buffer {
  return Buffer.from(Float64Array.of(value).buffer)
}
