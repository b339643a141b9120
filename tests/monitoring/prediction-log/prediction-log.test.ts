import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { listLoggedModels } from '../../../src/monitoring/prediction-log/logged-models-store.ts'
import { openPredictionLog } from '../../../src/monitoring/prediction-log/read-log-store.ts'
import { readableName } from '../../../src/core/class-names.ts'
import { pruneLog } from '../../../src/monitoring/prediction-log/upkeep-log-store.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { scored } from './scored.ts'
import { filesOf, hour, idsOf, noon, openLog, parquetOf, read, write } from './use-log.ts'

describe('a prediction log', () => {
  test('texts and dates are kept as they were sent, or their hashes', async () => {
    const root = makeScratchFolder()
    const texts = new Map([
      [0, ["Ulm's", null, 'Köln\0\ud800']],
      [2, ['2024-02-29', '2025-01-01', null]],
    ])
    const values = Float32Array.of(0, 7, 19_782, NaN, 8, 20_089, -1, 9, NaN)
    const request = {
      ...scored('one', [[0], [0], [0]], { columns: ['town', 'age', 'since'] }),
      rows: { rows: 3, columns: 3, values, texts },
    }
    await write(root, (log) => log.observe(request))
    const cells = (await read(root)).map((row) => [
      row['input.town'],
      row['input.age'],
      row['input.since'],
    ])
    assert.deepEqual(cells, [
      ["Ulm's", 7, '2024-02-29'],
      [null, 8, '2025-01-01'],
      ['Köln\0\ufffd', 9, null],
    ])
    const hidden = makeScratchFolder()
    const redaction = { drop: ['since'], hash: ['town'], key: Buffer.alloc(16, 1) }
    await write(hidden, (log) => log.observe(request), { redaction })
    const [first, second] = await read(hidden)
    assert.deepEqual(
      [Object.hasOwn(first!, 'input.since'), Object.hasOwn(first!, 'input.town')],
      [false, false],
    )
    assert.match(String(first!['hashed.town']), /^[\da-f]{16}$/)
    assert.equal(second!['hashed.town'], null)
  })

  test('numbers that a model takes in 64 bits are kept as they were sent', async () => {
    const root = makeScratchFolder()
    const numbers = [2 ** 53 - 1, -0.1, Number.NaN]
    const request = {
      ...scored('one', [[0], [0], [0]], { columns: ['code', 'age'] }),
      rows: {
        rows: 3,
        columns: 2,
        values: Float32Array.of(2 ** 53, 0.1, -0.1, 8, NaN, 9),
        doubles: new Map([[0, numbers]]),
      },
    }
    await write(root, (log) => log.observe(request))
    const cells = (await read(root)).map((row) => [row['input.code'], row['input.age']])
    assert.deepEqual(cells, [
      [2 ** 53 - 1, 0.1],
      [-0.1, 8],
      [null, 9],
    ])
  })

  test('each model of a file has its own numbers and texts, in its own order', async () => {
    const root = makeScratchFolder()
    const model = (digest: string) => ({ name: 'loans', version: '1', digest: digest.repeat(64) })
    const texts = new Map([[1, ['Ulm']]])
    const withTexts = { rows: 1, columns: 2, values: Float32Array.of(5, 1), texts }
    await write(root, (log) => {
      log.observe(scored('a', [[1, 2, 3]], { model: model('a'), columns: ['x', 'y', 'z'] }))
      log.observe(scored('b', [[4, 5]], { model: model('b'), columns: ['z', 'x'] }))
      const columns = ['x', 'y']
      log.observe({ ...scored('c', [[0]], { model: model('c'), columns }), rows: withTexts })
      log.observe(scored('d', [[6, 7, 8]], { model: model('a'), columns: ['x', 'y', 'z'] }))
    })
    const rows = await read(root)
    const cells = rows.map((row) => ['x', 'y', 'z', 'y_1'].map((name) => row[`input.${name}`]))
    assert.deepEqual(cells, [
      [1, 2, 3, null],
      [5, null, 4, null],
      [5, null, null, 'Ulm'],
      [6, 7, 8, null],
    ])
  })

  test('each model of a file has its own kind of answer', async () => {
    const root = makeScratchFolder()
    const model = (digest: string) => ({ name: 'loans', version: '1', digest: digest.repeat(64) })
    const classes = { kind: 'classes', classes: ['ash', 'oak'] } as const
    await write(root, (log) => {
      log.observe(scored('a', [[1]], { model: model('a'), columns: ['x'] }))
      const value = { output: { kind: 'value' }, scores: Float32Array.of(7.5) } as const
      log.observe(scored('b', [[2]], { model: model('b'), columns: ['x'], ...value }))
      const scores = Float32Array.of(0.25, 0.75)
      const of = { model: model('c'), columns: ['x'], output: classes, scores }
      log.observe(scored('c', [[3]], of))
    })
    const told = ['score', 'prediction', 'probability.ash', 'probability.oak', 'input.x']
    assert.deepEqual(
      (await read(root)).map((row) => told.map((name) => row[name])),
      [
        [0.25, 0, null, null, 1],
        [7.5, 7.5, null, null, 2],
        [0.75, 1, 0.25, 0.75, 3],
      ],
    )
  })

  test('what was scored is read back, row by row, with its request and model', async () => {
    const root = makeScratchFolder()
    await write(root, (log) => {
      log.observe(scored('one', [[35, NaN]], { traceId: 'c'.repeat(32), arm: 'shadow' }))
      log.observe(
        scored('two', [
          [12.1, -0],
          [18, 1e30],
        ]),
      )
    })
    const rows = await read(root)
    const model = { protocol: 'native', model: 'loans', version: '3', digest: 'ab'.repeat(32) }
    const later = { label: null, label_time: null }
    const two = {
      ...model,
      ...later,
      time: noon,
      request_id: 'two',
      trace_id: null,
      arm: 'champion',
    }
    assert.deepEqual(rows, [
      // 0.002 ms for one row; 0.25 is below 0.5
      {
        ...model,
        ...later,
        id: 'one',
        time: noon,
        request_id: 'one',
        trace_id: 'c'.repeat(32),
        arm: 'shadow',
        score: 0.25,
        prediction: 0,
        latency_us: 2,
        'input.age': 35,
        'input.debt': null,
      },
      {
        ...two,
        id: 'two.0',
        score: 0.25,
        prediction: 0,
        latency_us: 1,
        'input.age': 12.1,
        'input.debt': 0,
      },
      {
        ...two,
        id: 'two.1',
        score: 0.5,
        prediction: 1,
        latency_us: 1,
        'input.age': 18,
        'input.debt': 1e30,
      },
    ])
  })

  test('a row is read once: while it is written, when it is sealed, and as Parquet', async () => {
    const root = makeScratchFolder()
    let sealed = 0
    await using log = openLog(root, { limits: { bytes: 400 }, onSealed: () => sealed++ })
    for (const id of ['a', 'b', 'c']) {
      log.observe(scored(id, [[1, 2]]))
      await log.flush()
      assert.deepEqual(idsOf(await read(root)), idsUpTo(id))
    }
    // About 290 bytes a row, of which two do not fit into 400.
    assert.equal(sealed, 2)
    assert.equal(parquetOf(root).length, 2)
    assert.deepEqual(idsOf(await read(root)), ['a', 'b', 'c'])
  })

  test('labels come later and are joined by id; the latest counts, a repeat changes nothing', async () => {
    const root = makeScratchFolder()
    await write(root, async (log) => {
      log.observe(
        scored('r', [
          [1, 2],
          [3, 4],
        ]),
      )
      await log.addFeedback([{ id: 'r.1', label: 1, time: noon + 5 }])
      await log.addFeedback([
        { id: 'r.1', label: 0, time: noon + 9 },
        { id: 'r.1', label: 0, time: noon + 9 },
      ])
      await log.addFeedback([
        { id: 'r.1', label: 1, time: noon + 7 },
        { id: 'nobody', label: 1, time: noon },
      ])
    })
    assert.deepEqual(
      (await read(root)).map(({ id, label, label_time }) => [id, label, label_time]),
      [
        ['r.0', null, null],
        ['r.1', 0, noon + 9],
      ],
    )
    using log = await openPredictionLog(root, { model: 'loans', now: noon })
    assert.equal(await log.countUnknownLabels(), 1)
  })

  test('a range of time has its beginning and not its end, whatever day it is', async () => {
    const root = makeScratchFolder()
    let time = noon
    await write(
      root,
      (log) => {
        for (const id of ['noon', 'evening', 'midnight', 'morning']) {
          log.observe(scored(id, [[1, 2]]))
          time += 6 * hour
        }
      },
      { now: () => time },
    )
    assert.deepEqual(parquetOf(root).length, 0)
    const range = { since: noon + 6 * hour, until: noon + 18 * hour }
    assert.deepEqual(idsOf(await read(root, range)), ['evening', 'midnight'])
    assert.deepEqual(
      parquetOf(root).map((path) => /date=[^/]+/.exec(path)![0]),
      ['date=2026-01-31', 'date=2026-02-01'],
    )
    assert.deepEqual(idsOf(await read(root, range)), ['evening', 'midnight'])
    assert.deepEqual(idsOf(await read(root)), ['noon', 'evening', 'midnight', 'morning'].toSorted())
  })

  test('days that are over before a moment are removed, and only those', async () => {
    const root = makeScratchFolder()
    let time = noon - 24 * hour
    await write(
      root,
      async (log) => {
        for (const id of ['before', 'on the day', 'after']) {
          log.observe(scored(id, [[1, 2]]))
          await log.addFeedback([{ id, label: 1 }])
          time += 24 * hour
        }
      },
      { now: () => time },
    )
    await read(root)
    const midnight = noon + 12 * hour
    assert.deepEqual(await pruneLog(root, { model: 'loans', before: midnight - 1 }), ['2026-01-30'])
    assert.deepEqual(idsOf(await read(root)), ['after', 'on the day'])
    assert.deepEqual(await pruneLog(root, { model: 'loans', before: midnight }), ['2026-01-31'])
    assert.deepEqual(
      (await read(root)).map(({ id, label }) => [id, label]),
      [['after', 1]],
    )
  })

  test('the model of another name has its own folder, whatever its name', async () => {
    const root = makeScratchFolder()
    const names = ['../outside', '..', 'a/b', 'ä*?', 'loans']
    for (const model of names)
      await write(root, (log) => log.observe(scored('r', [[1, 2]])), { model })
    assert.deepEqual(await listLoggedModels(root), names.toSorted())
    for (const model of names) assert.deepEqual(idsOf(await read(root, { model })), ['r'])
    assert.deepEqual(
      readdirSync(join(root, '..')).filter((name) => name === 'outside'),
      [],
    )
  })

  test('a log that is not there is said to be missing, with the nearest that is', async () => {
    const root = makeScratchFolder()
    await assert.rejects(read(root), { code: 'FILE_MISSING', hint: /serve --prediction-log/ })
    await write(root, (log) => log.observe(scored('r', [[1, 2]])))
    await assert.rejects(read(root, { model: 'loan' }), {
      code: 'FILE_MISSING',
      hint: "did you mean 'loans'?",
    })
  })

  test('any name of a column, any number and any id comes back', async () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom(
        '__proto__',
        'a"b',
        "it's",
        'x.y',
        'a\0b',
        'g\nh',
        '$',
        '[0]',
        'id',
        'label',
        'h\ud800',
      ),
    )
    const number = fc.oneof(
      fc.float(),
      fc.constantFrom(NaN, Infinity, -0, 2 ** -149, 3.4028234663852886e38),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name, {
          minLength: 1,
          maxLength: 4,
          selector: (text) => readableName(text).toUpperCase().toLowerCase(),
        }),
        fc.array(fc.array(number, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
        async (columns, cells) => {
          const root = makeScratchFolder()
          const rows = cells.map((row) => row.slice(0, columns.length))
          await write(root, (log) => log.observe(scored('r-1', rows, { columns })))
          for (const pass of ['spool', 'parquet']) {
            const found = (await read(root)).map((row) =>
              columns.map((column) => row[`input.${readableName(column)}`]),
            )
            const expected = rows.map((row) =>
              row.map((cell) => (Number.isFinite(cell) ? cell + 0 : null)),
            )
            assert.deepEqual(
              found.map((row) => row.map(toFloat)),
              expected,
              pass,
            )
          }
        },
      ),
      { numRuns: 8 },
    )
  })
})

describe('what a prediction log keeps of people', () => {
  test('the value of a field that is dropped or hashed is in no byte of the folder', async () => {
    const root = makeScratchFolder()
    const redaction = { drop: ['debt'], hash: ['age'], key: Buffer.from('0123456789abcdef') }
    const rows = [
      [7123457, 9876543],
      [7123457, NaN],
      [NaN, 9876543],
    ]
    await write(root, (log) => log.observe(scored('r', rows)), { redaction })
    for (const pass of ['spool', 'parquet']) {
      const found = await read(root)
      const hashes = found.map((row) => row['hashed.age'])
      assert.match(String(hashes[0]), /^[\da-f]{16}$/)
      assert.deepEqual(hashes, [hashes[0], hashes[0], null], pass)
      assert.ok(found.every((row) => !('input.age' in row || 'input.debt' in row)))
      for (const path of filesOf(root)) {
        const bytes = readFileSync(path)
        assert.deepEqual(
          [7123457, 9876543].flatMap(formsOf).filter((form) => bytes.includes(form)),
          [],
          path,
        )
      }
    }
  })

  test('another key gives other hashes, and the same value in two fields does not show', async () => {
    const hashesWith = async (key: string): Promise<unknown[]> => {
      const root = makeScratchFolder()
      const redaction = { drop: [], hash: ['age', 'debt'], key: Buffer.from(key) }
      await write(root, (log) => log.observe(scored('r', [[5, 5]])), { redaction })
      const [row] = await read(root)
      return [row!['hashed.age'], row!['hashed.debt']]
    }
    const all = [
      ...(await hashesWith('0123456789abcdef')),
      ...(await hashesWith('fedcba9876543210')),
    ]
    assert.equal(new Set(all).size, 4)
  })

  test('files and folders are for their owner only, before and after they become Parquet', async () => {
    const root = makeScratchFolder()
    const assertOwn = (): void => {
      const paths = readdirSync(root, { recursive: true, encoding: 'utf8' })
      for (const path of paths) assert.equal(statSync(join(root, path)).mode & 0o077, 0, path)
    }
    await write(root, (log) => log.observe(scored('r', [[1, 2]])))
    assertOwn()
    await read(root)
    assert.equal(parquetOf(root).length, 1)
    assertOwn()
  })
})

function idsUpTo(last: string): readonly string[] {
  return ['a', 'b', 'c'].slice(0, 'abc'.indexOf(last) + 1)
}

/** The 32-bit float that a number of the log stands for. */
function toFloat(value: unknown): number | null {
  return typeof value === 'number' ? Math.fround(value) : null
}

/** A number as a file may hold it. */
function formsOf(value: number): readonly Buffer[] {
  const [double, float] = [Buffer.alloc(8), Buffer.alloc(4)]
  double.writeDoubleLE(value)
  float.writeFloatLE(value)
  return [Buffer.from(String(value)), double, float]
}
