import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import project from '../../project.ts'
import { openOnlineStore } from '../../src/data/feature-store/online-store.ts'
import { originOfView } from '../../src/data/feature-store/online-layout.ts'
import { openOnlineFeatures } from '../../src/project/online-features-file.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

/** The day for which the project's features are wanted. */
const asked = (): number => Date.parse('2005-10-01')

async function fill(path: string, bill: number): Promise<void> {
  const view = project.featureStore?.facts[0]?.view ?? assert.fail()
  using store = openOnlineStore(path)
  const fact = { key: '[17]', moment: '2005-09-30T00:00:00.000000Z', created: '', sequence: 1 }
  const until = '2005-10-01T00:00:00.000000Z'
  await store.advance(view, [[{ ...fact, features: `[2,${bill},0]` }]], {
    before: undefined,
    reached: { sequence: 1, until, origin: originOfView(view, '') },
    replaces: false,
  })
}

describe('openOnlineFeatures', () => {
  test("gives the newest statement of this repository's project; the five before are not kept", async () => {
    const path = join(makeScratchFolder(), 'online.db')
    await fill(path, 3913)
    using features = openOnlineFeatures(path, project, asked)
    const { values, absent } = features.read({ ID: 17 })
    assert.deepEqual(values, { PAY_0: 2, BILL_AMT1: 3913, PAY_AMT1: 0 })
    assert.equal(Object.keys(absent).length, 15)
    assert.deepEqual(new Set(Object.values(absent)), new Set(['NOT_KEPT']))
    assert.deepEqual(features.read({ ID: 18 }).absent['PAY_0'], 'NOT_FOUND')
  })

  test('a file that takes the place of another is read, once it has what the other has', async () => {
    const path = join(makeScratchFolder(), 'online.db')
    await fill(path, 3913)
    let seconds = 0
    using features = openOnlineFeatures(path, project, () => asked() + seconds++ * 1000)
    const read = (): unknown => features.read({ ID: 17 }).values['BILL_AMT1']
    assert.equal(read(), 3913)
    // Another one lies where the old one was, which stays open: its number is not given away.
    for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true })
    assert.equal(read(), 3913)
    openOnlineStore(path)[Symbol.dispose]()
    assert.equal(read(), 3913)
    await fill(path, 4000)
    assert.equal(read(), 4000)
    rmSync(path)
    // A copy that is under way.
    for (const begun of ['', 'no database '.repeat(200)]) {
      writeFileSync(path, begun)
      assert.equal(read(), 4000)
      assert.equal(readFileSync(path, 'utf8'), begun)
    }
    rmSync(path)
    await fill(path, 5000)
    assert.equal(read(), 5000)
  })

  test('a store that is not there is not made', () => {
    const path = join(makeScratchFolder(), 'online.db')
    assert.throws(() => openOnlineFeatures(path, project, asked), { code: 'FILE_MISSING' })
    assert.ok(!existsSync(path))
  })

  test('a project that joins no views has nothing to read', () => {
    assert.throws(() => openOnlineFeatures('x', { name: 'loans' }, asked), {
      code: 'CONFIG_INVALID',
      message: /'loans' joins no feature views/,
    })
  })
})
