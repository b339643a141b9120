import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defineSchema } from '../../src/core/schema.ts'
import {
  defineProject,
  type ProjectDefinition,
} from '../../src/project/definition/define-project.ts'

const schema = defineSchema({
  id: { type: 'integer' },
  age: { type: 'integer', min: 18, max: 100 },
  debt: { type: 'number' },
  town: { type: 'category', levels: [1, 2] },
  late: { type: 'boolean' },
})

describe('directions of features', () => {
  test('stand with their features', () => {
    const { featureList } = define({ debt: 'increasing', age: 'decreasing' })
    assert.deepEqual(
      featureList.map(({ name, monotone }) => [name, monotone]),
      [
        ['age', 'decreasing'],
        ['debt', 'increasing'],
        ['town', undefined],
      ],
    )
  })

  test('are refused for what has no order or is no feature, all at once', () => {
    const wrong = { dept: 'increasing', town: 'decreasing', age: 'up' } as unknown
    assert.throws(() => define(wrong as ProjectDefinition['monotone']), {
      code: 'CONFIG_INVALID',
      message:
        "project.ts: 'monotone' names 'dept', which is no feature; 'monotone' names 'town', a category; 'monotone.age' is \"up\"",
      hint: /did you mean 'debt'/,
    })
  })
})

function define(monotone: ProjectDefinition['monotone']): ReturnType<typeof defineProject> {
  return defineProject({
    name: 'loans',
    schema,
    key: 'id',
    target: 'late',
    features: { age: 'standardize', debt: 'standardize', town: 'one-hot' },
    ...(monotone && { monotone }),
    sources: [{ kind: 'folder', path: 'data', files: ['loans.csv'] }],
    citation: { title: 'Loans', url: 'https://example.com', licence: 'CC0' },
  })
}
