import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { formatModelFolder, parseManifest, type ModelManifest } from '../../src/model/index.ts'

const manifest: ModelManifest = {
  name: 'loans',
  kind: 'logistic',
  target: 'defaulted',
  inputs: {
    age: { type: 'integer', min: 18 },
    debt: { type: 'number' },
    town: { type: 'text', known: ['Ulm'], maxLength: 9 },
    since: { type: 'date', min: '2000-01-01' },
  },
  example: { age: 30, debt: 1, town: 'Ulm', since: '2020-01-01' },
}
const policies = {
  age: { outOfRange: 'warn' },
  debt: { missing: 'impute', value: -1.5 },
  town: { missing: 'impute', tooLong: 'warn', value: 'Bonn: "1"' },
  since: { outOfRange: 'impute', value: '2000-01-01' },
} as const

describe('policies in a model folder', () => {
  test('come back as they were written', () => {
    assert.deepEqual(parseManifest(format({ ...manifest, policies }), 'MLmodel').policies, policies)
  })

  test('leave no trace where there are none', () => {
    assert.doesNotMatch(format(manifest), /policies/)
    assert.equal(format({ ...manifest, policies: undefined }), format(manifest))
    assert.ok(!('policies' in parseManifest(format(manifest), 'MLmodel')))
  })

  for (const [name, wrong] of [
    ['a list', []],
    ['of another column', { agee: { outOfRange: 'warn' } }],
    ['an action that is none', { age: { outOfRange: 'drop' } }],
    ['a warning of nothing', { age: { missing: 'warn' } }],
    ['a value that is text', { age: { missing: 'impute', value: '3' } }],
    ['a text that is a number', { town: { missing: 'impute', value: 3 } }],
    ['a text of white space', { town: { missing: 'impute', value: ' ' } }],
    ['a date that is none', { since: { missing: 'impute', value: '2025-02-30' } }],
    ['a date of days', { since: { missing: 'impute', value: 20_000 } }],
    ['a member that is none', { age: { default: 3 } }],
  ] as const) {
    test(`${name} is refused`, () => {
      const document = parse(format(manifest)) as { flavors: { mlpt: Record<string, unknown> } }
      document.flavors.mlpt['policies'] = wrong
      assert.throws(() => parseManifest(stringify(document), 'MLmodel'), {
        code: 'MODEL_INVALID',
        message: /'flavors.mlpt.policies' are no policies of its inputs$/,
      })
    })
  }
})

function format(written: ModelManifest): string {
  return String(formatModelFolder(written, new Uint8Array()).get('MLmodel'))
}
