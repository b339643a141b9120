import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { formatJson } from '../../src/core/json.ts'
import { createRandom } from '../../src/core/random.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { parseProfile } from '../../src/data/profile/parse-profile.ts'
import { profileTable } from '../../src/data/profile/profile-table.ts'
import { openTable } from '../../src/data/reading/open-table-file.ts'
import { compareFiles } from '../../src/monitoring/drift-file.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const folder = makeScratchFolder()
const random = createRandom(5)

function writeTable(name: string, shift: number): string {
  const lines = Array.from({ length: 4000 }, (_, i) => {
    const age = random.nextInteger(60) + shift
    return `${i},${age},${random.next() + shift},${['a', 'b', 'c'][random.nextInteger(3)]}`
  })
  const path = join(folder, name)
  writeFileSync(path, `id,age,income,kind\n${lines.join('\n')}\n`)
  return path
}

async function writeProfile(path: string): Promise<string> {
  using database = await openDatabase()
  await using opened = await openTable(database, path)
  const stored = `${path}.json`
  writeFileSync(stored, formatJson(await profileTable(database, opened.table)))
  return stored
}

describe('a stored profile as the reference', () => {
  const [may, june, july] = [
    writeTable('may.csv', 0),
    writeTable('june.csv', 0),
    writeTable('july.csv', 9),
  ]

  test('gives the verdict that its table gives, on either side', async () => {
    const columns = ['age', 'income', 'kind']
    for (const current of [june, july]) {
      const byRows = await compareFiles({ reference: may, current, columns })
      const byProfile = await compareFiles({ reference: await writeProfile(may), current, columns })
      const byProfiles = await compareFiles({
        reference: await writeProfile(may),
        current: await writeProfile(current),
        columns,
      })
      assert.deepEqual(byProfile.drifted, byRows.drifted)
      assert.deepEqual(byProfiles.drifted, byRows.drifted)
      const [exact, stored] = [byRows, byProfile].map(({ columns: found }) =>
        found.map(({ checks }) => checks[0]!.effect!.value),
      )
      for (const [i, value] of exact!.entries()) assert.ok(Math.abs(value - stored![i]!) < 0.005)
    }
    assert.deepEqual(
      (await compareFiles({ reference: await writeProfile(may), current: july, columns })).drifted,
      ['age', 'income'],
    )
  })

  test('has no rows to be cut into segments', async () => {
    const reference = await writeProfile(may)
    await assert.rejects(compareFiles({ reference, current: june, segment: 'kind' }), {
      code: 'CLI_USAGE',
      message: /segments/,
    })
  })

  for (const [what, text] of [
    ['cut off', '{"format": "mlpt.profile/1", "rows": 3'],
    ['of another version', '{"format": "mlpt.profile/9", "rows": 3, "columns": []}'],
    ['without columns', '{"format": "mlpt.profile/1", "rows": 3}'],
    ['with a count that is none', '{"format": "mlpt.profile/1", "rows": -3, "columns": []}'],
    [
      'with a column that is none',
      '{"format": "mlpt.profile/1", "rows": 3, "columns": [{"name": "a"}]}',
    ],
  ] as const) {
    test(`is refused when it is ${what}`, async () => {
      const path = join(folder, 'broken.json')
      writeFileSync(path, text)
      await assert.rejects(compareFiles({ reference: path, current: june }), {
        code: 'DATA_FILE_INVALID',
        message: /broken\.json/,
      })
      assert.throws(() => parseProfile(text, 'broken.json'), { code: 'DATA_FILE_INVALID' })
    })
  }
})
