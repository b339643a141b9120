import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pageLimitBytes } from '../../../src/data/page/fit-size.ts'
import { renderProfilePage } from '../../../src/data/page/profile-page.ts'
import type { ColumnProfile, Profile } from '../../../src/data/profile/profile.ts'

const hostile = '<script>alert(1)</script>"\''

describe('the page of a profile', () => {
  test('shows each column with its numbers, and what is noticeable about it', () => {
    const page = renderProfilePage(profileOf([ageColumn, emptyColumn]), { name: 'a.csv' })
    assert.match(page, /AGE[^]*BIGINT[^]*<dd>18<\/dd>[^]*<dd>99<\/dd>[^]*class="cur"/)
    assert.match(page, /gone[^]*no values/)
    assert.doesNotMatch(page, /class="ref"/)
  })

  test('the version before is drawn over it, and a new column is called new', () => {
    const page = renderProfilePage(profileOf([ageColumn, emptyColumn]), {
      name: 'a.csv',
      previous: profileOf([ageColumn]),
    })
    assert.match(page, /class="ref"/)
    assert.match(page, /gone[^]*new column/)
  })

  test('a value that the profile before does not list was at nothing only when all its values are listed', () => {
    const now = {
      ...emptyColumn,
      nulls: 0,
      distinct: { count: 2, isExact: true },
      top: [
        { value: 'a', count: 60 },
        { value: 'b', count: 40 },
      ],
    }
    const draw = (distinct: number): string => {
      const before = {
        ...now,
        distinct: { count: distinct, isExact: true },
        top: [{ value: 'a', count: 100 }],
      }
      return renderProfilePage(profileOf([now]), { name: 'x', previous: profileOf([before]) })
    }
    assert.match(draw(1), /was 100 %[^]*was 0 %/)
    assert.doesNotMatch(draw(5), /was 0 %/)
  })

  test('names and values are text, whatever is in them', () => {
    const column = { ...emptyColumn, name: hostile, top: [{ value: hostile, count: 3 }] }
    const page = renderProfilePage(profileOf([column]), { name: hostile })
    assert.doesNotMatch(page, /<script/)
  })

  test('3,000 columns fit into 300 kB, and those left out are counted', () => {
    const columns = Array.from({ length: 3000 }, (_, i) => ({
      ...ageColumn,
      name: `${i}${'é'.repeat(300)}`,
    }))
    const page = renderProfilePage(profileOf(columns), { name: 'wide.csv' })
    assert.ok(Buffer.byteLength(page) <= pageLimitBytes, String(Buffer.byteLength(page)))
    assert.match(page, /and [\d,]+ more columns not shown here/)
  })
})

function profileOf(columns: readonly ColumnProfile[]): Profile {
  return { format: 'mlpt.profile/1', rows: 100, columns }
}

const emptyColumn: ColumnProfile = {
  name: 'gone',
  type: 'VARCHAR',
  family: 'text',
  nulls: 100,
  nans: 0,
  positiveInfinities: 0,
  negativeInfinities: 0,
  distinct: { count: 0, isExact: true },
  top: [],
  distribution: { kind: 'none' },
}

const ageColumn: ColumnProfile = {
  ...emptyColumn,
  name: 'AGE',
  type: 'BIGINT',
  family: 'number',
  nulls: 0,
  distinct: { count: 60, isExact: true },
  numbers: {
    count: 100,
    min: 18,
    max: 99,
    mean: 40,
    squaredDeviations: 9000,
    zeros: 0,
    negatives: 0,
    isWhole: true,
    histogram: { edges: [18, 40, 70, 99], counts: [50, 40, 10] },
  },
}
