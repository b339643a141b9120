import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PipelineHistoryReader, PipelineRunDetails } from '../../src/core/pipeline-history.ts'
import { ask, openServedStore } from './serve-store.ts'

describe('the runs of the pipeline', () => {
  test('are listed, the newest first, and told one by one', async () => {
    await using served = await openServedStore({ history: historyOf(75) })
    const first = await ask(served.address, '/api/pipeline/runs')
    assert.equal(first.status, 200)
    assert.deepEqual(
      [first.json.runs.length, first.json.runs[0].id, first.json.hasMore],
      [50, 75, true],
    )
    const rest = await ask(served.address, '/api/pipeline/runs?before=26&limit=200')
    assert.deepEqual([rest.json.runs.length, rest.json.hasMore], [25, false])
    const one = await ask(served.address, '/api/pipeline/runs/7')
    assert.deepEqual(one.json.run, JSON.parse(JSON.stringify(runOf(7))))
    assert.deepEqual(served.failures, [])
  })

  test('are none where nobody keeps a history', async () => {
    await using served = await openServedStore()
    assert.deepEqual((await ask(served.address, '/api/pipeline/runs')).json, {
      runs: [],
      hasMore: false,
    })
    assert.equal((await ask(served.address, '/api/pipeline/runs/1')).status, 404)
  })

  test('are read only, and numbers that are none are refused', async () => {
    await using served = await openServedStore({ history: historyOf(3) })
    for (const path of [
      'runs?limit=0',
      'runs?limit=x',
      'runs?before=-1',
      'runs?limit=1&limit=2',
      'runs/x',
      'runs/1e3',
    ]) {
      const answer = await ask(served.address, `/api/pipeline/${path}`)
      assert.deepEqual(
        [answer.status, answer.json.error_code],
        [400, 'INVALID_PARAMETER_VALUE'],
        path,
      )
    }
    assert.equal((await ask(served.address, '/api/pipeline/runs/9')).status, 404)
    assert.equal((await ask(served.address, '/api/pipeline/runs', { method: 'POST' })).status, 404)
    assert.equal(
      (await ask(served.address, '/api/pipeline/runs/1', { method: 'DELETE' })).status,
      404,
    )
    const foreign = { headers: { host: 'evil.example.org' } }
    assert.equal((await ask(served.address, '/api/pipeline/runs', foreign)).status, 403)
    assert.deepEqual(served.failures, [])
  })

  test('a history that cannot be read is the fault of the server, which says so to itself only', async () => {
    const failing = async (): Promise<never> => {
      throw new Error('/secret/place is damaged')
    }
    await using served = await openServedStore({ history: { listRuns: failing, readRun: failing } })
    const answer = await ask(served.address, '/api/pipeline/runs')
    assert.equal(answer.status, 500)
    assert.ok(!answer.text.includes('secret'))
    assert.equal(served.failures.length, 1)
  })
})

function historyOf(count: number): PipelineHistoryReader {
  const runs = Array.from({ length: count }, (_, i) => runOf(count - i))
  return {
    listRuns: async ({ limit, before = Infinity }) =>
      runs.filter(({ id }) => id < before).slice(0, limit),
    readRun: async (id) => runs.find((run) => run.id === id),
  }
}

function runOf(id: number): PipelineRunDetails {
  return {
    id,
    trigger: 'manual',
    outcome: 'succeeded',
    startTime: id * 1000,
    endTime: id * 1000 + 500,
    targets: [],
    folder: '.',
    gitCommit: undefined,
    message: undefined,
    counts: { unchanged: 2 },
    stages: [],
  }
}
