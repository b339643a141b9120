/** DVC's file of paths in use, as a value. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  findCollision,
  parseReadWriteLock,
  withoutDead,
  withUses,
  type LockHolder,
  type PathUse,
  type ReadWriteLock,
} from '../../src/pipeline/repository/rwlock.ts'

const nobody: ReadWriteLock = { write: {}, read: {} }
const ours: LockHolder = { pid: 1, cmd: 'mlpt run' }
const theirs: LockHolder = { pid: 2, cmd: 'dvc repro slow' }

describe('a read-write lock', () => {
  test('is read as DVC writes it', () => {
    const text = `{"write": {"/r/out": {"pid": 2, "cmd": "dvc repro slow"}}, "read": {"/r/in": [{"pid": 2, "cmd": "dvc repro slow"}]}}`
    assert.deepEqual(parseReadWriteLock(text), {
      write: { '/r/out': theirs },
      read: { '/r/in': [theirs] },
    })
  })

  for (const text of ['', ' \n', '{}', '{"read": {}}', '{"write": {}}']) {
    test(`of nobody may look like '${text.trim()}'`, () => {
      assert.deepEqual(parseReadWriteLock(text), nobody)
    })
  }

  for (const text of [
    '{',
    '{"write": {"/r/out": {"pid": 2, "c',
    'null',
    '[]',
    '7',
    '{"write": []}',
    '{"write": {}, "read": 1}',
  ]) {
    test(`is not '${text}'`, () => assert.equal(parseReadWriteLock(text), undefined))
  }

  test('leaves out entries of nobody', () => {
    const text = `{"write": {"/a": {}, "/b": null, "/c": {"pid": "2", "cmd": "x"}, "/d": {"pid": 2, "cmd": "x"}},
      "read": {"/a": {}, "/b": [7, {"pid": 2}], "/d": [{"pid": 2, "cmd": "x"}, "x"]}}`
    assert.deepEqual(parseReadWriteLock(text), {
      write: { '/d': { pid: 2, cmd: 'x' } },
      read: { '/a': [], '/b': [], '/d': [{ pid: 2, cmd: 'x' }] },
    })
  })

  test('never breaks on what it reads', () => {
    const odd = fc.oneof(fc.string(), fc.json(), anyLock.map(toText).chain(cutAnywhere))
    fc.assert(
      fc.property(odd, (text) => {
        const lock = parseReadWriteLock(text)
        if (lock !== undefined) findCollision(lock, { reads: ['/'], writes: ['/'] }, () => true)
      }),
    )
  })

  test('reads back as it was written', () => {
    fc.assert(
      fc.property(anyLock, (lock) => assert.deepEqual(parseReadWriteLock(toText(lock)), lock)),
    )
  })
})

describe('a collision', () => {
  const reading = withUses(nobody, theirs, [{ reads: ['/r/data'], writes: [] }])
  const writing = withUses(nobody, theirs, [{ reads: [], writes: ['/r/data'] }])
  for (const [what, lock, use, isCollision] of [
    ['reading what another reads', reading, { reads: ['/r/data'], writes: [] }, false],
    ['writing what another reads', reading, { reads: [], writes: ['/r/data'] }, true],
    ['reading what another writes', writing, { reads: ['/r/data'], writes: [] }, true],
    ['writing what another writes', writing, { reads: [], writes: ['/r/data'] }, true],
    ['reading inside of what another writes', writing, { reads: ['/r/data/x'], writes: [] }, true],
    ['reading a folder in which another writes', writing, { reads: ['/r'], writes: [] }, true],
    ['writing inside of what another reads', reading, { reads: [], writes: ['/r/data/x'] }, true],
    ['writing a folder in which another reads', reading, { reads: [], writes: ['/r'] }, true],
    ['writing everything', reading, { reads: [], writes: ['/'] }, true],
    ['a name that begins alike', writing, { reads: ['/r/data2'], writes: ['/r/dat'] }, false],
    ['something else', writing, { reads: ['/r/a'], writes: ['/r/b'] }, false],
    ['nothing', writing, { reads: [], writes: [] }, false],
  ] as const) {
    test(`${isCollision ? 'is' : 'is not'} ${what}`, () => {
      const found = findCollision(lock, use, () => true)
      assert.deepEqual(found, isCollision ? { path: '/r/data', holder: theirs } : undefined)
    })
  }

  test('is none with the dead', () => {
    assert.equal(
      findCollision(writing, { reads: [], writes: ['/r/data'] }, () => false),
      undefined,
    )
  })

  test('with one of several readers names the one that is alive', () => {
    const dead: LockHolder = { pid: 3, cmd: 'dvc repro' }
    const both = withUses(reading, dead, [{ reads: ['/r/data'], writes: [] }])
    const use = { reads: [], writes: ['/r/data'] }
    for (const alive of [theirs, dead]) {
      assert.deepEqual(findCollision(both, use, ({ pid }) => pid === alive.pid)?.holder, alive)
    }
  })

  test('is mutual', () => {
    fc.assert(
      fc.property(anyUse, anyUse, (one, other) => {
        const collides = (first: PathUse, second: PathUse): boolean =>
          findCollision(withUses(nobody, theirs, [first]), second, () => true) !== undefined
        assert.equal(collides(one, other), collides(other, one))
      }),
    )
  })
})

describe('uses of a process', () => {
  test('are written as DVC does it: what is written is read too', () => {
    assert.deepEqual(withUses(nobody, ours, [{ reads: ['/in'], writes: ['/out'] }]), {
      write: { '/out': ours },
      read: { '/in': [ours], '/out': [ours] },
    })
  })

  test('replace those it had before', () => {
    const before = withUses(nobody, ours, [{ reads: ['/in'], writes: ['/out'] }])
    assert.deepEqual(withUses(before, ours, []), nobody)
  })

  test('that collide with nobody leave those of others alone', () => {
    fc.assert(
      fc.property(anyLock, fc.array(anyUse, { maxLength: 2 }), (lock, uses) => {
        const others = withUses(lock, ours, [])
        fc.pre(uses.every((use) => findCollision(others, use, () => true) === undefined))
        assert.deepEqual(withUses(withUses(others, ours, uses), ours, []), others)
      }),
    )
  })

  test('that are dead go', () => {
    const dead: LockHolder = { pid: 3, cmd: 'mlpt run' }
    const use = { reads: ['/in'], writes: ['/out'] }
    const lock = withUses(withUses(nobody, dead, [use]), theirs, [{ reads: ['/in'], writes: [] }])
    assert.deepEqual(
      withoutDead(lock, ({ pid }) => pid !== dead.pid),
      { write: {}, read: { '/in': [theirs] } },
    )
    assert.deepEqual(
      withoutDead(lock, () => true),
      lock,
    )
  })

  test('written twice are there once', () => {
    fc.assert(
      fc.property(anyLock, anyUse, (lock, use) => {
        const once = withUses(lock, ours, [use])
        assert.deepEqual(withUses(once, ours, [use]), once)
        assert.deepEqual(withUses(lock, ours, [use, use]), once)
      }),
    )
  })
})

function toText(lock: ReadWriteLock): string {
  return JSON.stringify(lock)
}

function cutAnywhere(text: string): fc.Arbitrary<string> {
  return fc.nat(text.length).map((length) => text.slice(0, length))
}

const anyPath = fc
  .array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 3 })
  .map((parts) => `/${parts.join('/')}`)
const anyUse: fc.Arbitrary<PathUse> = fc.record({
  reads: fc.uniqueArray(anyPath, { maxLength: 3 }),
  writes: fc.uniqueArray(anyPath, { maxLength: 3 }),
})
/** As one process after another leaves it. */
const anyLock: fc.Arbitrary<ReadWriteLock> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), anyUse), { maxLength: 3 })
  .map((steps) =>
    steps.reduce((lock, [pid, use]) => withUses(lock, { pid, cmd: 'dvc repro' }, [use]), nobody),
  )
