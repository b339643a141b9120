import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseTraceParent } from '../../../src/serving/operations/logging.ts'
import { predictor, row, serveModel, type Served } from '../serve-model.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'

describe('the log of requests', () => {
  test('each answer is a line with the id that the client got', async () => {
    await using logged = await serveLogged()
    const answer = await logged.server.post('/predict', row, { 'x-request-id': 'mine-1' })
    assert.equal(answer.headers['x-request-id'], 'mine-1')
    const [line] = logged.lines('answered')
    const { requestId, method, route, status, durationMs } = line!
    assert.deepEqual([requestId, method, route, status], ['mine-1', 'POST', '/predict', 200])
    assert.ok(Number(durationMs) > 0)
  })

  test('no value of a row, no path and no query stand in it', async () => {
    await using logged = await serveLogged()
    const secret = 'secret-of-a-person'
    await logged.server.post('/predict', { ...row, town: secret, [secret]: secret })
    await logged.server.post(`/predict?${secret}=1`, row)
    await logged.server.send(`/${secret}`)
    await logged.server.post('/invocations', `{"instances": ["${secret}"]}`)
    assert.equal(logged.lines('answered').length, 4)
    assert.doesNotMatch(logged.text(), new RegExp(secret))
    assert.deepEqual(logged.lines('refused')[0]!['code'], 'REQUEST_INVALID')
  })

  test('a trace is handed on, with a span of our own', async () => {
    await using logged = await serveLogged()
    const sent = `00-${traceId}-${parentId}-01`
    const answer = await logged.server.post('/predict', row, { traceparent: sent })
    const [line] = logged.lines('answered')
    assert.equal(line!['traceId'], traceId)
    assert.equal(line!['parentId'], parentId)
    assert.equal(answer.headers['traceparent'], `00-${traceId}-${String(line!['spanId'])}-01`)
    assert.notEqual(line!['spanId'], parentId)
  })

  test('probes that succeed are silent; those that fail are not', async () => {
    await using logged = await serveLogged()
    await logged.server.send('/health/ready')
    assert.equal(logged.lines('answered').length, 0)
    await using failed = await serveLogged({ ...predictor, example: { age: 1 } })
    await failed.server.send('/health/ready')
    assert.equal(failed.lines('answered')[0]!['status'], 503)
  })

  test('what the model throws is logged as an error with its request', async () => {
    let calls = 0
    await using logged = await serveLogged({
      ...predictor,
      predict: (rows) => (calls++ === 0 ? predictor.predict(rows) : assert.fail('broken')),
    })
    const answer = await logged.server.post('/predict', row)
    const [line] = logged.lines('failed')
    assert.equal(line!['requestId'], answer.headers['x-request-id'])
    assert.equal(line!['level'], 50)
  })
})

describe('parseTraceParent', () => {
  test('reads the fields, of later versions too', () => {
    const trace = { traceId, parentId, flags: '00' }
    assert.deepEqual(parseTraceParent(`00-${traceId}-${parentId}-00`), trace)
    assert.deepEqual(parseTraceParent(`cc-${traceId}-${parentId}-00-more`), trace)
  })

  for (const [what, header] of [
    ['the version ff', `ff-${traceId}-${parentId}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${parentId}-01`],
    ['a parent of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${traceId.toUpperCase()}-${parentId}-01`],
    ['more than version 00 has', `00-${traceId}-${parentId}-01-x`],
    ['a line feed', `00-${traceId}-${parentId}-01\n`],
    ['nothing', ''],
    ['two headers', [`00-${traceId}-${parentId}-01`]],
  ] as const) {
    test(`${what} is no place in a trace`, () => assert.equal(parseTraceParent(header), undefined))
  }
})

interface Logged extends AsyncDisposable {
  readonly server: Served
  /** The parsed lines with this message. */
  lines(message: string): readonly Readonly<Record<string, unknown>>[]
  text(): string
}

async function serveLogged(model = predictor): Promise<Logged> {
  const written: string[] = []
  const log = { write: (line: string): void => void written.push(line) }
  const server = await serveModel({ predictor: model, log })
  return {
    server,
    lines: (message) =>
      written
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ msg }) => msg === message),
    text: () => written.join(''),
    [Symbol.asyncDispose]: () => server.stop(),
  }
}
