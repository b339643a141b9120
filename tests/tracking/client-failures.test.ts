/** Our client against servers and networks that misbehave; each is a real one on a free port. */

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openTracking } from '../../src/tracking/client/open-tracking.ts'
import {
  openTrackingClient,
  type TrackingClient,
  type TrackingClientOptions,
} from '../../src/tracking/client/rest-client.ts'
import { retryDelayMs, type Failure } from '../../src/tracking/client/retry-delay.ts'
import { serve, type OddServer } from './odd-server.ts'

describe('repeating', () => {
  for (const status of [408, 429, 500, 502, 503, 504]) {
    test(`an answer of ${status} is asked for again, and the next one counts`, async () => {
      await using server = await serve([{ status }, { status }, { json: anExperiment }])
      await using client = open(server)
      assert.equal((await client.getExperiment('1')).name, 'e')
      assert.equal(server.seen.length, 3)
    })
  }

  test('what would be done twice is asked for again only when it surely was not done', async () => {
    for (const [status, count] of [
      [500, 1],
      [502, 1],
      [504, 1],
      [503, 2],
      [429, 2],
    ] as const) {
      await using server = await serve([{ status }, { json: { run: aRun } }])
      await using client = open(server)
      const creation = client.createRun({ experimentId: '1', startTime: 1 })
      await (count === 1 ? assert.rejects(creation, serverFailed) : creation)
      assert.equal(server.seen.length, count, `${status}`)
    }
  })

  test('a connection that breaks is opened again, but not to create a run', async () => {
    await using server = await serve(['break', { json: {} }, 'break', { json: { run: aRun } }])
    await using client = open(server)
    await client.logParams(runId, { a: '1' })
    await assert.rejects(() => client.createRun({ experimentId: '1', startTime: 1 }), serverFailed)
    assert.equal(server.seen.length, 3)
  })

  test('in the end the last answer is told', async () => {
    await using server = await serve([
      { status: 500, json: { error_code: 'INTERNAL_ERROR', message: 'no luck' } },
    ])
    await using client = open(server, { retries: { maxRetries: 2, baseDelayMs: 1 } })
    await assert.rejects(() => client.getExperiment('1'), { ...serverFailed, message: 'no luck' })
    assert.equal(server.seen.length, 3)
  })

  test('nobody there is said with the address', async () => {
    const server = await serve([])
    await server[Symbol.asyncDispose]()
    await using client = open(server)
    await assert.rejects(() => client.getExperiment('1'), {
      ...serverFailed,
      message: `GET ${server.uri}/api/2.0/mlflow/experiments/get could not be reached: ECONNREFUSED, tried 4 times`,
    })
  })

  test('waits grow, are spread, and obey the server', () => {
    const options = { maxRetries: 9, baseDelayMs: 100 }
    const delay = (
      attempt: number,
      draw: number,
      failure: Failure = { kind: 'refused' },
    ): number | undefined => retryDelayMs(failure, { isRepeatable: true, attempt, draw }, options)
    assert.deepEqual([delay(0, 1), delay(1, 1), delay(3, 1)], [100, 200, 800])
    assert.deepEqual([delay(0, 0), delay(8, 1)], [50, 20_000])
    assert.equal(delay(9, 1), undefined)
    const asked = (retryAfter: string): Failure => ({ kind: 'status', status: 429, retryAfter })
    assert.deepEqual([delay(0, 1, asked('3')), delay(0, 1, asked('x'))], [3000, 100])
    assert.equal(delay(0, 1, asked('99999')), 20_000)
    assert.equal(delay(0, 1, { kind: 'status', status: 404, retryAfter: undefined }), undefined)
    assert.equal(delay(0, 1, { kind: 'status', status: 501, retryAfter: undefined }), undefined)
  })

  test('a stream is sent once, bytes again', async () => {
    await using server = await serve([
      { json: { run: aRun } },
      { status: 500 },
      { status: 500 },
      {},
    ])
    await using client = open(server)
    const owner = { runId }
    const stream = Readable.from([Buffer.from('x')])
    await assert.rejects(() => client.writeArtifact(owner, 'a', stream), serverFailed)
    await client.writeArtifact(owner, 'a', Buffer.from('x'))
    assert.deepEqual(
      server.seen.map(({ method }) => method),
      ['GET', 'PUT', 'PUT', 'PUT'],
    )
    assert.equal(server.seen[3]?.body, 'x')
  })
})

describe('errors', () => {
  for (const [errorCode, status, code] of [
    ['RESOURCE_DOES_NOT_EXIST', 404, 'TRACKING_NOT_FOUND'],
    ['RESOURCE_ALREADY_EXISTS', 400, 'TRACKING_EXISTS'],
    ['INVALID_PARAMETER_VALUE', 400, 'TRACKING_INVALID'],
    ['PERMISSION_DENIED', 403, 'TRACKING_FORBIDDEN'],
    ['UNAUTHENTICATED', 401, 'TRACKING_FORBIDDEN'],
    ['ENDPOINT_NOT_FOUND', 404, 'TRACKING_SERVER_FAILED'],
    ['NOT_IMPLEMENTED', 501, 'TRACKING_SERVER_FAILED'],
    ['SOMETHING_NEW', 400, 'TRACKING_INVALID'],
    ['constructor', 400, 'TRACKING_INVALID'],
  ] as const) {
    test(`${errorCode} is ${code}, in the server's words`, async () => {
      await using server = await serve([
        { status, json: { error_code: errorCode, message: 'why' } },
      ])
      await using client = open(server)
      await assert.rejects(() => client.getExperiment('1'), { code, message: 'why' })
      assert.equal(server.seen.length, 1)
    })
  }

  const page = '<html><style>p {}</style><h1>Sign &amp; in</h1><p>first</p></html>'
  for (const [status, code] of [
    [401, 'TRACKING_FORBIDDEN'],
    [403, 'TRACKING_FORBIDDEN'],
    [404, 'TRACKING_SERVER_FAILED'],
    [405, 'TRACKING_SERVER_FAILED'],
    [413, 'TRACKING_SERVER_FAILED'],
  ] as const) {
    test(`a page with ${status} is ${code}, with its text`, async () => {
      await using server = await serve([{ status, text: page }])
      await using client = open(server)
      await assert.rejects(() => client.getExperiment('1'), {
        code,
        message: new RegExp(`answered ${status}: Sign .* in first$`),
        hint: /./,
      })
    })
  }

  for (const text of ['<html>ok</html>', '[]', '"text"', 'null', '{"a":']) {
    test(`an answer that is ${text} is none`, async () => {
      await using server = await serve([{ text }])
      await using client = open(server)
      await assert.rejects(() => client.getExperiment('1'), {
        ...serverFailed,
        message: /no JSON object/,
      })
    })
  }

  test('an answer of nothing is no answer: a search would find no runs in it', async () => {
    for (const text of ['', '\n']) {
      await using server = await serve([{ text }])
      await using client = open(server)
      await assert.rejects(() => client.searchRuns({ experimentIds: ['1'], maxResults: 10 }), {
        ...serverFailed,
        message: /runs\/search answered nothing$/,
      })
    }
  })

  test('204 is an answer without content', async () => {
    await using server = await serve([{ status: 204 }])
    await using client = open(server)
    await client.logMetrics(runId, [{ key: 'loss', value: 1, timestamp: 1, step: 0 }])
  })

  test('a listing of artifacts that is no JSON object is none', async () => {
    for (const text of ['<html>ok</html>', 'null']) {
      await using server = await serve([{ json: { run: aRun } }, { text }])
      await using client = open(server)
      await assert.rejects(() => client.listArtifacts({ runId }, ''), {
        ...serverFailed,
        message: /no JSON object/,
      })
    }
  })

  test('a redirect is not followed: it could lead tokens elsewhere', async () => {
    await using other = await serve([{ json: anExperiment }])
    await using server = await serve([{ status: 302, headers: { location: other.uri } }])
    await using client = open(server, { token: 'secret', retries: { maxRetries: 0 } })
    await assert.rejects(() => client.getExperiment('1'), serverFailed)
    assert.equal(other.seen.length, 0)
  })

  for (const uri of ['', 'localhost:5000', 'ftp://host', 'sqlite:///x.db', 'http://', '/path']) {
    test(`'${uri}' is no address of a server`, () => {
      assert.throws(() => openTrackingClient({ uri }), { code: 'TRACKING_INVALID' })
    })
  }

  for (const uri of ['sqlite:///x.db', 'postgresql://u:p@h/d', 's3://b/k', 'databricks:x']) {
    test(`'${uri}' is no tracking URI`, async () => {
      await assert.rejects(() => openTracking(uri), { code: 'TRACKING_INVALID' })
    })
  }
})

describe('patience', () => {
  test('a server that does not answer in time is given up', async () => {
    await using server = await serve(['silence'])
    await using client = open(server, { timeoutMs: 50, retries: { maxRetries: 1, baseDelayMs: 1 } })
    await assert.rejects(() => client.getExperiment('1'), { ...serverFailed, message: /in time/ })
    assert.equal(server.seen.length, 2)
  })

  test('an answer that stops in the middle is given up', async () => {
    await using server = await serve(['stall'])
    await using client = open(server, { timeoutMs: 50, retries: { maxRetries: 0 } })
    await assert.rejects(() => client.getExperiment('1'), serverFailed)
  })

  test('who aborts waits no longer, also between two tries', async () => {
    for (const behaviour of [
      'silence',
      { status: 503, headers: { 'retry-after': '9' } },
    ] as const) {
      await using server = await serve([behaviour])
      const aborter = new AbortController()
      await using client = open(server, { signal: aborter.signal })
      const answer = client.getExperiment('1')
      await server.asked
      aborter.abort()
      await assert.rejects(answer, { code: 'INTERRUPTED' })
    }
  })

  test('a client that was closed asks nothing more', async () => {
    await using server = await serve([{ json: anExperiment }])
    const client = open(server)
    await client[Symbol.asyncDispose]()
    await assert.rejects(() => client.getExperiment('1'), { code: 'INTERRUPTED' })
    assert.equal(server.seen.length, 0)
  })
})

describe('requests', () => {
  for (const [name, options, header] of [
    ['a token', { token: 'abc' }, 'Bearer abc'],
    ['a user', { username: 'ada', password: 'pä' }, `Basic ${btoa('ada:p\u00c3\u00a4')}`],
    ['a token before a user', { token: 'abc', username: 'ada' }, 'Bearer abc'],
    ['nobody', {}, undefined],
  ] as const) {
    test(`${name} is told in the header`, async () => {
      await using server = await serve([{ json: anExperiment }])
      await using client = open(server, options)
      await client.getExperiment('1')
      assert.equal(server.seen[0]?.headers.authorization, header)
    })
  }

  test('a user in the URI is used, and told to nobody', async () => {
    await using server = await serve([{ status: 403, text: 'no' }])
    const uri = server.uri.replace('//', '//ada:s%3Acret@')
    await using client = openTrackingClient({ uri })
    assert.equal(client.uri, server.uri)
    const error = await client.getExperiment('1').then(() => 'no error', String)
    assert.match(error, /answered 403/)
    assert.doesNotMatch(error, /cret/)
    assert.equal(server.seen[0]?.headers.authorization, `Basic ${btoa('ada:s:cret')}`)
  })

  test('a percent sign of a password may stand for itself', async () => {
    await using server = await serve([{ json: anExperiment }])
    await using client = openTrackingClient({ uri: server.uri.replace('//', '//ada:100%@') })
    await client.getExperiment('1')
    assert.equal(server.seen[0]?.headers.authorization, `Basic ${btoa('ada:100%')}`)
  })

  test('the prefix of the URI stays, for the API and for artifacts', async () => {
    await using server = await serve([{ json: { run: aRun } }, { text: 'content' }])
    await using client = openTrackingClient({ uri: `${server.uri}/team/mlflow//` })
    const { content } = await client.openArtifact({ runId }, 'a b/%41#?.txt')
    assert.equal((await buffer(content)).toString(), 'content')
    assert.deepEqual(
      server.seen.map(({ path }) => path),
      [
        `/team/mlflow/api/2.0/mlflow/runs/get?run_id=${runId}`,
        `/team/mlflow/api/2.0/mlflow-artifacts/artifacts/1/${runId}/artifacts/a%20b/%2541%23%3F.txt`,
      ],
    )
  })

  test('NaN and infinities are sent as texts, and numbers that come as texts are read', async () => {
    const metric = { key: 'm', value: '-Infinity', timestamp: '1700000000000', step: '-3' }
    await using server = await serve([{ json: {} }, { json: { metrics: [metric, { key: 'z' }] } }])
    await using client = open(server)
    await client.logMetrics(runId, [
      { key: 'a', value: NaN, timestamp: 1, step: 0 },
      { key: 'b', value: -Infinity, timestamp: 1, step: 0 },
    ])
    const sent = JSON.parse(server.seen[0]!.body) as { metrics: { value: unknown }[] }
    assert.deepEqual(
      sent.metrics.map(({ value }) => value),
      ['NaN', '-Infinity'],
    )
    const { items } = await client.readMetricHistory({ runId, key: 'm', maxResults: 2 })
    assert.deepEqual(items, [
      { key: 'm', value: -Infinity, timestamp: 1_700_000_000_000, step: -3 },
      { key: 'z', value: 0, timestamp: 0, step: 0 },
    ])
  })

  test('what a real server would store as something else is not sent', async () => {
    await using server = await serve([])
    await using client = open(server)
    const point = { key: 'm', value: 1, timestamp: 1, step: 0 }
    const refused = { code: 'TRACKING_INVALID' }
    await assert.rejects(() => client.logMetrics(runId, [{ ...point, timestamp: 1.5 }]), refused)
    await assert.rejects(() => client.logMetrics(runId, [{ ...point, step: 2 ** 63 }]), refused)
    await assert.rejects(() => client.endRun(runId, 'FINISHED', NaN), refused)
    assert.equal(server.seen.length, 0)
  })

  test('2,500 metrics are three requests, 250 params are three too', async () => {
    await using server = await serve([{ json: {} }])
    await using client = open(server)
    const points = Array.from({ length: 2500 }, (_, step) => ({
      key: 'm',
      value: 1,
      timestamp: 1,
      step,
    }))
    await client.logMetrics(runId, points)
    await client.logParams(
      runId,
      Object.fromEntries(points.slice(0, 250).map((p) => [`p${p.step}`, ''])),
    )
    const sizes = server.seen.map(({ body }) => {
      const { metrics = [], params = [] } = JSON.parse(body) as Record<string, unknown[]>
      return metrics.length + params.length
    })
    assert.deepEqual(sizes, [1000, 1000, 500, 100, 100, 50])
  })
})

describe('artifacts that the server does not hand on', () => {
  for (const root of ['file:///srv/mlruns/1/r/artifacts', '/srv/x', 's3://bucket/r', '']) {
    test(`those at '${root}' are said to be out of reach`, async () => {
      const run = { ...aRun, info: { ...aRun.info, artifact_uri: root } }
      await using server = await serve([{ json: { run } }])
      await using client = open(server)
      await assert.rejects(() => client.openArtifact({ runId }, 'a'), {
        code: 'TRACKING_INVALID',
        message: /keeps these artifacts at/,
        hint: /serve/,
      })
      assert.equal(server.seen.length, 1)
    })
  }

  test('after one that is refused no more are sent', async () => {
    await using server = await serve([{ json: { run: aRun } }, { status: 404 }, {}])
    await using client = open(server)
    const files = new Map(Array.from({ length: 40 }, (_, i) => [`${i}.txt`, Buffer.from('x')]))
    await assert.rejects(() => client.logArtifacts(runId, 'a', files), serverFailed)
    const sent = server.seen.length
    assert.ok(sent < files.size, `${sent} requests`)
    await wait(50)
    assert.equal(server.seen.length, sent)
  })

  test('another server may hold them', async () => {
    await using other = await serve([{ text: 'there' }])
    const artifactUri = `mlflow-artifacts://${new URL(other.uri).host}/1/${runId}/artifacts`
    const run = { ...aRun, info: { ...aRun.info, artifact_uri: artifactUri } }
    await using server = await serve([{ json: { run } }])
    await using client = open(server, { token: 'secret' })
    const { content } = await client.openArtifact({ runId }, 'a')
    assert.equal((await buffer(content)).toString(), 'there')
    assert.equal(other.seen[0]?.headers.authorization, undefined)
  })
})

const runId = 'a'.repeat(32)
const serverFailed = { code: 'TRACKING_SERVER_FAILED' }
const anExperiment = { experiment: { experiment_id: '1', name: 'e' } }
const aRun = {
  info: { run_id: runId, artifact_uri: `mlflow-artifacts:/1/${runId}/artifacts` },
  data: {},
}

function open(server: OddServer, options: Partial<TrackingClientOptions> = {}): TrackingClient {
  const retries = { maxRetries: 3, baseDelayMs: 1 }
  return openTrackingClient({ uri: server.uri, retries, ...options })
}
