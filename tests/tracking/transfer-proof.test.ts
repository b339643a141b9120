/** What a copy says is there was compared: each point by its value, each file by its content. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { MetricPoint, Tracking } from '../../src/core/tracking.ts'
import { comparePoints } from '../../src/tracking/transfer/compare-points.ts'
import { copyTracking, type CopyResult } from '../../src/tracking/transfer/copy-tracking.ts'
import { toTransferSource } from '../../src/tracking/transfer/transfer-source.ts'
import { openFreshStore } from './open-store.ts'
import { fillHouse, onlyRun } from './transfer-house.ts'

const copy = (from: Tracking, to: Tracking, options = {}): Promise<CopyResult> =>
  copyTracking(toTransferSource(from), to, options)

describe('the proof of a copy', () => {
  test('a point that arrives with another value is missing, and comes with the next copy', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    const result = await copy(from, withMethods(to, { logMetrics: spoilPoint(to) }))
    assert.equal(result.isComplete, false)
    assert.deepEqual(missingOf(result), [['metric points', 1]])
    const next = await copy(from, to)
    assert.ok(next.isComplete)
    assert.equal(next.lines.find(({ kind }) => kind === 'metric points')?.copied, 1)
  })

  test('a file that comes back as something else of the same size is named and not counted', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    const result = await copy(from, withMethods(to, { writeArtifact: spoilFile(to) }))
    assert.deepEqual(missingOf(result), [['artifact files', 1]])
    assert.match(
      result.failures[0]!.what,
      /^'notes\/é 1\.txt' of the artifacts of run [0-9a-f]{32}$/,
    )
    assert.equal(result.failures[0]!.why, 'the target gives back something else than was sent')
    assert.ok((await copy(from, to)).isComplete)
  })

  test('a file that was changed and kept its size is brought, unless sizes are trusted', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    const { parentId } = await fillHouse(from)
    await copy(from, to)
    await from.writeArtifact({ runId: parentId }, 'model/MLmodel', Buffer.from('y'))
    const { runId } = await onlyRun(to, 'parent')
    const trusting = await copy(from, to, { trustsSizes: true })
    assert.ok(trusting.isComplete)
    assert.equal(await textOf(to, runId), 'x')
    const { lines, isComplete } = await copy(from, to)
    assert.ok(isComplete)
    assert.equal(lines.find(({ kind }) => kind === 'artifact files')?.copied, 1)
    assert.equal(await textOf(to, runId), 'y')
  })

  test('histories are compared as sets of points, whatever the order at one moment', async () => {
    const point = fc.record({
      key: fc.constant('k'),
      timestamp: fc.integer({ min: 0, max: 3 }),
      step: fc.integer({ min: -1, max: 1 }),
      value: fc.constantFrom(0, -0, 1, Number.NaN, Infinity, -Infinity),
    })
    const history = fc
      .uniqueArray(point, { selector: nameOf, maxLength: 30 })
      .map((points) => points.toSorted((a, b) => a.timestamp - b.timestamp || a.step - b.step))
    const pageSize = fc.integer({ min: 1, max: 7 })
    await fc.assert(
      fc.asyncProperty(history, history, pageSize, async (wanted, there, size) => {
        const known = new Set(there.map(nameOf))
        assert.deepEqual(await comparePoints(pagesOf(wanted, size), pagesOf(there, 3)), {
          found: wanted.length,
          same: wanted.filter((one) => known.has(nameOf(one))).length,
        })
      }),
    )
  })

  test('infinities are those largest numbers that MLflow keeps for them', async () => {
    const at = { key: 'k', timestamp: 1, step: 0 }
    assert.deepEqual(
      await comparePoints(
        pagesOf([{ ...at, value: Infinity }], 1),
        pagesOf([{ ...at, value: Number.MAX_VALUE }], 1),
      ),
      { found: 1, same: 1 },
    )
  })
})

describe('deleted experiments', () => {
  test('come deleted, with their runs and tags, and a second copy changes nothing', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await from.deleteExperiment(await fillExperiment(from))
    assert.ok((await copy(from, to)).isComplete)
    const before = await to.findExperimentByName('old')
    assert.equal(before?.lifecycleStage, 'deleted')
    assert.deepEqual(before.tags, { team: 'risk' })
    const runs = await runsOf(to, before.experimentId)
    assert.deepEqual(
      runs.map(({ runName, lifecycleStage }) => [runName, lifecycleStage]),
      [['first', 'deleted']],
    )
    assert.ok((await copy(from, to)).isComplete)
    assert.deepEqual(await to.findExperimentByName('old'), before)
    assert.deepEqual(await runsOf(to, before.experimentId), runs)
  })

  test('that got more before they were deleted again are brought up to date', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    const id = await fillExperiment(from)
    await from.deleteExperiment(id)
    await copy(from, to)
    await from.restoreExperiment(id)
    const [run] = await runsOf(from, id)
    await from.logMetrics(run!.runId, [{ key: 'late', value: 1, timestamp: 1, step: 0 }])
    await from.createRun({ experimentId: id, runName: 'second', startTime: 2 })
    await from.deleteExperiment(id)
    assert.ok((await copy(from, to)).isComplete)
    const there = (await to.findExperimentByName('old'))!
    assert.equal(there.lifecycleStage, 'deleted')
    const runs = await runsOf(to, there.experimentId)
    assert.deepEqual(runs.map(({ runName }) => runName).sort(), ['first', 'second'])
    assert.ok(runs.every(({ lifecycleStage }) => lifecycleStage === 'deleted'))
  })

  test('that were deleted since the last copy are deleted in the target', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    const id = await fillExperiment(from)
    await copy(from, to)
    assert.equal((await to.findExperimentByName('old'))?.lifecycleStage, 'active')
    await from.deleteExperiment(id)
    assert.ok((await copy(from, to)).isComplete)
    assert.equal((await to.findExperimentByName('old'))?.lifecycleStage, 'deleted')
  })

  test('are left where the target has runs of its own in one of that name, which is named', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await from.deleteExperiment(await fillExperiment(from))
    await to.startRun({ experimentName: 'old', runName: 'mine', startTime: 1, tags: {} })
    const { failures, isComplete } = await copy(from, to)
    assert.equal(isComplete, false)
    assert.deepEqual(failures, [
      {
        what: `experiment 'old'`,
        why: 'it is deleted in the source, but the target has runs of its own in it: it was left',
      },
    ])
    const there = (await to.findExperimentByName('old'))!
    assert.equal(there.lifecycleStage, 'active')
    assert.deepEqual(
      (await runsOf(to, there.experimentId))
        .map(({ runName, lifecycleStage }) => [runName, lifecycleStage])
        .sort(),
      [
        ['first', 'deleted'],
        ['mine', 'active'],
      ],
    )
  })

  test('are counted by a dry run, which restores none', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    const id = await fillExperiment(from)
    await from.deleteExperiment(id)
    await copy(from, to)
    const before = await to.findExperimentByName('old')
    const { lines } = await copy(from, to, { isDryRun: true })
    assert.ok(lines.every(({ found, alreadyThere }) => found === alreadyThere))
    assert.deepEqual(await to.findExperimentByName('old'), before)
  })
})

function missingOf({ lines }: CopyResult): unknown {
  return lines
    .filter(({ found, present }) => found !== present)
    .map(({ kind, found, present }) => [kind, found - present])
}

function withMethods(tracker: Tracking, methods: Partial<Tracking>): Tracking {
  return { ...tracker, ...methods }
}

/** The point at step 700 is written as another one. */
function spoilPoint(to: Tracking): Tracking['logMetrics'] {
  return (runId, points) =>
    to.logMetrics(
      runId,
      points.map((point) => (point.step === 700 ? { ...point, value: -1 } : point)),
    )
}

/** The text file is written with other letters. */
function spoilFile(to: Tracking): Tracking['writeArtifact'] {
  return (owner, path, content) =>
    to.writeArtifact(owner, path, path.endsWith('.txt') ? Buffer.from('TEXT') : content)
}

async function textOf(tracker: Tracking, runId: string): Promise<string> {
  const files = await tracker.readArtifacts(runId, 'model')
  return Buffer.from(files.get('MLmodel')!).toString()
}

function nameOf({ timestamp, step, value }: MetricPoint): string {
  return `${timestamp} ${step} ${value}`
}

async function* pagesOf(
  points: readonly MetricPoint[],
  size: number,
): AsyncGenerator<readonly MetricPoint[]> {
  for (let start = 0; start < points.length; start += size) {
    yield await Promise.resolve(points.slice(start, start + size))
  }
}

async function fillExperiment(to: Tracking): Promise<string> {
  const experimentId = await to.createExperiment({ name: 'old', tags: { team: 'risk' } })
  const { runId } = await to.createRun({ experimentId, runName: 'first', startTime: 1 })
  await to.logParams(runId, { depth: '3' })
  await to.logMetrics(runId, [{ key: 'loss', value: 0.5, timestamp: 1, step: 0 }])
  await to.writeArtifact({ runId }, 'a.txt', Buffer.from('a'))
  const { modelId } = await to.createLoggedModel({ experimentId, sourceRunId: runId })
  await to.finishLoggedModel(modelId, 'LOGGED_MODEL_READY')
  return experimentId
}

async function runsOf(
  tracker: Tracking,
  experimentId: string,
): Promise<Awaited<ReturnType<Tracking['searchRuns']>>['items']> {
  const search = { experimentIds: [experimentId], viewType: 'ALL', maxResults: 10 } as const
  return (await tracker.searchRuns(search)).items
}
