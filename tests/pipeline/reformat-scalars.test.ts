import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { editYaml } from '../../src/pipeline/yaml/edit-yaml.ts'
import { formatYaml } from '../../src/pipeline/yaml/format-yaml.ts'
import { reformatScalars } from '../../src/pipeline/yaml/reformat-scalars.ts'

test('quotes that are not needed go, long texts are folded, and the rest of the file stays', () => {
  const long = `${'word '.repeat(20)}end`
  const text = `a: "two words"   # here
b: 'x: y'
c:    three
d: |
  as  it is
e: ["flow"]  # stays
f: 0x1f
g:
- '${long}'
`
  assert.equal(
    reformatScalars(text, 'x'),
    `a: two words     # here
b: 'x: y'
c: three
d: |
  as  it is
e: ["flow"]  # stays
f: 0x1f
g:
- ${'word '.repeat(15)}
  ${'word '.repeat(5)}end
`,
  )
})

test('a document in our own style stays as it is', () => {
  const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.boolean(), fc.bigInt())
  const document = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.oneof(value, fc.array(value)))
  fc.assert(
    fc.property(document, (object) => {
      const text = formatYaml(new Map(Object.entries(object)))
      if (Object.keys(object).length > 0) assert.equal(reformatScalars(text, 'x'), text)
    }),
  )
})

test('a value that stays may be written in other ways than ours', () => {
  const text = 'a: 1\nmeta: {x: 0x1f, y: ~, z: 1_000}\n'
  const meta = new Map([
    ['x', 31n],
    ['y', null],
    ['z', 1000n],
  ])
  const value = new Map<string, unknown>([
    ['a', 2n],
    ['meta', meta],
  ])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a map of YAML values of several kinds
  const edit = { kind: 'set', path: [], value: value as never } as const
  assert.equal(editYaml(text, 'x', [edit]), text.replace('a: 1', 'a: 2'))
})
