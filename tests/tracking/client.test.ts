/** Our client against our server. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadModel } from '../../src/tracking/client/load-model.ts'
import { openTracking } from '../../src/tracking/client/open-tracking.ts'
import { openTrackingClient, type TrackingClient } from '../../src/tracking/client/rest-client.ts'
import { searchRuns } from '../../src/tracking/client/find-runs.ts'
import { startRun } from '../../src/tracking/client/start-run.ts'
import type { Tracking } from '../../src/core/tracking.ts'
import { testTrackingContract } from '../contracts/tracking/contract.ts'
import {
  files,
  newRun,
  newVersion,
  ourServerTraits,
  point,
  startWithModel,
} from '../contracts/tracking/trackers.ts'
import { openServedStore, type ServedStore } from './serve-store.ts'

testTrackingContract('our server through our client', {
  open: async () => {
    const served = await openServedStore()
    const client = openTo(served)
    return {
      ...client,
      [Symbol.asyncDispose]: async () => {
        await client[Symbol.asyncDispose]()
        await served[Symbol.asyncDispose]()
        assert.deepEqual(served.failures, [])
      },
    }
  },
  traits: ourServerTraits,
})

describe('client and store', () => {
  test('both tell the same of all that was logged', async () => {
    await using served = await openServedStore()
    await using client = openTo(served)
    const runId = await startWithModel(client)
    await client.logBatch(runId, {
      metrics: [point('a', NaN), point('b', -Infinity), { ...point('c', 1, -7), timestamp: 9 }],
      params: { p: '1' },
      tags: { t: '' },
    })
    const { experimentId } = await client.getRun(runId)
    const model = await client.createLoggedModel({ experimentId, sourceRunId: runId })
    await client.logMetrics(runId, [
      { ...point('auc', 0.5), modelId: model.modelId, datasetName: 'd', datasetDigest: 'x' },
    ])
    await client.logOutputs(runId, [{ modelId: model.modelId, step: 1 }])
    const { name } = await client.createModelVersion(newVersion({ runId }))
    const { store } = served
    const tellers: readonly ((tracking: Tracking) => Promise<unknown>)[] = [
      (tracking) => tracking.getRun(runId),
      (tracking) => tracking.getExperiment(experimentId),
      (tracking) => tracking.getLoggedModel(model.modelId),
      (tracking) => tracking.getRegisteredModel(name),
      (tracking) => tracking.findModelVersion(name, 'champion'),
      (tracking) => tracking.listModelVersions(name),
      (tracking) => tracking.listArtifacts({ runId }, 'model'),
      (tracking) => tracking.searchRuns({ experimentIds: [experimentId], maxResults: 5 }),
      (tracking) => tracking.searchRegisteredModels({ maxResults: 5 }),
      (tracking) => tracking.readMetricHistory({ runId, key: 'a', maxResults: 5 }),
    ]
    for (const tell of tellers) assert.deepEqual(await tell(client), await tell(store))
  })

  test('why an alias moves goes into the log of the registry', async () => {
    await using served = await openServedStore()
    await using client = openTo(served)
    const runId = await startWithModel(client)
    const version = newVersion({ runId, aliases: ['champion'], reason: 'passed the gates' })
    await client.createModelVersion(version)
    const change = { reason: 'drifted', timestamp: 1 }
    await client.deleteModelAlias(version.name, 'champion', change)
    const log = await served.store.readAudit(version.name)
    const reasons = log.filter(({ alias }) => alias === 'champion').map(({ reason }) => reason)
    assert.deepEqual(reasons, ['passed the gates', 'drifted'])
  })

  test('a token does what its role may, as bearer or as password; without one nothing is told', async () => {
    await using served = await openServedStore()
    const createToken = async (role: 'read' | 'write'): Promise<string> =>
      served.store.tokens.createToken({ name: role, role, creationTime: 1 })
    const [reading, writing] = [await createToken('read'), await createToken('write')]
    const forbidden = { code: 'TRACKING_FORBIDDEN' }
    const { address: uri } = served
    await using nobody = openTrackingClient({ uri })
    await using stranger = openTrackingClient({ uri, token: 'guess' })
    await using reader = openTrackingClient({ uri, token: reading })
    await using writer = openTrackingClient({ uri, username: 'ada', password: writing })
    for (const client of [nobody, stranger]) {
      await assert.rejects(() => client.getExperiment('0'), forbidden)
    }
    assert.equal((await reader.getExperiment('0')).name, 'Default')
    await assert.rejects(() => reader.startRun(newRun()), forbidden)
    const runId = await writer.startRun(newRun())
    await writer.logArtifacts(runId, '', files({ a: 'x' }))
    await assert.rejects(() => nobody.openArtifact({ runId }, 'a'), forbidden)
    assert.equal((await reader.readArtifacts(runId, '')).size, 1)
  })

  test('runs of experiments by name come over all pages, as many as wanted', async () => {
    await using served = await openServedStore()
    await using client = openTo(served)
    const start = async (experimentName: string, startTime: number): Promise<string> =>
      client.startRun(newRun({ experimentName, startTime }))
    for (let i = 0; i < 5; i++) await start('one', i)
    await start('two', 9)
    const query = { experimentNames: ['one', 'two'], filter: 'start_time > 0' }
    const all = await searchRuns(client, query)
    assert.deepEqual(
      all.map(({ startTime }) => startTime),
      [9, 4, 3, 2, 1],
    )
    const some = await searchRuns(client, { ...query, limit: 2 })
    assert.deepEqual(
      some.map(({ startTime }) => startTime),
      [9, 4],
    )
    await assert.rejects(() => searchRuns(client, { experimentNames: ['none'] }), {
      code: 'TRACKING_NOT_FOUND',
    })
  })

  test('a full disk is said where a metric is logged, and what was logged before arrives', async () => {
    await using served = await openServedStore()
    const script = fileURLToPath(import.meta.resolve('./full-disk-writer.ts'))
    const command = `ulimit -f 16; exec "${process.execPath}" "${script}" "${served.address}" "${served.directory}/spool"`
    const { stdout } = await promisify(execFile)('bash', ['-c', command])
    const { runId, code, count } = JSON.parse(stdout) as Record<string, string | number>
    assert.equal(code, 'FILE_WRITE_FAILED')
    const run = await served.store.getRun(String(runId))
    assert.equal(run.status, 'FINISHED')
    const search = { runId: run.runId, key: 'loss', maxResults: 9999 }
    const { items } = await served.store.readMetricHistory(search)
    assert.ok(Number(count) > 100)
    assert.equal(items.length, count)
  })

  test('a server before MLflow 3 gets a model among the artifacts of its run', async () => {
    await using served = await openServedStore()
    await using old = await openOldServer(served)
    await using tracking = await openTracking(old.uri)
    const spoolDirectory = join(served.directory, 'spool')
    await using run = await startRun(tracking, { context: false, spoolDirectory })
    const model = files({ MLmodel: '{"flavors": {}}', 'a/b.bin': '\0' })
    const aliases = ['champion']
    const logged = await run.logModel({ name: 'm', model, registeredName: 'credit', aliases })
    assert.deepEqual([logged.modelId, logged.modelUri], [undefined, `runs:/${run.runId}/m`])
    assert.equal(logged.version?.source, `${run.artifactUri}/m`)
    for (const uri of ['models:/credit@champion', logged.modelUri]) {
      const loaded = await loadModel(tracking, uri)
      assert.deepEqual([loaded.owner, loaded.files.size], [{ runId: run.runId }, 2])
    }
  })

  test('a run is logged and its model loaded over the network as without one', async () => {
    await using served = await openServedStore()
    const environment = { MLFLOW_TRACKING_URI: served.address }
    await using tracking = await openTracking(undefined, { environment })
    const spoolDirectory = join(served.directory, 'spool')
    const run = await startRun(tracking, { context: false, spoolDirectory })
    for (let step = 0; step < 3000; step++) run.logMetric('loss', step, { step })
    const model = files({ MLmodel: '{"flavors": {}}', 'a/b.bin': '\0' })
    const { modelUri } = await run.logModel({ name: 'm', model, registeredName: 'credit' })
    await run.end()
    const search = { runId: run.runId, key: 'loss', maxResults: 9999 }
    assert.equal((await served.store.readMetricHistory(search)).items.length, 3000)
    const loaded = await loadModel(tracking, 'models:/credit/latest')
    assert.deepEqual(loaded.owner, { modelId: modelUri.slice('models:/'.length) })
    assert.equal(loaded.files.size, 2)
  })
})

/** A server that knows no logged models, as those before MLflow 3: ours, behind one that hides them. */
async function openOldServer(served: ServedStore): Promise<{ uri: string } & AsyncDisposable> {
  const proxy = createServer((request, response) => {
    if (request.url?.includes('/logged-models') === true) {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>')
      return
    }
    const target = new URL(request.url ?? '/', served.address)
    const { method, headers } = request
    const host = new URL(served.address).host
    const sent = forward(target, { method, headers: { ...headers, host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    request.pipe(sent)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    uri: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      proxy.close()
      proxy.closeAllConnections()
      await once(proxy, 'close')
    },
  }
}

function openTo(served: ServedStore): TrackingClient {
  return openTrackingClient({ uri: served.address, retries: { maxRetries: 1, baseDelayMs: 1 } })
}
