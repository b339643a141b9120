import assert from 'node:assert/strict'
import { STATUS_CODES } from 'node:http'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { errorKinds } from '../../src/core/errors.ts'
import { titles } from '../../src/serving/http/problem.ts'
import { assertProblem, row, serveModel } from './serve-model.ts'

test('the title of every problem is the phrase of its status', () => {
  // RFC 9110's, where Node has the older ones.
  const phrases = { ...STATUS_CODES, 413: 'Content Too Large', 422: 'Unprocessable Content' }
  for (const { httpStatus } of Object.values(errorKinds))
    assert.equal(titles[httpStatus], phrases[httpStatus as 413], `${httpStatus}`)
})

describe('a row that does not fit', () => {
  const cases: readonly [name: string, body: unknown, errors: readonly object[]][] = [
    [
      'a missing column',
      { debt: 1, late: 0, town: 3 },
      [{ pointer: '/age', expected: 'an integer from 18 to 100', hint: "add 'age'" }],
    ],
    [
      'an unknown column',
      { ...row, agee: 3 },
      [
        {
          pointer: '/agee',
          expected: 'a column of the model',
          value: 3,
          hint: "did you mean 'age'?",
        },
      ],
    ],
    [
      'a column in capitals',
      { ...row, TOWN: 3 },
      [
        {
          pointer: '/TOWN',
          expected: 'a column of the model',
          value: 3,
          hint: "did you mean 'town'?",
        },
      ],
    ],
    [
      'a number as text',
      { ...row, age: '35' },
      [
        {
          pointer: '/age',
          expected: 'an integer from 18 to 100',
          value: '35',
          hint: 'send it without quotes',
        },
      ],
    ],
    [
      'text for a missing value',
      { ...row, debt: 'n/a' },
      [
        {
          pointer: '/debt',
          expected: 'a number',
          value: 'n/a',
          hint: 'send null for a missing value',
        },
      ],
    ],
    [
      'true in a column of numbers',
      { ...row, age: true },
      [{ pointer: '/age', expected: 'an integer from 18 to 100', value: true }],
    ],
    [
      '2 in a boolean column',
      { ...row, late: 2 },
      [{ pointer: '/late', expected: '0 or 1', value: 2 }],
    ],
    [
      'a level that is none',
      { ...row, town: 4 },
      [{ pointer: '/town', expected: 'one of -1, 0, 3, 8', value: 4 }],
    ],
    [
      'a number out of range',
      { ...row, age: 101 },
      [{ pointer: '/age', expected: 'an integer from 18 to 100', value: 101 }],
    ],
    [
      'a fraction in a column of integers',
      { ...row, age: 20.5 },
      [{ pointer: '/age', expected: 'an integer from 18 to 100', value: 20.5 }],
    ],
    [
      'null where nothing may be missing',
      { ...row, age: null },
      [
        {
          pointer: '/age',
          expected: 'an integer from 18 to 100, not a missing value',
          value: null,
        },
      ],
    ],
    [
      'an array as a cell',
      { ...row, age: [20] },
      [{ pointer: '/age', expected: 'an integer from 18 to 100', value: 'an array' }],
    ],
    [
      'an object as a cell',
      { ...row, debt: {} },
      [{ pointer: '/debt', expected: 'a number', value: 'an object' }],
    ],
    [
      'a number that JSON cannot hold',
      JSON.stringify(row).replace('12.5', '1e400'),
      [
        {
          pointer: '/debt',
          expected: 'a number that fits into 32-bit floating point',
          value: 'Infinity',
        },
      ],
    ],
    [
      'a number that the model would see as infinity',
      { ...row, debt: -1e39 },
      [
        {
          pointer: '/debt',
          expected: 'a number that fits into 32-bit floating point',
          value: -1e39,
        },
      ],
    ],
    [
      'several at once, in the order of the columns',
      { debt: 'x', late: 0, town: 5, colour: 1 },
      [
        { pointer: '/age', expected: 'an integer from 18 to 100', hint: "add 'age'" },
        {
          pointer: '/debt',
          expected: 'a number',
          value: 'x',
          hint: 'send null for a missing value',
        },
        { pointer: '/town', expected: 'one of -1, 0, 3, 8', value: 5 },
        { pointer: '/colour', expected: 'a column of the model', value: 1, hint: 'leave it out' },
      ],
    ],
    [
      'a prototype name as a column',
      JSON.stringify(row).replace('{', '{"__proto__": {"age": 30}, "constructor": 1, '),
      [
        {
          pointer: '/__proto__',
          expected: 'a column of the model',
          value: 'an object',
          hint: 'leave it out',
        },
        {
          pointer: '/constructor',
          expected: 'a column of the model',
          value: 1,
          hint: 'leave it out',
        },
      ],
    ],
    [
      'a name that JSON Pointer escapes',
      { ...row, 'a/b~c': 1 },
      [{ pointer: '/a~1b~0c', expected: 'a column of the model', value: 1, hint: 'leave it out' }],
    ],
    [
      'a list instead of an object',
      [row],
      [
        {
          pointer: '',
          expected: 'an object: one row, or {"rows": [ … ]}',
          value: 'an array',
          hint: 'wrap the rows: {"rows": [ … ]}',
        },
      ],
    ],
    [
      'a number instead of an object',
      3,
      [{ pointer: '', expected: 'an object: one row, or {"rows": [ … ]}', value: 3 }],
    ],
    ['no rows', { rows: [] }, [{ pointer: '/rows', expected: 'at least one row', value: 0 }]],
    [
      'too many rows',
      { rows: Array.from({ length: 6 }, () => row) },
      [
        {
          pointer: '/rows',
          expected: 'at most 5 rows',
          value: 6,
          hint: 'send them in several requests',
        },
      ],
    ],
    [
      'something beside the rows',
      { rows: [row], threshold: 0.7 },
      [
        {
          pointer: '/threshold',
          expected: "nothing beside 'rows' and 'explain'",
          value: 0.7,
          hint: 'leave it out',
        },
      ],
    ],
    [
      'one bad row among good ones',
      { rows: [row, { ...row, age: 3 }, null] },
      [
        { pointer: '/rows/1/age', expected: 'an integer from 18 to 100', value: 3 },
        { pointer: '/rows/2', expected: 'an object of columns', value: null },
      ],
    ],
  ]
  for (const [name, body, errors] of cases) {
    test(`${name} is named`, async () => {
      await using server = await serveModel({ limits: { rows: 5 } })
      const { json } = assertProblem(await server.post('/predict', body), 422, 'REQUEST_INVALID')
      assert.deepEqual(json['errors'], errors)
      assert.equal(json['errorCount'], errors.length)
    })
  }

  test('an inherited name is a missing column, not a function', async () => {
    const inputs = { constructor: { type: 'integer' } } as const
    const predictor = {
      name: 'odd',
      digest: '00',
      output: { kind: 'probability' as const },
      inputs,
      example: Object.fromEntries([['constructor', 1]]),
      predict: () => Float32Array.of(0.5),
    }
    await using server = await serveModel({ predictor })
    const { json } = assertProblem(await server.post('/predict', '{}'), 422, 'REQUEST_INVALID')
    assert.deepEqual(json['errors'], [
      { pointer: '/constructor', expected: 'an integer', hint: "add 'constructor'" },
    ])
  })

  test('a hundred problems are listed, the others counted', async () => {
    await using server = await serveModel()
    const rows = Array.from({ length: 150 }, () => ({ ...row, age: 1 }))
    const { json } = assertProblem(await server.post('/predict', { rows }), 422, 'REQUEST_INVALID')
    assert.equal((json['errors'] as unknown[]).length, 100)
    assert.equal(json['errorCount'], 150)
    assert.match(
      String(json['detail']),
      /^150 problems; the first: '\/rows\/0\/age' is 1, expected/,
    )
  })

  test('a long value and a long name are cut', async () => {
    await using server = await serveModel()
    const body = { ...row, age: 'x'.repeat(9000), ['y'.repeat(9000)]: 1 }
    const answer = assertProblem(await server.post('/predict', body), 422, 'REQUEST_INVALID')
    assert.ok(answer.text.length < 2000)
  })
})

describe('a body that is not read', () => {
  const malformed: readonly [name: string, body: string | Uint8Array, detail: RegExp][] = [
    ['nothing', '', /^the body is empty$/],
    ['JSON cut short', '{"age": 3', /^the body is not JSON: /],
    ['text', 'age=3', /^the body is not JSON: /],
    ['NaN', '{"age": NaN}', /^the body is not JSON: /],
    ['two members of one name', '{"age": 3, "late": 0, "age": 4}', /'age' occurs twice/],
    ['one name written in two ways', String.raw`{"age": 3, "\u0061ge": 4}`, /'age' occurs twice/],
    ['deep nesting', `{"rows": ${'['.repeat(100_000)}`, /^the body nests deeper than 32 levels$/],
    ['what is not UTF-8', Uint8Array.of(0x22, 0xff, 0xfe, 0x22), /^the body is not UTF-8 text$/],
  ]
  for (const [name, body, detail] of malformed) {
    test(`${name} is a 400`, async () => {
      await using server = await serveModel()
      const answer = await server.send('/predict', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      assert.match(String(assertProblem(answer, 400, 'REQUEST_MALFORMED').json['detail']), detail)
    })
  }

  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=latin1',
    'application/jsonx',
    'nonsense',
  ]) {
    test(`of type '${type}' is a 415`, async () => {
      await using server = await serveModel()
      const answer = await server.post('/predict', row, { 'content-type': type })
      assertProblem(answer, 415, 'REQUEST_TYPE_UNSUPPORTED')
    })
  }

  test('without a type is a 415', async () => {
    await using server = await serveModel()
    const answer = await server.send('/predict', { method: 'POST', body: JSON.stringify(row) })
    assertProblem(answer, 415, 'REQUEST_TYPE_UNSUPPORTED')
  })

  test('compressed in a way that is not known is a 415 that says so', async () => {
    await using server = await serveModel()
    const answer = await server.send('/predict', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'br' },
      body: brotliCompressSync(JSON.stringify(row)),
    })
    assertProblem(answer, 415, 'REQUEST_TYPE_UNSUPPORTED')
    assert.match(String(answer.json['detail']), /'br', expected gzip, deflate or none$/)
  })

  test('larger than the limit is a 413', async () => {
    await using server = await serveModel({ limits: { bodyBytes: 1000 } })
    assertProblem(await server.post('/predict', ' '.repeat(1001)), 413, 'REQUEST_TOO_LARGE')
    assert.equal((await server.post('/predict', JSON.stringify(row).padEnd(1000))).status, 200)
  })

  test('larger than the limit and sent in chunks is a 413', async () => {
    await using server = await serveModel({ limits: { bodyBytes: 1000 } })
    const chunk = `400\r\n${' '.repeat(1024)}\r\n`
    const answer = await sendRaw(server.port, `${head('transfer-encoding: chunked')}${chunk}`)
    assert.match(answer, /^HTTP\/1.1 413 /)
  })

  test('that does not arrive in time is a 408', async () => {
    await using server = await serveModel({ limits: { requestTimeoutMs: 200 } })
    const answer = await sendRaw(server.port, `${head('content-length: 100')}{`)
    assert.match(answer, /^HTTP\/1.1 408 /)
  })
})

describe('a path or method that is not there', () => {
  for (const path of [
    '/nope',
    '/predict/x',
    '/docs/../../etc/passwd',
    '/docs/%2e%2e/x',
    '/__proto__',
  ]) {
    test(`GET ${path} is a 404`, async () => {
      await using server = await serveModel()
      assertProblem(await server.send(path), 404, 'REQUEST_PATH_UNKNOWN')
    })
  }

  for (const [method, path, allow] of [
    ['GET', '/predict', 'POST'],
    ['DELETE', '/predict', 'POST'],
    ['OPTIONS', '/predict', 'POST'],
    ['POST', '/health/ready', 'GET, HEAD'],
    ['PUT', '/docs', 'GET, HEAD'],
  ] as const) {
    test(`${method} ${path} is a 405 that says what is allowed`, async () => {
      await using server = await serveModel()
      const answer = assertProblem(
        await server.send(path, { method }),
        405,
        'REQUEST_METHOD_UNSUPPORTED',
      )
      assert.equal(answer.headers['allow'], allow)
    })
  }

  test('a path that is not decodable is a 400', async () => {
    await using server = await serveModel()
    assertProblem(await server.send('/%ff%'), 400, 'REQUEST_MALFORMED')
  })
})

function head(header: string): string {
  return `POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${header}\r\n\r\n`
}

/** Sends bytes and gives what comes back until the server closes. */
function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      answer += text
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
