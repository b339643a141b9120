import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { openPredictionLog } from '../../../src/monitoring/prediction-log/read-log-store.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { scored } from './scored.ts'
import { hour, idsOf, noon, openLog, parquetOf, read, spoolsOf, write } from './use-log.ts'

describe('a prediction log that is cut off', () => {
  test('half a line at the end is left out, wherever it is cut', async () => {
    const root = makeScratchFolder()
    const values = [
      [1, 2],
      [3, 4],
      [5, 6],
    ]
    await write(root, (log) => log.observe(scored('r', values)))
    const [path] = spoolsOf(root)
    const whole = readFileSync(path!)
    const lines = whole.toString().split('\n').slice(0, -1)
    for (let length = 0; length < whole.length; length += 61) {
      for (const old of parquetOf(root)) rmSync(old)
      writeFileSync(path!, whole.subarray(0, length))
      using log = await openPredictionLog(root, { model: 'loans', now: noon })
      const rows = await log.database.query('SELECT * FROM predictions ORDER BY id')
      const full = whole.subarray(0, length).toString().split('\n').length - 1
      const isJustWhole =
        lines[full]?.length === whole.subarray(0, length).toString().split('\n').at(-1)!.length
      // The first line has the names of the numbers.
      const expected = Math.max(full + Number(isJustWhole) - 1, 0)
      assert.equal(rows.length, expected, `cut at ${length}`)
      assert.deepEqual(
        rows.map(({ 'input.age': age, 'input.debt': debt }) => [age, debt]),
        values.slice(0, expected),
      )
      assert.equal(log.tornLines, length === 0 || isJustWhole || whole[length - 1] === 10 ? 0 : 1)
    }
  })

  test('the spool of a process that has ended is settled; that of one that runs is only read', async () => {
    const root = makeScratchFolder()
    await write(root, (log) => log.observe(scored('dead', [[1, 2]])))
    const [path] = spoolsOf(root)
    // The same process id, started at another moment: the machine has given it away again.
    renameSync(path!, path!.replace('sealed-', 'open-').replace(/-\d+(-\d+\.jsonl)$/, '-1$1'))
    await using living = openLog(root)
    living.observe(scored('alive', [[3, 4]]))
    await living.flush()
    assert.deepEqual(idsOf(await read(root)), ['alive', 'dead'])
    assert.equal(parquetOf(root).length, 1)
    assert.match(spoolsOf(root).join(), /^[^,]*open-[^,]*$/)
    living.observe(scored('still', [[5, 6]]))
    await living.flush()
    assert.deepEqual(idsOf(await read(root)), ['alive', 'dead', 'still'])
  })

  test('the spool of another machine is taken for abandoned after a day', async () => {
    const root = makeScratchFolder()
    await write(root, (log) => log.observe(scored('far', [[1, 2]])))
    const [path] = spoolsOf(root)
    renameSync(path!, path!.replace('sealed-', 'open-').replace(/Z-[\da-f]{8}-/, 'Z-00000000-'))
    const written = Date.now()
    assert.deepEqual(idsOf(await read(root, { now: written + 23 * hour })), ['far'])
    assert.equal(parquetOf(root).length, 0)
    assert.deepEqual(idsOf(await read(root, { now: written + 25 * hour })), ['far'])
    assert.equal(parquetOf(root).length, 1)
  })

  test('a spool that is left beside its Parquet file is read once, and settled again', async () => {
    const root = makeScratchFolder()
    await write(root, (log) => log.observe(scored('r', [[1, 2]])))
    const [path] = spoolsOf(root)
    const content = readFileSync(path!)
    await read(root)
    writeFileSync(path!, content)
    assert.deepEqual(idsOf(await read(root)), ['r'])
    assert.equal(existsSync(path!), false)
  })

  test('many readers at once find every row once', async () => {
    const root = makeScratchFolder()
    for (let file = 0; file < 4; file++)
      await write(root, (log) => log.observe(scored(`r${file}`, [[1, 2]])))
    const found = await Promise.all(Array.from({ length: 3 }, () => read(root)))
    for (const rows of found) assert.deepEqual(idsOf(rows), ['r0', 'r1', 'r2', 'r3'])
  })
})

describe('a prediction log on a bad disk', () => {
  test('rows wait while nothing can be written, and arrive when it can', async () => {
    const root = makeScratchFolder()
    const faults: string[] = []
    writeFileSync(join(root, 'loans'), 'a file where the folder should be')
    const recoveries: number[] = []
    await using log = openLog(root, {
      onFault: (error) => faults.push(String(error)),
      onRecovery: (droppedRows) => recoveries.push(droppedRows),
    })
    for (const id of ['a', 'b']) {
      log.observe(scored(id, [[1, 2]]))
      await log.flush()
    }
    await assert.rejects(log.addFeedback([{ id: 'a', label: 1, time: noon }]), {
      code: 'FILE_WRITE_FAILED',
    })
    assert.deepEqual(log.counts(), { rows: 0, droppedRows: 0, bytes: 0, faults: 2 })
    assert.equal(faults.length, 1)
    assert.match(faults[0]!, /ENOTDIR|EEXIST/)
    assert.deepEqual(recoveries, [])
    rmSync(join(root, 'loans'))
    await log.flush()
    await log.flush()
    assert.equal(log.counts().rows, 2)
    assert.deepEqual(recoveries, [0])
    assert.deepEqual(idsOf(await read(root)), ['a', 'b'])
  })

  test('a folder that goes away is made again', async () => {
    const root = makeScratchFolder()
    await using log = openLog(root)
    log.observe(scored('gone', [[1, 2]]))
    await log.flush()
    rmSync(join(root, 'loans'), { recursive: true })
    log.observe(scored('kept', [[1, 2]]))
    await log.flush()
    assert.deepEqual(idsOf(await read(root)), ['kept'])
  })

  test('rows beyond the memory that is set aside are dropped and counted, and all rows are one or the other', async () => {
    const root = makeScratchFolder()
    mkdirSync(join(root, 'loans'))
    const rows = Array.from({ length: 10_000 }, (_, row) => Array.from({ length: 20 }, () => row))
    const columns = Array.from({ length: 20 }, (_, column) => `c${column}`)
    await using log = openLog(root)
    // 10,000 rows of 21 numbers: two and a half requests fill 2^19 numbers.
    for (let request = 0; request < 4; request++)
      log.observe(scored(`r${request}`, rows, { columns }))
    const { droppedRows } = log.counts()
    assert.equal(droppedRows, 40_000 - Math.floor(2 ** 19 / 21))
    await log.flush()
    assert.equal(log.counts().rows + droppedRows, 40_000)
    using reader = await openPredictionLog(root, { model: 'loans', now: noon })
    const [found] = await reader.database.query(
      'SELECT count(DISTINCT id) AS ids, count(*) AS rows FROM predictions',
    )
    assert.deepEqual(found, { ids: log.counts().rows, rows: log.counts().rows })
  })

  test(
    'whoever may only read reads the spools as they are',
    { skip: process.getuid?.() === 0 && 'root may write everywhere' },
    async () => {
      const root = makeScratchFolder()
      await write(root, (log) => log.observe(scored('r', [[1, 2]])))
      const folder = join(root, 'loans', 'predictions')
      chmodSync(folder, 0o500)
      try {
        assert.deepEqual(idsOf(await read(root)), ['r'])
      } finally {
        chmodSync(folder, 0o700)
      }
    },
  )
})
