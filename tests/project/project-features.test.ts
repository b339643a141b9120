import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineFeatureView, defineProject, defineSchema } from '../../src/index.ts'

const bills = defineFeatureView({
  name: 'bills',
  entities: { id: { type: 'integer' } },
  timestamp: 'month',
  features: { billed: { type: 'integer' } },
})
const common = {
  name: 'loans',
  schema: defineSchema({
    id: { type: 'integer' },
    june: { type: 'integer' },
    defaulted: { type: 'boolean' },
  }),
  key: 'id',
  target: 'defaulted',
  features: { june: 'standardize' },
  sources: [],
  citation: { title: '', url: '', licence: '' },
} as const

test('a feature store that does not fit the project is refused with all that is wrong', () => {
  const other = defineFeatureView({
    ...bills,
    name: 'others',
    entities: { who: { type: 'integer' } },
  })
  assert.throws(
    () =>
      defineProject({
        ...common,
        featureStore: {
          facts: [
            {
              view: bills,
              moments: { '2026-13-01': { billed: 'juny' }, '2026-06-30': { bill: 'june' } },
            },
            { view: bills, moments: {} },
            { view: other, moments: {} },
          ],
          asked: 'today',
          joins: [{ view: { ...bills, name: 'unknown' }, features: { billed: 'july' } }],
        },
      }),
    (error: Error) => {
      for (const problem of [
        "facts of 'bills': there is no column 'juny'",
        "'2026-13-01' is no date",
        "at 2026-06-30 there is no column for 'billed'",
        "at 2026-06-30: 'bill' is no feature of 'bills'",
        "two feature views are called 'bills'",
        "facts of 'others': there is no column 'who'",
        "'today' is no date",
        "the view 'unknown' is joined and has no facts",
        "the joined column 'july' is no feature of the project, and none is made of it",
      ]) {
        assert.ok(error.message.includes(problem), `${problem}\n${error.message}`)
      }
      return true
    },
  )
})
