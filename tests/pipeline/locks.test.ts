/** The lock of a repository: among ourselves, and towards a dvc, which `flock` and plain files stand for here. */

import assert from 'node:assert/strict'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makePlace, startDead } from './lock-place.ts'

describe('the lock', () => {
  test('is for one at a time, and free again when it is disposed', async () => {
    using place = makePlace()
    const lock = await place.take()
    await assert.rejects(place.take(), {
      code: 'PIPELINE_LOCKED',
      message: new RegExp(`another run \\(process ${process.pid}, since 20`),
    })
    await lock[Symbol.asyncDispose]()
    await (await place.take())[Symbol.asyncDispose]()
  })

  test('is waited for as long as is asked, and the waiting is told once', async () => {
    using place = makePlace()
    const lock = await place.take()
    let told = 0
    const start = performance.now()
    const waiting = place.take({ waitMs: 400, onWait: () => told++ })
    await assert.rejects(waiting, { code: 'PIPELINE_LOCKED', message: /after 0\.4 s of waiting/ })
    assert.ok(performance.now() - start >= 390)
    assert.equal(told, 1)
    const second = place.take({ waitMs: 60_000 })
    await lock[Symbol.asyncDispose]()
    await (await second)[Symbol.asyncDispose]()
  })

  test('waits no longer when it is told to stop', async () => {
    using place = makePlace()
    await using _lock = await place.take()
    const waiting = place.take({ waitMs: 60_000, signal: AbortSignal.timeout(50) })
    await assert.rejects(waiting)
  })

  test('says whose it is where dvc looks', async () => {
    using place = makePlace()
    await using _lock = await place.take()
    assert.equal(readFileSync(place.dvcLock, 'utf8'), ` ${process.pid}\n`)
  })
})

describe('a running dvc', () => {
  test('that keeps its lock is waited for, as dvc does it, and then named', async () => {
    using place = makePlace()
    using dvc = await place.startDvc()
    writeFileSync(place.dvcLock, ` ${dvc.process.pid}\n`)
    const start = performance.now()
    await assert.rejects(place.take(), {
      code: 'PIPELINE_LOCKED',
      message: `a running dvc (process ${dvc.process.pid}) holds this repository's lock`,
    })
    assert.ok(performance.now() - start >= 2900)
  })

  test('that dies holding its lock holds it no more', async () => {
    using place = makePlace()
    using dvc = await place.startDvc()
    const waiting = place.take()
    await sleep(150)
    dvc.process.kill('SIGKILL')
    await (await waiting)[Symbol.asyncDispose]()
  })

  test('is kept out while files are worked on, however long', async () => {
    using place = makePlace()
    await using lock = await place.take()
    await lock.hold(async () => {
      await sleep(900)
      assert.equal(await place.canDvcLock(), false)
    })
  })

  test('may have its lock after half a second without such work, and is kept out again after', async () => {
    using place = makePlace()
    await using lock = await place.take()
    await lock.hold(async () => undefined)
    await place.untilGivenUp()
    await lock.hold(async () => assert.equal(await place.canDvcLock(), false))
  })

  test('that works when a command has ended is waited for: its result is not given up', async () => {
    using place = makePlace()
    let told = 0
    await using lock = await place.take({ onWait: () => told++ })
    await lock.hold(async () => undefined)
    await place.untilGivenUp()
    using dvc = await place.startDvc()
    // Longer than dvc itself would wait.
    setTimeout(() => dvc.process.kill('SIGKILL'), 3600)
    await lock.hold(async () => assert.equal(dvc.process.signalCode, 'SIGKILL'))
    assert.equal(told, 1)
  })
})

describe('paths in use', () => {
  test('are written down when dvc may have its lock, and gone after', async () => {
    using place = makePlace()
    {
      await using lock = await place.take()
      using _use = await lock.reserve({ reads: ['/r/in'], writes: ['/r/out'] })
      assert.deepEqual(place.readUses(), {})
      await place.untilGivenUp()
      const own = { pid: process.pid, cmd: 'mlpt run' }
      assert.deepEqual(place.readUses(), {
        write: { '/r/out': own },
        read: { '/r/in': [own], '/r/out': [own] },
      })
    }
    assert.deepEqual(place.readUses(), { write: {}, read: {} })
  })

  test('are written down also when they come after the lock was given up', async () => {
    using place = makePlace()
    await using lock = await place.take()
    await lock.hold(async () => undefined)
    await place.untilGivenUp()
    using _use = await lock.reserve({ reads: [], writes: ['/r/out'] })
    await place.untilGivenUp()
    assert.deepEqual(Object.keys(place.readUses().write ?? {}), ['/r/out'])
    assert.equal(await place.canDvcLock(), true)
  })

  test('of which some have ended are those that go on', async () => {
    using place = makePlace()
    await using lock = await place.take()
    using _use = await lock.reserve({ reads: [], writes: ['/r/long'] })
    {
      using _other = await lock.reserve({ reads: [], writes: ['/r/short'] })
      await place.untilGivenUp()
    }
    await lock.hold(async () => undefined)
    await place.untilGivenUp()
    assert.deepEqual(Object.keys(place.readUses().write ?? {}), ['/r/long'])
  })

  test('of another that is alive are refused, with the path and whose it is', async () => {
    using place = makePlace()
    using dvc = await place.startDvc('nothing')
    const holder = { pid: dvc.process.pid!, cmd: 'dvc repro slow' }
    place.writeUses({ write: { '/r/data': holder }, read: { '/r/in': [holder] } })
    await using lock = await place.take()
    for (const [use, path] of [
      [{ reads: ['/r/data/x'], writes: [] }, '/r/data'],
      [{ reads: [], writes: ['/r/in'] }, '/r/in'],
      [{ reads: [], writes: ['/r'] }, '/r/data'],
    ] as const) {
      await assert.rejects(lock.reserve(use), {
        code: 'PIPELINE_LOCKED',
        message: `'${path}' is in use by 'dvc repro slow' (process ${holder.pid})`,
      })
    }
    using _use = await lock.reserve({ reads: ['/r/in'], writes: ['/r/other'] })
    await place.untilGivenUp()
    assert.deepEqual(place.readUses().write?.['/r/data'], holder)
  })

  test('of another are waited for as long as is asked', async () => {
    using place = makePlace()
    using dvc = await place.startDvc('nothing')
    place.writeUses({ write: { '/r/data': { pid: dvc.process.pid!, cmd: 'dvc repro slow' } } })
    await using lock = await place.take({ waitMs: 20_000 })
    const reserving = lock.reserve({ reads: [], writes: ['/r/data'] })
    // Whoever uses them needs the lock to say that it no longer does.
    await place.untilGivenUp()
    place.writeUses({})
    using _use = await reserving
    await place.untilGivenUp()
    assert.deepEqual(place.readUses().write?.['/r/data']?.pid, process.pid)
  })

  test('of the dead do not count, and are cleared away', async () => {
    using place = makePlace()
    const { pid } = await startDead()
    const holder = { pid, cmd: 'mlpt run' }
    place.writeUses({ write: { '/r/a': holder, '/r/b': holder }, read: { '/r/a': [holder] } })
    await using lock = await place.take()
    using _use = await lock.reserve({ reads: [], writes: ['/r/a'] })
    await place.untilGivenUp()
    assert.deepEqual(Object.keys(place.readUses().write ?? {}), ['/r/a'])
    assert.deepEqual(place.readUses().write?.['/r/a']?.pid, process.pid)
    assert.equal(place.readUses().read?.['/r/a']?.length, 1)
  })

  test('in a broken file are begun anew', async () => {
    for (const broken of ['{"write": {"/r/da', '[]', '\0']) {
      using place = makePlace()
      writeFileSync(place.uses, broken)
      await using lock = await place.take()
      using _use = await lock.reserve({ reads: [], writes: ['/r/data'] })
      await place.untilGivenUp()
      assert.deepEqual(Object.keys(place.readUses().write ?? {}), ['/r/data'])
    }
  })

  test('are replaced in one step, so that a kill leaves no half of them', async () => {
    using place = makePlace()
    place.writeUses({ write: {}, read: {} })
    const before = openSync(place.uses, 'r')
    await using lock = await place.take()
    using _use = await lock.reserve({ reads: [], writes: ['/r/data'] })
    await place.untilGivenUp()
    assert.equal(readFileSync(before, 'utf8'), '{"write":{},"read":{}}')
    closeSync(before)
  })

  test('that cannot be written down keep dvc out altogether', async () => {
    using place = makePlace()
    await using lock = await place.take()
    using _use = await lock.reserve({ reads: [], writes: ['/r/data'] })
    mkdirSync(place.uses)
    await sleep(800)
    assert.equal(await place.canDvcLock(), false)
    rmSync(place.uses, { recursive: true })
  })
})
