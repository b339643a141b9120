/** The folder in tests/fixtures/mlruns was written by MLflow 3.17.2; only the paths in it were changed. */

import assert from 'node:assert/strict'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import { copyTracking } from '../../src/tracking/transfer/copy-tracking.ts'
import { readMlruns } from '../../src/tracking/transfer/mlruns-file.ts'
import { openFreshStore } from './open-store.ts'
import { openTemporaryFolder, type TemporaryFolder } from './temporary-folder.ts'
import { onlyRun } from './transfer-house.ts'

const golden = resolve(import.meta.dirname, '../fixtures/mlruns')
const runFolder = '244578756310087165/51fe9eab2b1a49929c54a0ec16da78b6'
const modelFolder = '244578756310087165/models/m-8917008eaabc409eb5896888b605de4e'

describe('importing mlruns', () => {
  test('brings all, deleted experiments as deleted', async () => {
    await using store = await openFreshStore()
    const { lines, failures, isComplete } = await copyTracking(readMlruns(golden), store)
    assert.deepEqual(failures, [])
    assert.ok(isComplete)
    const found = Object.fromEntries(lines.map(({ kind, found: count }) => [kind, count]))
    assert.deepEqual(found, {
      experiments: 3,
      runs: 3,
      params: 4,
      tags: 11,
      'metric points': 6,
      datasets: 1,
      'model links': 2,
      'artifact files': 3,
      'logged models': 1,
      'model metrics': 2,
      'registered models': 1,
      'model versions': 3,
      aliases: 1,
      stages: 1,
    })
    assert.equal((await store.findExperimentByName('old'))?.lifecycleStage, 'deleted')
  })

  test('a run is what it was', async () => {
    await using store = await openFreshStore()
    await copyTracking(readMlruns(golden), store)
    const run = await store.getRun((await onlyRun(store, 'first')).runId)
    assert.equal(run.status, 'FINISHED')
    assert.equal(run.startTime, 1_700_000_000_000)
    assert.equal(run.endTime, 1_700_000_005_000)
    assert.deepEqual(run.params, { depth: '3', empty: '', 'opt/rate': '0.1' })
    assert.equal(run.tags['a/b'], 'nested')
    assert.equal(run.tags['mlflow.note.content'], 'two\nlines')
    assert.deepEqual(run.inputs.datasets, [
      {
        dataset: {
          name: 'train',
          digest: 'abc',
          sourceType: 'local',
          source: '/x',
          schema: '{}',
          profile: '{"n":1}',
        },
        tags: { 'mlflow.data.context': 'training' },
      },
    ])
    const history = await store.readMetricHistory({ runId: run.runId, key: 'loss', maxResults: 9 })
    assert.deepEqual(
      history.items.map(({ value, step, timestamp }) => [value, step, timestamp]),
      [
        [0.5, 0, 1_700_000_000_000],
        [Number.NaN, 1, 1_700_000_000_001],
        [Infinity, 2, 1_700_000_000_002],
      ],
    )
    const files = await store.readArtifacts(run.runId, '')
    assert.deepEqual([...files.keys()].toSorted(), ['empty.txt', 'model/m.txt'])
    assert.equal((await onlyRun(store, 'child')).tags['mlflow.parentRunId'], run.runId)
    assert.equal((await onlyRun(store, 'gone')).lifecycleStage, 'deleted')
  })

  test('the registry keeps numbers, alias, stage and lineage', async () => {
    await using store = await openFreshStore()
    await copyTracking(readMlruns(golden), store)
    const run = await onlyRun(store, 'first')
    const versions = await store.listModelVersions('scorer')
    assert.deepEqual(
      versions.map(({ version, aliases, stage, runId }) => [version, aliases, stage, runId]),
      [
        ['4', [], 'None', run.runId],
        ['3', ['champion'], 'None', run.runId],
        ['1', [], 'Production', run.runId],
      ],
    )
    const model = await store.getLoggedModel(versions[0]!.modelId!)
    assert.deepEqual(
      model.metrics.map(({ key, value, datasetName }) => [key, value, datasetName]).toSorted(),
      [
        ['both', 1, undefined],
        ['macc', 0.7, 'train'],
      ],
    )
  })

  test('twice is the same as once', async () => {
    await using store = await openFreshStore()
    await copyTracking(readMlruns(golden), store)
    const again = await copyTracking(readMlruns(golden), store)
    assert.deepEqual(
      again.lines.filter(({ copied }) => copied !== 0),
      [],
    )
  })

  test('a folder without experiments is refused', async () => {
    await using folder = await openTemporaryFolder()
    for (const path of [folder.path, join(folder.path, 'nowhere')]) {
      assert.throws(() => readMlruns(path), { code: 'FILE_MISSING' })
    }
  })

  test('all damaged files are named at once', async () => {
    await using folder = await copyGolden({
      [`${runFolder}/metrics/loss`]: '1700000000000 0.5 0\n1700000000001 0.4x 1\nhello\n',
      [`${runFolder}/tags/a/b`]: Buffer.from([0xff, 0xfe]),
      '244578756310087165/df046d676b614501a15d8df816cf3a6a/meta.yaml': 'status: [',
      [`${modelFolder}/meta.yaml`]: 'status: 9\n',
      'models/scorer/version-1/meta.yaml': 'current_stage: Live\nrun_id: {}\n',
      '0/meta.yaml': '- a list\n',
    })
    assert.deepEqual(
      problemsOf(folder),
      [
        `0/meta.yaml: is no YAML mapping`,
        `0/meta.yaml: 'name' is missing`,
        `${runFolder}/tags/a/b: is no UTF-8`,
        `${runFolder}/metrics/loss: line 2 is '1700000000001 0.4x 1', expected 'timestamp value step'`,
        `${runFolder}/metrics/loss: line 3 is 'hello', expected 'timestamp value step'`,
        `244578756310087165/df046d676b614501a15d8df816cf3a6a/meta.yaml: is no YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 10`,
        `244578756310087165/df046d676b614501a15d8df816cf3a6a/meta.yaml: 'start_time' is missing`,
        `244578756310087165/df046d676b614501a15d8df816cf3a6a/meta.yaml: 'status' is '', expected an integer from 1 to 5`,
        `${modelFolder}/meta.yaml: 'status' is '9', expected an integer from 1 to 3`,
        `models/scorer/version-1/meta.yaml: 'current_stage' is 'Live', expected None, Staging, Production, Archived`,
        `models/scorer/version-1/meta.yaml: 'run_id' is no text`,
      ].toSorted(),
    )
  })

  for (const line of [
    '-1 0.5 0',
    '1.5 0.5 0',
    '99999999999999999999 0.5 0',
    '1 0.5 0.5',
    '1 0x10 0',
    '1 one 0',
    '1 constructor 0',
    '1',
    '1 1 1 data digest more',
  ]) {
    test(`the metric line '${line}' is damage`, async () => {
      await using folder = await copyGolden({ [`${runFolder}/metrics/loss`]: line })
      assert.equal(problemsOf(folder).length, 1)
    })
  }

  for (const [line, value, step] of [
    ['5 1e-3 7', 0.001, 7],
    ['5 -inf -2', -Infinity, -2],
    ['5 .5', 0.5, 0],
    ['5 3. 1 data digest', 3, 1],
  ] as const) {
    test(`the metric line '${line}' is a point`, async () => {
      await using folder = await copyGolden({ [`${runFolder}/metrics/loss`]: `${line}\n` })
      await using store = await openFreshStore()
      await copyTracking(readMlruns(folder.path), store)
      const { runId } = await onlyRun(store, 'first')
      const { items } = await store.readMetricHistory({ runId, key: 'loss', maxResults: 9 })
      assert.deepEqual(
        items.map((point) => [point.timestamp, point.value, point.step]),
        [[5, value, step]],
      )
    })
  }

  test('links lead nowhere', async () => {
    await using folder = await copyGolden({})
    await using outside = await openTemporaryFolder()
    writeFileSync(join(outside.path, 'secret'), 'secret')
    symlinkSync(join(outside.path, 'secret'), join(folder.path, runFolder, 'params/stolen'))
    assert.deepEqual(problemsOf(folder), [`${runFolder}/params/stolen: is no file`])
    rmSync(join(folder.path, runFolder, 'params/stolen'))
    symlinkSync(join(outside.path, 'secret'), join(folder.path, runFolder, 'artifacts/stolen'))
    await using store = await openFreshStore()
    const { failures, isComplete } = await copyTracking(readMlruns(folder.path), store)
    assert.equal(isComplete, false)
    assert.match(failures.map(({ why }) => why).join(), /'stolen' is no file, but a link/)
    rmSync(join(folder.path, runFolder, 'artifacts'), { recursive: true })
    symlinkSync(outside.path, join(folder.path, runFolder, 'artifacts'))
    const again = await copyTracking(readMlruns(folder.path), store)
    assert.match(again.failures.map(({ why }) => why).join(), /artifacts' is a link/)
  })

  test('artifacts that lie elsewhere are named, and the rest comes', async () => {
    await using folder = await copyGolden({})
    writeFileSync(
      join(folder.path, runFolder, 'meta.yaml'),
      'artifact_uri: s3://bucket/1/artifacts\nstart_time: 1\nstatus: 3\nrun_name: first\n',
    )
    await using store = await openFreshStore()
    const { failures, isComplete } = await copyTracking(readMlruns(folder.path), store)
    assert.equal(isComplete, false)
    assert.deepEqual(failures, [
      {
        what: 'artifacts of run 51fe9eab2b1a49929c54a0ec16da78b6',
        why: `the artifacts lie at 's3://bucket/1/artifacts', outside of the folder that is imported`,
      },
    ])
    assert.equal((await onlyRun(store, 'first')).params['depth'], '3')
    assert.equal((await onlyRun(store, 'child')).runName, 'child')
  })

  test('an input cannot name a file outside', async () => {
    await using folder = await copyGolden({
      [`${runFolder}/inputs/ee1375227ab3174299e0413edf3dd2e4/meta.yaml`]:
        'source_id: ../../models\nsource_type: DATASET\n',
    })
    assert.deepEqual(problemsOf(folder), [
      `244578756310087165: an input names the dataset '../../models'`,
    ])
  })
})

/** A copy of the golden folder with some files written over. */
async function copyGolden(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<TemporaryFolder> {
  const folder = await openTemporaryFolder()
  cpSync(golden, folder.path, { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder.path, path, '..'), { recursive: true })
    writeFileSync(join(folder.path, path), content)
  }
  return folder
}

/** Sorted, with paths below the folder. */
function problemsOf({ path }: TemporaryFolder): readonly string[] {
  try {
    readMlruns(path)
  } catch (error) {
    assert.ok(error instanceof ToolkitError)
    assert.equal(error.code, 'TRACKING_STORE_INVALID')
    const problems = error.details['problems'] as readonly string[]
    return problems.map((problem) => problem.replaceAll(`${path}/`, '')).toSorted()
  }
  return []
}
