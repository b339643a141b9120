import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { openTable } from '../../../src/data/reading/open-table-file.ts'
import type { ModelOutput } from '../../../src/core/predictor.ts'
import {
  importFeedback,
  type FeedbackFile,
  type ImportedFeedback,
} from '../../../src/monitoring/prediction-log/import-feedback-store.ts'
import { summarizeLog } from '../../../src/monitoring/prediction-log/summarize-log-store.ts'
import { decodeFeedback } from '../../../src/serving/feedback.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { scored } from './scored.ts'
import { filesOf, noon, read, write } from './use-log.ts'

describe('labels of a file', () => {
  test('are joined by id as it is written, at the time that the file tells', async () => {
    const root = makeScratchFolder()
    await write(root, (log) =>
      ['007', '7', 'a,b', 'c'].forEach((id) => log.observe(scored(id, [[1, 2]]))),
    )
    const text = 'id,label,time,other\n007,1,2026-02-01T00:00:00Z,x\n7,0,5,x\n"a,b",0.5,,x\nc,,,x\n'
    assert.deepEqual(await take(root, text), { labels: 3, rowsWithoutLabel: 1, isRepeated: false })
    const found = (await read(root)).map(({ id, label, label_time }) => [id, label, label_time])
    assert.deepEqual(found, [
      ['007', 1, Date.UTC(2026, 1, 1)],
      ['7', 0, 5],
      ['a,b', 0.5, noon],
      ['c', null, null],
    ])
  })

  test('of the same file count once; of another file the later ones count', async () => {
    const root = makeScratchFolder()
    await write(root, (log) => log.observe(scored('r', [[1, 2]])))
    const first = 'id,label\nr,0\n'
    await take(root, first)
    const [labels] = filesOf(join(root, 'loans/feedback'))
    assert.deepEqual(
      [labels!, dirname(labels!)].map((path) => statSync(path).mode & 0o077),
      [0, 0],
    )
    assert.equal((await take(root, first, { now: noon + 1 })).isRepeated, true)
    await take(root, 'id,label\nr,1\n', { now: noon + 2 })
    assert.equal((await take(root, first, { now: noon + 3 })).isRepeated, true)
    assert.equal((await read(root))[0]!['label'], 1)
  })

  test('are read in the forms of the project, where numbers and days are written so', async () => {
    const root = makeScratchFolder()
    await write(root, (log) => ['r', 's', 't'].forEach((id) => log.observe(scored(id, [[1, 2]]))))
    const text = 'id;label;time\nr;0,25;31.01.2026\ns;1;2026-02-01\nt;1;1.02.2026 14:30\n'
    await take(root, text, { forms: { decimal: ',', dateOrder: 'day-first' } })
    const found = (await read(root)).map(({ label, label_time }) => [label, label_time])
    assert.deepEqual(found, [
      [0.25, Date.UTC(2026, 0, 31)],
      [1, Date.UTC(2026, 1, 1)],
      [1, Date.UTC(2026, 1, 1, 14, 30)],
    ])
    await assert.rejects(take(root, text), { message: /'label' is '0,25'/ })
  })

  test('may come before their predictions, and are counted as unknown until then', async () => {
    const root = makeScratchFolder()
    await take(root, 'id,label\nr,1\nnobody,1\n')
    const options = { model: 'loans', now: noon }
    assert.equal((await summarizeLog(root, options)).unknownLabels, 2)
    await write(root, (log) => log.observe(scored('r', [[1, 2]])))
    const { unknownLabels, versions } = await summarizeLog(root, options)
    assert.equal(unknownLabels, 1)
    assert.deepEqual(
      versions.map(({ rows, labels }) => [rows, labels]),
      [[1, 1]],
    )
  })

  test('all cells that are no ids, labels or times are told with their lines, and nothing is taken', async () => {
    const root = makeScratchFolder()
    const text = 'id,label,time\nr,yes,\n,1,\nr,1,tomorrow\nr,1,-1\nr,inf,\nr,1,\n'
    await assert.rejects(take(root, text), (error: Error & { code: string }) => {
      assert.equal(error.code, 'DATA_CELL_INVALID')
      const lines = error.message.split('\n')
      assert.deepEqual(
        lines.map((line) => /:(\d+): '(\w+)' is (.+), expected/.exec(line)?.slice(1)),
        [
          ['2', 'label', "'yes'"],
          ['3', 'id', 'missing'],
          ['4', 'time', "'tomorrow'"],
          ['5', 'time', "'-1'"],
          ['6', 'label', "'inf'"],
        ],
      )
      return true
    })
    await write(root, (log) => log.observe(scored('r', [[1, 2]])))
    assert.equal((await read(root))[0]!['label'], null)
  })

  test('are what the model can be right with, as POST /feedback wants them', async () => {
    const probability: ModelOutput = { kind: 'probability' }
    const ofTwo: ModelOutput = { kind: 'probability', classes: ['stayed', 'left'] }
    const named: ModelOutput = { kind: 'classes', classes: ['no', 'maybe', 'yes'] }
    const numbered: ModelOutput = { kind: 'classes', classes: [10, 20.5] }
    const coded: ModelOutput = { kind: 'probability', classes: [2, 1] }
    const cases = [
      [
        probability,
        ['0', '1', '1.0', 'True'],
        ['2', '0.5', '-1', '1e300', 'yes'],
        /expected 0 or 1/,
      ],
      [ofTwo, ['0', '1', 'left'], ['2', 'true', 'Left'], /expected 'stayed' or 0, 'left' or 1/],
      [
        named,
        ['0', '2', 'yes'],
        ['3', '0.5', 'Yes'],
        /expected a class: 'no' or 0, 'maybe' or 1, 'yes' or 2/,
      ],
      [numbered, ['10', '20.5'], ['0', '1', '20'], /expected a class: 10, 20.5$/m],
      [coded, ['1', '2.0'], ['0', '3', 'true'], /expected 2, 1$/m],
      [{ kind: 'value' }, ['-1e300', '0.5'], ['inf'], /expected a number: the value/],
      [undefined, ['7'], ['inf'], /expected a number$/m],
    ] as const
    const file = (labels: readonly string[]): string =>
      ['id,label', ...labels.map((label, i) => `r${i},${label}`), ''].join('\n')
    for (const [output, good, bad, expected] of cases) {
      const root = makeScratchFolder()
      const taken = await take(root, file(good), { output })
      assert.equal(taken.labels, good.length)
      await assert.rejects(take(root, file([...good, ...bad]), { output }), (error: Error) => {
        assert.match(error.message, expected)
        const values = error.message.split('\n').map((line) => /is '(.+)', exp/.exec(line)?.[1])
        assert.deepEqual(values, bad)
        return true
      })
      for (const label of [...good, ...bad].map(Number)) {
        if (output === undefined || Number.isNaN(label)) continue
        const isTaken = good.map(Number).includes(label)
        const send = (): unknown => decodeFeedback({ id: 'r', label }, { rows: 1, output })
        if (isTaken) assert.doesNotThrow(send)
        else assert.throws(send, { code: 'REQUEST_INVALID' })
      }
    }
  })

  test('that are the names of classes are kept as their places', async () => {
    const root = makeScratchFolder()
    await write(root, (log) =>
      log.observe(
        scored('r', [
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      ),
    )
    const output: ModelOutput = { kind: 'classes', classes: ['1', "o'k", 'no'] }
    // A name that is a number counts before the place with that number.
    await take(root, "id,label\nr.0,1\nr.1,o'k\nr.2,2\n", { output })
    assert.deepEqual((await read(root)).map(({ label }) => label).sort(), [0, 1, 2])
  })

  test('of columns of other names want them named', async () => {
    const root = makeScratchFolder()
    const text = 'ids,truth\nr,1\n'
    await assert.rejects(take(root, text), {
      code: 'DATA_COLUMN_MISSING',
      message: /'id', 'label'/,
      hint: /'ids'/,
    })
    assert.equal(
      (await take(root, text, { columns: { id: 'ids', label: 'truth', time: 'time' } })).labels,
      1,
    )
  })
})

async function take(
  root: string,
  text: string,
  {
    now = noon,
    columns = { id: 'id', label: 'label', time: 'time' },
    ...more
  }: Partial<Pick<FeedbackFile, 'now' | 'columns' | 'output' | 'forms'>> = {},
): Promise<ImportedFeedback> {
  const path = join(makeScratchFolder(), 'labels.csv')
  writeFileSync(path, text)
  using database = await openDatabase()
  await using opened = await openTable(database, path, { allText: true })
  const model = 'loans'
  return await importFeedback({
    database,
    opened,
    path,
    root,
    model,
    columns,
    now,
    output: undefined,
    ...more,
  })
}
