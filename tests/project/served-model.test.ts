import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPredictor } from '../../src/model/index.ts'
import { openServedModel } from '../../src/project/served-model.ts'
import { openTracking } from '../../src/tracking/client/open-tracking.ts'
import { startRun } from '../../src/tracking/client/start-run.ts'
import { writeLinearModel } from '../linear-model.ts'
import { files } from '../contracts/tracking/trackers.ts'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'

test('a model is served by each of its addresses, and from its folder', async () => {
  await using folder = await openTemporaryFolder()
  const store = join(folder.path, 'store')
  const modelFolder = join(folder.path, 'model')
  await writeLinearModel(modelFolder)
  await using tracking = await openTracking(store)
  await using run = await startRun(tracking, { context: false, systemMetrics: false })
  const { modelUri } = await run.logModel({
    name: 'classifier',
    model: modelFolder,
    registeredName: 'credit',
    aliases: ['champion'],
  })
  const { digest } = await openPredictor(modelFolder)
  for (const [selector, version] of [
    [modelFolder, undefined],
    ['models:/credit@champion', '1'],
    ['models:/credit/1', '1'],
    [modelUri, undefined],
    [`runs:/${run.runId}/classifier`, undefined],
  ] as const) {
    const served = await openServedModel(selector, () => openTracking(store))
    assert.equal(served.modelVersion, version, selector)
    assert.equal(served.predictor.digest, digest, selector)
  }
})

test('a model of another kind is none to serve', async () => {
  await using folder = await openTemporaryFolder()
  await using tracking = await openTracking(folder.path)
  await using run = await startRun(tracking, { context: false, systemMetrics: false })
  const model = files({ MLmodel: 'flavors: {sklearn: {}}', 'model.pkl': 'x' })
  const { modelUri } = await run.logModel({ name: 'm', model })
  await assert.rejects(() => openServedModel(modelUri, () => openTracking(folder.path)), {
    code: 'MODEL_NOT_FOUND',
    message: /no ONNX model/,
  })
})

for (const [selector, code] of [
  ['models:/credit', 'CLI_USAGE'],
  ['runs:/x', 'CLI_USAGE'],
  ['models:/credit@champion', 'MODEL_NOT_FOUND'],
] as const) {
  test(`'${selector}' is refused with ${code} and a hint`, async () => {
    await using folder = await openTemporaryFolder()
    await assert.rejects(() => openServedModel(selector, () => openTracking(folder.path)), {
      code,
      hint: /./,
    })
  })
}
