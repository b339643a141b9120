import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatJson } from '../../../src/core/json.ts'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { parseProfile } from '../../../src/data/profile/parse-profile.ts'
import { profileTable } from '../../../src/data/profile/profile-table.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'

async function makeProfile(): Promise<string> {
  using database = await openDatabase()
  const relation = "(SELECT i, 'v' || i % 2 AS t, NULL::DOUBLE AS n FROM range(30) r(i))"
  return formatJson(await profileTable(database, await describeTable(database, relation)))
}

describe('parseProfile', () => {
  test('reads a profile from before there were quantiles, and none with quantiles that are no numbers', async () => {
    const profile = JSON.parse(await makeProfile())
    const { numbers } = profile.columns[0]
    delete numbers.quantiles
    assert.equal(parseProfile(JSON.stringify(profile), 'p.json').rows, 30)
    for (const quantiles of [7, [{}], [{ share: 0.5, value: '1' }]]) {
      profile.columns[0].numbers = { ...numbers, quantiles }
      assert.throws(() => parseProfile(JSON.stringify(profile), 'p.json'), {
        code: 'DATA_FILE_INVALID',
        message: /column 0 has 'numbers' that are none/,
      })
    }
  })

  test('reads what was written', async () => {
    const text = await makeProfile()
    assert.equal(formatJson(parseProfile(text, 'p.json')), text)
  })

  for (const [what, spoil] of [
    ['top', { top: undefined }],
    ['distinct', { distinct: {} }],
    ['numbers', { numbers: {} }],
    ['texts', { texts: { lengths: {} } }],
    ['nulls', { nulls: -1 }],
    ['family', { family: 'animal' }],
    [
      'distribution',
      { distribution: { kind: 'numbers', values: [2, 1], counts: [1, 1], resolution: 0 } },
    ],
    [
      'distribution of categories',
      { distribution: { kind: 'categories', counts: [1], others: 0 } },
    ],
  ] as const) {
    test(`refuses a column whose ${what} no reader could use`, async () => {
      const profile = JSON.parse(await makeProfile())
      Object.assign(profile.columns[1], spoil)
      assert.throws(() => parseProfile(JSON.stringify(profile), 'p.json'), {
        code: 'DATA_FILE_INVALID',
        message: /p\.json is no profile: column 1 /,
      })
    })
  }
})
