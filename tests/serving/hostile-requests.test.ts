/** Every hostile or malformed body in every protocol: a 4xx in the protocol's own shape, and the next request is answered. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  assertProblem,
  row,
  rowProbability,
  serveModel,
  type Answer,
  type Served,
} from './serve-model.ts'

interface Protocol {
  readonly name: string
  readonly path: string
  /** A body with this row. */
  readonly wrap: (row: object) => unknown
  /** A body without rows, and one with too many. */
  readonly many: (count: number) => unknown
  readonly check: (answer: Answer, status: number) => void
}

const protocols: readonly Protocol[] = [
  {
    name: 'our own',
    path: '/predict',
    wrap: (cells) => cells,
    many: (count) => ({ rows: Array.from({ length: count }, () => row) }),
    check: (answer, status) => void assertProblem(answer, status, String(answer.json['code'])),
  },
  {
    name: 'KServe',
    path: '/v1/models/loans:predict',
    wrap: (cells) => ({ instances: [cells] }),
    many: (count) => ({ instances: Array.from({ length: count }, () => row) }),
    check: checkMembers(['error']),
  },
  {
    name: 'MLflow',
    path: '/invocations',
    wrap: (cells) => ({ dataframe_records: [cells] }),
    many: (count) => ({ dataframe_records: Array.from({ length: count }, () => row) }),
    check: checkMembers(['error_code', 'message']),
  },
  {
    name: 'Open Inference',
    path: '/v2/models/loans/infer',
    // A tensor for each cell, so that names and cells come in as rows have them.
    wrap: (cells) => ({
      inputs: Object.entries(cells).map(([name, cell]) => ({
        name,
        shape: [1],
        datatype: 'FP64',
        data: [typeof cell === 'boolean' ? Number(cell) : cell],
      })),
    }),
    many: (count) => ({
      inputs: [
        {
          name: 'input',
          shape: [count, 4],
          datatype: 'FP32',
          data: Array.from({ length: count }, () => [50, 1, 1, 3]).flat(),
        },
      ],
    }),
    check: checkMembers(['error']),
  },
]

interface Hostile {
  readonly name: string
  readonly body: (protocol: Protocol) => unknown
  readonly headers?: Readonly<Record<string, string>>
  /** 422 of our own protocol is 400 in the others. */
  readonly status: number
}

const text = (protocol: Protocol, change: (json: string) => string): string =>
  change(JSON.stringify(protocol.wrap(row)))
const { town: _, ...withoutTown } = row
const gzip = { 'content-encoding': 'gzip' }

const hostile: readonly Hostile[] = [
  { name: 'a number as text', body: ({ wrap }) => wrap({ ...row, age: '50' }), status: 422 },
  { name: 'a text', body: ({ wrap }) => wrap({ ...row, debt: 'NaN' }), status: 422 },
  { name: 'a list as cell', body: ({ wrap }) => wrap({ ...row, age: [50] }), status: 422 },
  {
    name: 'an object as cell',
    body: ({ wrap }) => wrap({ ...row, age: { value: 50 } }),
    status: 422,
  },
  {
    name: 'null in a column that may not be missing',
    body: ({ wrap }) => wrap({ ...row, age: null }),
    status: 422,
  },
  { name: 'a column too few', body: ({ wrap }) => wrap(withoutTown), status: 422 },
  { name: 'a column too many', body: ({ wrap }) => wrap({ ...row, agee: 1 }), status: 422 },
  { name: 'a level that is none', body: ({ wrap }) => wrap({ ...row, town: 4 }), status: 422 },
  {
    name: 'a whole number beyond 2^53',
    body: (p) => text(p, (json) => json.replace('50', '9007199254740993')),
    status: 422,
  },
  {
    name: 'a fraction among whole numbers',
    body: ({ wrap }) => wrap({ ...row, age: 50.000001 }),
    status: 422,
  },
  {
    name: 'a number beyond doubles',
    body: (p) => text(p, (json) => json.replace('12.5', '1e400')),
    status: 422,
  },
  { name: 'a number beyond floats', body: ({ wrap }) => wrap({ ...row, debt: 1e39 }), status: 422 },
  { name: 'bare NaN', body: (p) => text(p, (json) => json.replace('50', 'NaN')), status: 400 },
  {
    name: 'bare Infinity',
    body: (p) => text(p, (json) => json.replace('12.5', '-Infinity')),
    status: 400,
  },
  {
    name: 'a number in hexadecimal',
    body: (p) => text(p, (json) => json.replace('50', '0x32')),
    status: 400,
  },
  {
    name: 'a number with a leading zero',
    body: (p) => text(p, (json) => json.replace('50', '050')),
    status: 400,
  },
  {
    name: 'a number with a plus',
    body: (p) => text(p, (json) => json.replace('50', '+50')),
    status: 400,
  },
  { name: 'no rows', body: ({ many }) => many(0), status: 422 },
  { name: 'too many rows', body: ({ many }) => many(21), status: 422 },
  {
    name: 'a member twice',
    body: (p) => text(p, (json) => json.replace('{', '{"a": 1, "a": 2, ')),
    status: 400,
  },
  {
    name: 'a member twice, once escaped',
    body: (p) => text(p, (json) => json.replace('{', String.raw`{"ab": 1, "\u0061b": 2, `)),
    status: 400,
  },
  {
    name: 'a prototype',
    body: (p) => text(p, (json) => json.replace(/"age":50|"name":"age"/, '"__proto__":{"age":50}')),
    status: 422,
  },
  {
    name: 'a constructor',
    body: (p) =>
      text(p, (json) =>
        json.replace(/"age":50|"name":"age"/, '"constructor":{"prototype":{"age":50}}'),
      ),
    status: 422,
  },
  { name: 'nothing', body: () => '', status: 400 },
  { name: 'null', body: () => 'null', status: 422 },
  { name: 'a number', body: () => '7', status: 422 },
  { name: 'a list', body: () => '[]', status: 422 },
  { name: 'an empty object', body: () => '{}', status: 422 },
  { name: 'JSON cut short', body: (p) => text(p, (json) => json.slice(0, -1)), status: 400 },
  { name: 'JSON twice', body: (p) => text(p, (json) => json + json), status: 400 },
  {
    name: 'a comma too many',
    body: (p) => text(p, (json) => json.replace(/\}$/, ',}')),
    status: 400,
  },
  { name: 'a comment', body: (p) => text(p, (json) => `${json} // 1`), status: 400 },
  { name: 'single quotes', body: (p) => text(p, (json) => json.replaceAll('"', "'")), status: 400 },
  { name: 'a zero byte', body: (p) => text(p, (json) => `${json}\0`), status: 400 },
  {
    name: 'a hundred thousand levels',
    body: () => `{"rows":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    status: 400,
  },
  {
    name: 'bytes that are no UTF-8',
    body: () => Buffer.from('{"a":"\xff\xfe"}', 'latin1'),
    status: 400,
  },
  {
    name: 'UTF-16',
    body: (p) =>
      Buffer.from(
        text(p, (json) => json),
        'utf16le',
      ),
    status: 400,
  },
  { name: 'two mebibytes', body: () => ' '.repeat(2 * 1024 * 1024), status: 413 },
  {
    name: 'a gzip bomb',
    body: () => gzipSync(Buffer.alloc(50 * 1024 * 1024)),
    headers: gzip,
    status: 413,
  },
  { name: 'gzip that is none', body: (p) => text(p, (json) => json), headers: gzip, status: 400 },
  {
    name: 'gzip cut short',
    body: (p) => gzipSync(text(p, (json) => json)).subarray(0, 30),
    headers: gzip,
    status: 400,
  },
  {
    name: 'brotli',
    body: (p) => text(p, (json) => json),
    headers: { 'content-encoding': 'br' },
    status: 415,
  },
  {
    name: 'text/plain',
    body: (p) => text(p, (json) => json),
    headers: { 'content-type': 'text/plain' },
    status: 415,
  },
  {
    name: 'a form',
    body: () => 'age=50',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
  },
  {
    name: 'a file of a form',
    body: () => '--x--',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    status: 415,
  },
  {
    name: 'another charset',
    body: (p) => text(p, (json) => json),
    headers: { 'content-type': 'application/json; charset=utf-16' },
    status: 415,
  },
  {
    name: 'a foreign Host',
    body: (p) => text(p, (json) => json),
    headers: { host: 'evil.example' },
    status: 403,
  },
  {
    name: 'a foreign Origin',
    body: (p) => text(p, (json) => json),
    headers: { origin: 'https://evil.example' },
    status: 403,
  },
]

for (const protocol of protocols) {
  describe(`${protocol.name}: ${protocol.path}`, () => {
    const faults: unknown[] = []
    let server: Served
    before(async () => {
      server = await serveModel({
        limits: { rows: 20 },
        onInternalError: (error) => faults.push(error),
      })
    })
    after(async () => {
      await server[Symbol.asyncDispose]()
    })

    for (const { name, body, headers, status } of hostile) {
      test(`${name} is refused with ${status}`, async () => {
        const sent = body(protocol)
        const answer = await server.send(protocol.path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body:
            typeof sent === 'string' || sent instanceof Uint8Array ? sent : JSON.stringify(sent),
        })
        const isOwn = protocol.path === '/predict'
        protocol.check(answer, status === 422 && !isOwn ? 400 : status)
        assert.ok(answer.text.length < 5000)
        assert.deepEqual(faults, [])
        assert.doesNotMatch(answer.text, /node_modules|\.ts:\d|at \w+ \(/)
      })
    }

    test('what is right has the right number after all that', async () => {
      const { status, text: body } = await server.post(protocol.path, protocol.wrap(row))
      assert.equal(status, 200, body)
      assert.ok(body.includes(String(rowProbability)), body)
      // A byte order mark is no part of the text.
      const marked = await server.post(protocol.path, `\uFEFF${JSON.stringify(protocol.wrap(row))}`)
      assert.ok(marked.text.includes(String(rowProbability)), marked.text)
    })
  })
}

function checkMembers(members: readonly string[]): Protocol['check'] {
  return (answer, status) => {
    assert.equal(answer.status, status, answer.text)
    if (status === 415 && members.includes('error_code')) {
      // So does MLflow.
      assert.match(String(answer.headers['content-type']), /^text\/plain/)
      return
    }
    assert.match(String(answer.headers['content-type']), /^application\/json/)
    assert.deepEqual(Object.keys(answer.json), members)
  }
}
