import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tryModel, type TriedModel } from '../../../src/serving/rollout/trial-process.ts'
import { writeLinearModel } from '../../linear-model.ts'
import { openTemporaryFolder } from '../../tracking/temporary-folder.ts'

describe('the trial of a model in a thread of its own', () => {
  test('passes a model that works; tells what is wrong with one that does not', async () => {
    const model = await readLinearModel()
    await tryModel(model)
    const broken = { ...model, onnx: model.onnx.slice(0, -20) }
    await assert.rejects(tryModel(broken), { code: 'MODEL_INVALID', hint: /./ })
    const manifest = model.manifest.replace(/"?a"?: ?3/, '"a": "x"')
    assert.notEqual(manifest, model.manifest)
    await assert.rejects(tryModel({ ...model, manifest }), { code: /^(?:MODEL|REQUEST)_INVALID$/ })
  })

  test('ends a model that takes too long', async () => {
    const model = await readLinearModel()
    await assert.rejects(tryModel(model, { timeoutMs: 1, memoryMb: 1024 }), {
      code: 'MODEL_INVALID',
      message: /did not survive being tried: it took too long/,
    })
  })
})

async function readLinearModel(): Promise<TriedModel> {
  await using folder = await openTemporaryFolder()
  const place = join(folder.path, 'model')
  await writeLinearModel(place)
  const manifest = await readFile(join(place, 'MLmodel'), 'utf8')
  return { manifest, onnx: await readFile(join(place, 'model.onnx')), place }
}
