import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createCommitGroup,
  type Durability,
} from '../../src/tracking/store/database/commit-group-store.ts'
import {
  openTrackingDatabase,
  type TrackingDatabase,
} from '../../src/tracking/store/database/database-store.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

test('changes of one turn share one transaction, in the order they came', async () => {
  await using folder = await openTemporaryFolder()
  using database = await openTrackingDatabase(join(folder.path, 'tracking.sqlite'))
  const transactions: Durability[] = []
  const group = createCommitGroup({
    transaction: (change, durability) => {
      transactions.push(durability)
      return database.write(change)
    },
    exec: (sql) => database.change(sql),
    isInTransaction: () => true,
  })
  await Promise.all([1, 2, 3].map((n) => group.add(() => addExperiment(database, n), 'soon')))
  await Promise.all([
    group.add(() => addExperiment(database, 4), 'now'),
    group.add(() => addExperiment(database, 5), 'soon'),
  ])
  assert.deepEqual(names(database), ['Default', 'e1', 'e2', 'e3', 'e4', 'e5'])
  // A group is as durable as the most demanding of its changes.
  assert.deepEqual(transactions, ['soon', 'now'])
})

test('what is durable soon waits for no sync, and what is durable now syncs again', async () => {
  await using folder = await openTemporaryFolder()
  using database = await openTrackingDatabase(join(folder.path, 'tracking.sqlite'))
  const mode = (): unknown => database.row('PRAGMA synchronous')?.['synchronous']
  const [full, normal] = [2, 1]
  assert.equal(mode(), full)
  await database.writeSoon(() => addExperiment(database, 1), 'soon')
  assert.equal(mode(), normal)
  // The log is synced meanwhile.
  await sleep(200)
  await database.writeSoon(() => addExperiment(database, 2))
  assert.equal(mode(), full)
  await database.writeSoon(() => addExperiment(database, 3), 'soon')
  database.write(() => addExperiment(database, 4))
  assert.equal(mode(), full)
  await database.writeSoon(() => addExperiment(database, 5), 'soon')
  assert.deepEqual(names(database), ['Default', 'e1', 'e2', 'e3', 'e4', 'e5'])
})

test('each gets the value of its own change', async () => {
  await using folder = await openTemporaryFolder()
  using database = await openTrackingDatabase(join(folder.path, 'tracking.sqlite'))
  const values = await Promise.all([5, 6, 7].map((n) => database.writeSoon(() => n * 2)))
  assert.deepEqual(values, [10, 12, 14])
})

test('a change that throws undoes itself and nothing else', async () => {
  await using folder = await openTemporaryFolder()
  using database = await openTrackingDatabase(join(folder.path, 'tracking.sqlite'))
  const results = await Promise.allSettled(
    [1, 2, 3].map((n) =>
      database.writeSoon(() => {
        addExperiment(database, n)
        if (n === 2) throw new Error('not this one')
      }),
    ),
  )
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual(names(database), ['Default', 'e1', 'e3'])
  await assert.rejects(
    () =>
      database.writeSoon(() => {
        addExperiment(database, 4)
        throw new Error('alone')
      }),
    /alone/,
  )
  assert.deepEqual(names(database), ['Default', 'e1', 'e3'])
})

test('what was not yet committed is committed when the database closes', async () => {
  await using folder = await openTemporaryFolder()
  const path = join(folder.path, 'tracking.sqlite')
  const database = await openTrackingDatabase(path)
  const written = Promise.all(
    Array.from({ length: 600 }, (_, n) => database.writeSoon(() => addExperiment(database, n))),
  )
  database[Symbol.dispose]()
  await written
  using again = await openTrackingDatabase(path)
  assert.equal(names(again).length, 601)
  await assert.rejects(() => database.writeSoon(() => 1), /not open/)
})

test('more changes than a group takes are all committed', async () => {
  await using folder = await openTemporaryFolder()
  using database = await openTrackingDatabase(join(folder.path, 'tracking.sqlite'))
  await Promise.all(
    Array.from({ length: 2000 }, (_, n) => database.writeSoon(() => addExperiment(database, n))),
  )
  assert.equal(names(database).length, 2001)
})

test('a change is not resolved before it is committed', async () => {
  await using folder = await openTemporaryFolder()
  const path = join(folder.path, 'tracking.sqlite')
  using database = await openTrackingDatabase(path)
  // Another connection sees only what is committed.
  using other = new DatabaseSync(path)
  const count = other.prepare('SELECT count(*) AS n FROM experiments')
  await Promise.all(
    Array.from({ length: 300 }, async (_, n) => {
      await database.writeSoon(() => addExperiment(database, n))
      assert.ok(Number(count.get()?.['n']) >= n + 2)
    }),
  )
})

test('when the transaction fails, all of its changes fail', async () => {
  for (const failing of ['begin', 'commit'] as const) {
    let ran = 0
    const group = createCommitGroup({
      transaction: (change) => {
        if (failing === 'begin') throw new Error('the disk is full')
        change()
        throw new Error('the disk is full')
      },
      exec: () => undefined,
      isInTransaction: () => true,
    })
    const results = await Promise.allSettled([1, 2, 3].map(() => group.add(() => ran++, 'now')))
    assert.ok(results.every(({ status }) => status === 'rejected'))
    assert.equal(ran, failing === 'begin' ? 0 : 3)
  }
})

test('when a change takes the whole transaction down, nobody is told that it worked', async () => {
  await using folder = await openTemporaryFolder()
  using database = await openTrackingDatabase(join(folder.path, 'tracking.sqlite'))
  const results = await Promise.allSettled([
    database.writeSoon(() => addExperiment(database, 1)),
    database.writeSoon(() => {
      database.change('ROLLBACK') // what SQLite itself does when the disk is full
      throw new Error('the disk is full')
    }),
    database.writeSoon(() => addExperiment(database, 3)),
  ])
  assert.ok(results.every(({ status }) => status === 'rejected'))
  assert.deepEqual(names(database), ['Default'])
  await database.writeSoon(() => addExperiment(database, 4))
  assert.deepEqual(names(database), ['Default', 'e4'])
})

function addExperiment(database: TrackingDatabase, n: number): void {
  database.change(
    `INSERT INTO experiments (name, artifact_location, creation_time, last_update_time)
     VALUES (?, '', 1, 1)`,
    [`e${n}`],
  )
}

function names(database: TrackingDatabase): unknown[] {
  return database
    .rows('SELECT name FROM experiments ORDER BY experiment_id')
    .map(({ name }) => name)
}
