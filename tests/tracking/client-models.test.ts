import assert from 'node:assert/strict'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { downloadModel, findModel, loadModel } from '../../src/tracking/client/load-model.ts'
import type { OpenedTracking } from '../../src/tracking/client/open-tracking.ts'
import { registerModel, setAlias } from '../../src/tracking/client/register-model.ts'
import { startRun } from '../../src/tracking/client/start-run.ts'
import { files, newVersion, startWithModel } from '../contracts/tracking/trackers.ts'
import { openFresh } from './open-fresh.ts'

test('a model folder is logged with its run, registered, and found by each of its addresses', async () => {
  await using tracking = await openFresh()
  const folder = join(tracking.uri, 'made')
  await mkdir(join(folder, 'data'), { recursive: true })
  await writeFile(join(folder, 'MLmodel'), manifest)
  await writeFile(join(folder, 'data/model.onnx'), 'bytes')
  await using run = await startRun(tracking, quiet)
  const logged = await run.logModel({
    name: 'classifier',
    model: folder,
    modelType: 'boosting',
    params: { depth: '4' },
    step: 3,
    registeredName: 'credit',
    aliases: ['champion'],
    reason: 'better',
  })
  const { modelUri, version } = logged
  const modelId = modelUri.slice('models:/'.length)
  assert.equal(logged.modelId, modelId)
  assert.deepEqual(
    [version?.version, version?.modelId, version?.runId, version?.source, version?.aliases],
    ['1', modelId, run.runId, modelUri, ['champion']],
  )
  const model = await tracking.getLoggedModel(modelId)
  assert.deepEqual(
    [model.status, model.name, model.modelType, model.sourceRunId, model.params],
    ['LOGGED_MODEL_READY', 'classifier', 'boosting', run.runId, { depth: '4' }],
  )
  assert.deepEqual((await tracking.getRun(run.runId)).outputs, [{ modelId, step: 3 }])
  await tracking.transitionStage('credit', '1', 'Production', {
    archivesOthers: false,
    timestamp: 1,
  })
  for (const uri of [
    modelUri,
    'models:/credit@champion',
    'models:/credit/1',
    'models:/credit/latest',
    'models:/credit/production',
    `runs:/${run.runId}/classifier`,
  ]) {
    const loaded = await loadModel(tracking, uri)
    assert.deepEqual(loaded.owner, { modelId }, uri)
    assert.deepEqual([...loaded.files.keys()].sort(), ['MLmodel', 'data/model.onnx'], uri)
    assert.equal(Buffer.from(loaded.files.get('data/model.onnx')!).toString(), 'bytes')
    const named = parse(Buffer.from(loaded.files.get('MLmodel')!).toString()) as object
    assert.deepEqual(named, {
      flavors: { onnx: { data: 'x' } },
      model_id: modelId,
      run_id: run.runId,
    })
  }
})

test('a folder among the artifacts of a run is a model too, registered or not', async () => {
  await using tracking = await openFresh()
  const runId = await startWithModel(tracking)
  const { name } = await tracking.createModelVersion(newVersion({ runId, aliases: ['champion'] }))
  const again = await registerModel(tracking, { name, modelUri: `runs:/${runId}/model` })
  assert.deepEqual([again.version, again.runId], ['2', runId])
  await setAlias(tracking, name, 'champion', { version: '2', reason: 'newer' })
  for (const uri of [`models:/${name}@champion`, `models:/${name}/1`, `runs:/${runId}/model`]) {
    const { owner, path } = await findModel(tracking, uri)
    assert.deepEqual({ owner, path }, { owner: { runId }, path: 'model' }, uri)
  }
  const { version } = await findModel(tracking, `models:/${name}@champion`)
  assert.equal(version?.version, '2')
})

test('a copied version leads to the files of the first', async () => {
  await using tracking = await openFresh()
  const runId = await startWithModel(tracking)
  const { name } = await tracking.createModelVersion(newVersion({ runId }))
  await tracking.createRegisteredModel({ name: 'copy' }, change)
  await tracking.registerModelVersion({ name: 'copy', source: `models:/${name}/1` }, change)
  const { files: found } = await loadModel(tracking, 'models:/copy/1')
  assert.deepEqual([...found.keys()], ['MLmodel'])
})

test('a download is the folder, whole', async () => {
  await using tracking = await openFresh()
  await using run = await startRun(tracking, quiet)
  const model = files({ MLmodel: manifest, 'a/b/c.bin': '\0', empty: '' })
  const { modelUri } = await run.logModel({ name: 'm', model })
  const folder = join(tracking.uri, 'downloaded/model')
  await downloadModel(tracking, modelUri, folder)
  assert.deepEqual((await readdir(folder)).sort(), ['MLmodel', 'a', 'empty'])
  assert.equal(await readFile(join(folder, 'a/b/c.bin'), 'utf8'), '\0')
  assert.deepEqual(await readdir(join(tracking.uri, 'downloaded')), ['model'])
})

test('a download that fails leaves nothing behind', async () => {
  await using tracking = await openFresh()
  await using run = await startRun(tracking, quiet)
  const { modelUri } = await run.logModel({
    name: 'm',
    model: files({ MLmodel: manifest, z: 'z' }),
  })
  const broken: OpenedTracking = {
    ...tracking,
    openArtifact: async (owner, path) => {
      if (path === 'z') throw new Error('gone')
      return tracking.openArtifact(owner, path)
    },
  }
  const folder = join(tracking.uri, 'downloaded/model')
  await assert.rejects(() => downloadModel(broken, modelUri, folder), /gone/)
  assert.deepEqual(await readdir(join(tracking.uri, 'downloaded')), [])
})

test('a name that a server gives does not lead out of the folder, nor make another', async () => {
  await using tracking = await openFresh()
  await using run = await startRun(tracking, quiet)
  const model = files({ MLmodel: manifest, z: 'z' })
  const { modelUri } = await run.logModel({ name: 'm', model })
  const lying: OpenedTracking = {
    ...tracking,
    listArtifacts: async (owner, path) => [
      ...(await tracking.listArtifacts(owner, path)),
      { path: '../made/z', isFolder: false, sizeBytes: 1 },
    ],
  }
  const folder = join(tracking.uri, 'downloaded/model')
  const refusal = { code: 'TRACKING_INVALID', message: 'Invalid path' }
  await assert.rejects(() => downloadModel(lying, modelUri, folder), refusal)
  assert.ok(!(await readdir(tracking.uri, { recursive: true })).some((name) => /made/.test(name)))
})

test('a model that cannot be stored whole is marked as failed and not registered', async () => {
  await using tracking = await openFresh()
  await using run = await startRun(tracking, quiet)
  const model = files({ MLmodel: manifest, '../up': 'x' })
  await assert.rejects(() => run.logModel({ name: 'm', model, registeredName: 'credit' }), {
    code: 'TRACKING_INVALID',
  })
  const { items } = await tracking.searchLoggedModels({ experimentIds: ['0'], maxResults: 9 })
  assert.deepEqual(
    items.map(({ status }) => status),
    ['LOGGED_MODEL_UPLOAD_FAILED'],
  )
  assert.deepEqual(await tracking.listModelVersions('credit'), [])
})

for (const [what, content] of [
  ['no manifest', { 'model.onnx': 'x' }],
  ['a manifest that is no YAML', { MLmodel: '{a: [' }],
  ['a manifest that is a list', { MLmodel: '[1]' }],
] as const) {
  test(`a folder with ${what} is no model, and none is logged`, async () => {
    await using tracking = await openFresh()
    await using run = await startRun(tracking, quiet)
    const model = files(content)
    await assert.rejects(() => run.logModel({ name: 'm', model }), { code: 'MODEL_INVALID' })
    const page = await tracking.searchLoggedModels({ experimentIds: ['0'], maxResults: 9 })
    assert.deepEqual(page.items, [])
  })
}

test('what is not there is said with its address', async () => {
  await using tracking = await openFresh()
  const runId = await startWithModel(tracking)
  await tracking.createRegisteredModel({ name: 'credit' }, change)
  const source = 's3://bucket/model'
  await tracking.registerModelVersion({ name: 'credit', source, runId }, change)
  await tracking.logArtifacts(runId, 'nomodel', files({ 'a.txt': 'x' }))
  for (const [uri, code] of [
    ['models:/none@champion', 'MODEL_NOT_FOUND'],
    ['models:/credit@champion', 'MODEL_NOT_FOUND'],
    ['models:/credit/2', 'MODEL_NOT_FOUND'],
    ['models:/credit/Staging', 'MODEL_NOT_FOUND'],
    ['models:/none/latest', 'MODEL_NOT_FOUND'],
    ['models:/credit/1', 'MODEL_NOT_FOUND'],
    [`runs:/${runId}/none`, 'MODEL_NOT_FOUND'],
    [`runs:/${runId}/nomodel`, 'MODEL_NOT_FOUND'],
    [`runs:/${'0'.repeat(32)}/model`, 'TRACKING_NOT_FOUND'],
    [`models:/m-${'0'.repeat(32)}`, 'TRACKING_NOT_FOUND'],
  ] as const) {
    await assert.rejects(() => loadModel(tracking, uri), { code }, uri)
  }
})

for (const uri of [
  '',
  'credit',
  'models:/credit',
  'models:/credit@',
  'models:/credit@a@b',
  'models:/credit/1/2',
  'models:/a:b/1',
  'runs:/abc',
  'runs:/../x',
  'file:///etc/passwd',
  'http://host/model',
]) {
  test(`'${uri}' is no model address`, async () => {
    await using tracking = await openFresh()
    await assert.rejects(() => findModel(tracking, uri), { code: 'TRACKING_INVALID' })
  })
}

const manifest = '{"flavors": {"onnx": {"data": "x"}}}'
const change = { timestamp: 1 }
const quiet = { context: false, systemMetrics: false } as const
