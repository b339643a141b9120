import assert from 'node:assert/strict'
import { test } from 'node:test'
import { join } from 'node:path'
import { readMovingAddress } from '../../src/project/moving-address.ts'
import { openTracking } from '../../src/tracking/client/open-tracking.ts'
import { startRun } from '../../src/tracking/client/start-run.ts'
import { writeLinearModel } from '../linear-model.ts'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'

test('an alias, a stage and the latest version move; all else always names the same model', async () => {
  await using folder = await openTemporaryFolder()
  await using tracking = await openTracking(join(folder.path, 'store'))
  const model = join(folder.path, 'model')
  await writeLinearModel(model)
  await using run = await startRun(tracking, { context: false, systemMetrics: false })
  for (let version = 1; version <= 3; version++) {
    await run.logModel({ name: 'm', model, registeredName: 'credit' })
  }
  const timestamp = 1
  await tracking.setModelAlias('credit', 'champion', { version: '2', timestamp })
  const change = { timestamp, archivesOthers: false }
  await tracking.transitionStage('credit', '1', 'Production', change)
  for (const [address, version, alias] of [
    ['models:/credit@champion', '2', 'champion'],
    ['models:/credit@nobody', undefined, 'nobody'],
    ['models:/credit/latest', '3', undefined],
    ['models:/credit/production', '1', undefined],
    ['models:/credit/Staging', undefined, undefined],
    ['models:/nothing@champion', undefined, 'champion'],
    ['models:/nothing/latest', undefined, undefined],
  ] as const) {
    const moving = readMovingAddress(address)!
    assert.equal((await moving.find(tracking))?.version, version, address)
    assert.equal(moving.alias, alias, address)
  }
  const fixed = ['models:/credit/2', `models:/m-${'0'.repeat(32)}`, 'runs:/r/m', model]
  for (const address of fixed) assert.equal(readMovingAddress(address), undefined, address)
})
