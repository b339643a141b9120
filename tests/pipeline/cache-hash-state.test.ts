import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { hashPath } from '../../src/pipeline/cache/hash-file.ts'
import { openHashState, type HashState } from '../../src/pipeline/cache/hash-state-store.ts'
import { makeCacheFolder, type CacheFolder } from './cache-folder.ts'

/** Nobody computes it, so whoever gives it has remembered it. */
const planted = 'f'.repeat(32)
const md5OfA = '0cc175b9c0f1b6a831c399e269772661'

describe('the memory of hashes', () => {
  test('spares reading a file that is the same, in the next command too', async () => {
    using data = makeCacheFolder({ file: 'a' })
    plant(data, 'file')
    using hashes = open(data)
    assert.equal(await hashWith(data, 'file', hashes), planted)
    assert.equal(await hashWith(data, 'file', undefined), md5OfA)
  })

  test('is not fooled by an edit that keeps size and time', async () => {
    using data = makeCacheFolder({ file: 'b' })
    utimesSync(data.path('file'), 1, 1)
    plant(data, 'file')
    data.write({ file: 'a' })
    utimesSync(data.path('file'), 1, 1)
    using hashes = open(data)
    assert.equal(await hashWith(data, 'file', hashes), md5OfA)
  })

  test('does not trust a file that changed in the moment before it was read', async () => {
    using data = makeCacheFolder({ file: 'a' })
    const changed = statSync(data.path('file')).ctimeMs
    for (const [sinceMs, isKept] of [
      [5, false],
      [-1000, false],
      [100, true],
    ] as const) {
      plant(data, 'file', () => changed + sinceMs)
      using hashes = open(data)
      assert.equal(await hashWith(data, 'file', hashes), isKept ? planted : md5OfA, `${sinceMs} ms`)
    }
  })

  test('forgets what changed between the look and the hash', async () => {
    using data = makeCacheFolder({ file: 'b' })
    {
      using hashes = open(data)
      const sighting = hashes.look(data.path('file'), false)!
      data.write({ file: 'a' })
      hashes.remember(data.path('file'), sighting, planted)
    }
    using hashes = open(data)
    assert.equal(await hashWith(data, 'file', hashes), md5OfA)
  })

  test('keeps the hash of DVC 2 apart', async () => {
    using data = makeCacheFolder({ file: 'a' })
    plant(data, 'file')
    using hashes = open(data)
    const content = await hashPath(data.path('file'), undefined, { hashes, isLegacy: true })
    assert.equal(content!.fingerprint.md5, md5OfA)
  })

  test('of little work creates no database', async () => {
    using data = makeCacheFolder({ 'd/a': 'a', 'd/b': 'b' })
    {
      using hashes = openHashState(data.path('state'), { clock: later })
      await hashPath(data.path('d'), undefined, { hashes })
      assert.equal(hashes.look(data.path('d/none'), false), undefined)
    }
    assert.equal(existsSync(data.path('state')), false)
  })

  test('of a large folder is read in one go and right for each file', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `${i % 7}/${i}`)
    names.push('\u{1f600}', '\uffae', 'ü', 'a b', "quote'")
    using data = makeCacheFolder(Object.fromEntries(names.map((name) => [`d/${name}`, 'a'])))
    for (const name of ['5/5', '\u{1f600}', '\uffae', "quote'", '6/293']) plant(data, `d/${name}`)
    data.write({ 'd/5/5': 'a ' })
    using hashes = open(data)
    const content = await hashPath(data.path('d'), undefined, { hashes })
    assert.deepEqual(
      content!.members!.filter(({ md5 }) => md5 === planted).map(({ path }) => path),
      ['6/293', "quote'", '\uffae', '\u{1f600}'],
    )
    assert.equal(content!.members!.length, names.length)
  })

  for (const [what, spoil] of Object.entries({
    'cut short': (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 1000)),
    'of other bytes': (path: string) =>
      writeFileSync(path, 'not a database, but long enough to be one '.repeat(100)),
    empty: (path: string) => writeFileSync(path, ''),
    'of another form': (path: string) => {
      const database = new DatabaseSync(path)
      database.exec('DROP TABLE hashes; CREATE TABLE hashes (x)')
      database.close()
    },
  })) {
    test(`in a database ${what} costs time and nothing else`, async () => {
      using data = makeCacheFolder({ file: 'a' })
      plant(data, 'file')
      spoil(data.path('state/hashes.sqlite'))
      {
        using hashes = open(data)
        assert.equal(await hashWith(data, 'file', hashes), md5OfA)
      }
      plant(data, 'file')
      using hashes = open(data)
      assert.equal(await hashWith(data, 'file', hashes), planted)
    })
  }

  test('that cannot be stored costs time and nothing else', async () => {
    using data = makeCacheFolder({ file: 'a', state: 'a file where the folder should be' })
    using hashes = open(data)
    assert.equal(await hashWith(data, 'file', hashes), md5OfA)
    mkdirSync(data.path('other/hashes.sqlite'), { recursive: true })
    using blocked = openHashState(data.path('other'), { clock: later, thresholdBytes: 0 })
    assert.equal(await hashWith(data, 'file', blocked), md5OfA)
  })

  test('is shared by two commands at once', async () => {
    using data = makeCacheFolder({ a: 'a', b: 'a' })
    {
      using one = open(data)
      using two = open(data)
      one.remember(data.path('a'), one.look(data.path('a'), false)!, planted)
      two.remember(data.path('b'), two.look(data.path('b'), false)!, planted)
    }
    using hashes = open(data)
    assert.equal(await hashWith(data, 'a', hashes), planted)
    assert.equal(await hashWith(data, 'b', hashes), planted)
  })
})

function later(): number {
  return Date.now() + 60_000
}

function open(data: CacheFolder, clock = later): HashState {
  return openHashState(data.path('state'), { clock, thresholdBytes: 0 })
}

function plant(data: CacheFolder, name: string, clock = later): void {
  using hashes = open(data, clock)
  const location = join(data.root, name)
  hashes.remember(location, hashes.look(location, false)!, planted)
}

async function hashWith(
  data: CacheFolder,
  name: string,
  hashes: HashState | undefined,
): Promise<string> {
  return (await hashPath(data.path(name), undefined, { hashes }))!.fingerprint.md5
}
