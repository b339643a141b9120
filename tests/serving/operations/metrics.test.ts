import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { createServingApp } from '../../../src/serving/index.ts'
import { predictor, row, serveModel, type Served } from '../serve-model.ts'

describe('/metrics', () => {
  test('requests are counted by route, method and status, in the text format', async () => {
    await using server = await serveModel()
    await server.post('/predict', row)
    await server.post('/predict', row)
    await server.post('/predict', 'no JSON')
    const answer = await server.send('/metrics')
    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    const values = parseMetrics(answer.text)
    const requests = 'mlpt_http_requests_total{route="/predict",method="POST",code='
    assert.equal(values.get(`${requests}"200"}`), 2)
    assert.equal(values.get(`${requests}"400"}`), 1)
    const durations = 'mlpt_http_request_duration_seconds'
    assert.equal(values.get(`${durations}_count{route="/predict",method="POST"}`), 3)
    assert.equal(values.get(`${durations}_bucket{le="+Inf",route="/predict",method="POST"}`), 3)
    // The one that asks.
    assert.equal(values.get('mlpt_http_requests_in_flight'), 1)
    assert.ok(values.get('process_resident_memory_bytes')! > 1e6)
  })

  test('paths that a client makes up are one route', async () => {
    await using server = await serveModel()
    for (const path of ['/nope', '/nope/1', '/v2/models/other', '/v2/models/another']) {
      await server.send(path)
    }
    const routes = [...(await readMetrics(server)).keys()]
      .filter((name) => name.startsWith('mlpt_http_requests_total'))
      .map((name) => /route="([^"]*)"/.exec(name)?.[1])
    assert.deepEqual(routes.sort(), ['/v2/models/:name', 'unmatched'])
  })

  test('rows and calls of the model are counted, its warm-up is not', async () => {
    await using server = await serveModel()
    const before = await readMetrics(server)
    assert.equal(before.get('mlpt_inference_rows_total'), 0)
    await server.post('/predict', { rows: [row, row, row] })
    await server.post('/predict', row)
    const after = await readMetrics(server)
    assert.equal(after.get('mlpt_inference_rows_total'), 4)
    assert.equal(after.get('mlpt_inference_requests_total{outcome="ok"}'), 2)
    assert.equal(after.get('mlpt_inference_duration_seconds_count'), 2)
  })

  test('a call that fails is counted as such', async () => {
    let calls = 0
    const failing = {
      ...predictor,
      predict: (rows: Parameters<typeof predictor.predict>[0]) =>
        calls++ === 0 ? predictor.predict(rows) : assert.fail('broken'),
    }
    await using server = await serveModel({ predictor: failing })
    await server.post('/predict', row)
    const values = await readMetrics(server)
    assert.equal(values.get('mlpt_inference_requests_total{outcome="error"}'), 1)
    assert.equal(values.get('mlpt_inference_rows_total'), 0)
  })

  test('problems are counted by column; names that are no column are one', async () => {
    await using server = await serveModel()
    await server.post('/predict', {
      rows: [
        { ...row, age: 'x' },
        { ...row, age: 1, town: 2 },
      ],
    })
    await server.post('/predict', { ...row, made: 1, up: 2 })
    await server.post('/predict', [])
    const values = await readMetrics(server)
    assert.equal(values.get('mlpt_request_problems_total{field="age",policy="reject"}'), 2)
    assert.equal(values.get('mlpt_request_problems_total{field="town",policy="reject"}'), 1)
    const fields = [...values.keys()].filter((name) => name.includes('problems_total'))
    assert.equal(fields.length, 3)
  })

  test('which model is served, and whether it is ready', async () => {
    await using server = await serveModel({ modelVersion: '3' })
    const values = await readMetrics(server)
    const labels = `arm="champion",model="loans",version="3",digest="${predictor.digest}"`
    assert.equal(values.get(`mlpt_model_info{${labels}}`), 1)
    assert.equal(values.get('mlpt_model_ready'), 1)
    await using failed = await serveModel({ predictor: { ...predictor, example: { age: 1 } } })
    assert.equal((await readMetrics(failed)).get('mlpt_model_ready'), 0)
  })

  test('a client that goes away is no longer in flight', async () => {
    await using server = await serveModel()
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      'POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    )
    const inFlight = async (): Promise<number> =>
      (await readMetrics(server)).get('mlpt_http_requests_in_flight')!
    while ((await inFlight()) !== 2) continue
    socket.destroy()
    while ((await inFlight()) !== 1) continue
  })

  test('a foreign page does not read them', async () => {
    await using server = await serveModel()
    const answer = await server.send('/metrics', { headers: { host: 'evil.example' } })
    assert.equal(answer.status, 403)
  })

  test('two apps in one process count apart', async () => {
    const [first, second] = [createServingApp({ predictor }), createServingApp({ predictor })]
    await first.inject({ method: 'POST', url: '/predict', payload: row })
    const { body } = await second.inject('/metrics')
    assert.equal(parseMetrics(body).get('mlpt_inference_rows_total'), 0)
    await Promise.all([first.close(), second.close()])
  })
})

async function readMetrics(server: Served): Promise<ReadonlyMap<string, number>> {
  return parseMetrics((await server.send('/metrics')).text)
}

/** Value by name with labels. */
function parseMetrics(text: string): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(/^([^#\s].*) (\S+)$/gm)].map((line) => [line[1]!, Number(line[2])]),
  )
}
