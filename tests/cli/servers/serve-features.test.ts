import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openServedFeatures } from '../../../src/cli/servers/serve-features.ts'
import { openOnlineStore } from '../../../src/data/feature-store/online-store.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

// The tests run in the folder of this repository's project.
test('--online-store reads the store as the project of the folder joins it', async () => {
  const path = join(makeScratchFolder(), 'online.db')
  openOnlineStore(path)[Symbol.dispose]()
  using features = await openServedFeatures(path)
  assert.deepEqual(Object.keys(features?.entities ?? {}), ['ID'])
  assert.equal(features?.columns.length, 18)
  assert.equal(features?.read({ ID: 1 }).absent['PAY_0'], 'NOT_FOUND')
})

test('without the flag nothing is read; a store that is not there is an error', async () => {
  assert.equal(await openServedFeatures(undefined), undefined)
  await assert.rejects(openServedFeatures(join(makeScratchFolder(), 'none.db')), {
    code: 'FILE_MISSING',
    message: /there is no online store at/,
  })
})
