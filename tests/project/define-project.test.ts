import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defineProject, defineSchema } from '../../src/index.ts'

const schema = defineSchema({
  id: { type: 'integer' },
  age: { type: 'integer', min: 18, max: 100 },
  education: { type: 'category', levels: [1, 2, 3] },
  defaulted: { type: 'boolean' },
})
const common = {
  name: 'loans',
  schema,
  key: 'id',
  target: 'defaulted',
  sources: [],
  citation: { title: '', url: '', licence: '' },
} as const

describe('defineProject', () => {
  test('bounds that admit nothing are refused, numbers and days alike', () => {
    assert.throws(
      () =>
        defineProject({
          ...common,
          schema: defineSchema({
            ...schema.fields,
            age: { type: 'integer', min: 100, max: 18 },
            born: { type: 'date', min: '2000-01-01', max: '1999-12-31' },
            asked: { type: 'datetime', min: '2026-01-01T01:00+02:00', max: '2026-01-01' },
            seen: { type: 'datetime', min: '2026-01-01T00:30Z', max: '2026-01-01T01:00+01:00' },
          }),
          features: { education: 'one-hot' },
        }),
      /'age' admits nothing: its min 100 is above its max 18; 'born' admits nothing[^;]*; 'seen' admits nothing: [^;]*$/,
    )
  })

  test('a target that only every object has is no column, and nothing else is said of it', () => {
    const absent: { target: string } = { target: 'valueOf' }
    assert.throws(
      // @ts-expect-error -- any text may be given where nothing is compiled
      () => defineProject({ ...common, ...absent, features: { education: 'one-hot' } }),
      { message: "project.ts: the target 'valueOf' is no column" },
    )
  })

  test('lists the features with their fields', () => {
    const { featureList } = defineProject({ ...common, features: { education: 'one-hot' } })
    assert.deepEqual(featureList, [
      { name: 'education', field: schema.fields.education, encoding: 'one-hot' },
    ])
  })

  test('a category that is standardized does not compile, and is refused at run time too', () => {
    assert.throws(
      () =>
        defineProject({
          ...common,
          // @ts-expect-error -- a category cannot be standardized
          features: { education: 'standardize' },
        }),
      { code: 'CONFIG_INVALID', message: /'education' is category/ },
    )
  })

  test('a column that is not there does not compile', () => {
    assert.throws(
      () =>
        defineProject({
          ...common,
          // @ts-expect-error -- there is no such column
          features: { agee: 'standardize' },
        }),
      { hint: "did you mean 'age'?" },
    )
    assert.throws(
      () =>
        defineProject({
          ...common,
          // @ts-expect-error -- there is no such column
          target: 'default',
          features: { age: 'as-is' },
        }),
      { message: "project.ts: the target 'default' is no column" },
    )
  })

  test('a text has no encoding, to the compiler and at run time', () => {
    const withText = defineSchema({ ...schema.fields, note: { type: 'text' } })
    assert.throws(
      () =>
        defineProject({
          ...common,
          schema: withText,
          // @ts-expect-error -- there is none for texts
          features: { age: 'standardize', note: 'one-hot' },
        }),
      {
        code: 'CONFIG_INVALID',
        message: "project.ts, features: 'note' is text, which has no encoding",
        hint: "leave 'note' out of the features; derived and learned features can be made of it",
      },
    )
    const { featureList } = defineProject({
      ...common,
      schema: withText,
      features: { age: 'as-is' },
    })
    assert.deepEqual(
      featureList.map(({ name }) => name),
      ['age'],
    )
  })

  test('what is no field is named with all of it', () => {
    const broken = defineSchema({
      ...schema.fields,
      since: { type: 'date', min: '2021-02-29' },
    })
    assert.throws(() => defineProject({ ...common, schema: broken, features: { age: 'as-is' } }), {
      code: 'CONFIG_INVALID',
      message: `project.ts: 'since' is no field: {"type":"date","min":"2021-02-29"}`,
    })
  })

  test('the target and the key are no features', () => {
    assert.throws(
      () => defineProject({ ...common, features: { defaulted: 'as-is', id: 'as-is' } }),
      {
        message:
          "project.ts: the key 'id' is among the features; the target 'defaulted' is among the features",
      },
    )
  })

  test('a name that no file could have is refused', () => {
    for (const name of ['', '../up', 'a b', '1st']) {
      assert.throws(() => defineProject({ ...common, name, features: { age: 'as-is' } }), {
        code: 'CONFIG_INVALID',
      })
    }
  })
})
