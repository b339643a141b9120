import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelManifest } from '../../../src/model/index.ts'
import { formatBentoService } from '../../../src/serving/package/bento-service.ts'

const model: ModelManifest = {
  name: 'Loans "2"\n',
  kind: 'boosting',
  target: 'defaulted',
  inputs: {
    'a "b"\u2028\n"""': { type: 'number', nullable: true, description: 'in €\u0085' },
    class: { type: 'category', levels: [-1.5, 2] },
    age: { type: 'integer', min: 18 },
    late: { type: 'boolean' },
  },
  example: {},
}

test('columns of any name are fields with bounds, levels and what may be missing', () => {
  const text = formatBentoService(model)
  assert.ok(
    text.includes(
      String.raw`column_0: Annotated[Annotated[float, Field(ge=-3.4028234663852886e+38, le=3.4028234663852886e+38)] | None, Field(alias="a \"b\"\u2028\n\"\"\"", description="in €\u0085")] = None`,
    ),
    text,
  )
  assert.match(text, /column_1: .*one_of\(-1\.5, 2\)\], Field\(alias="class"\)\]$/m)
  assert.match(text, /column_2: .*ge=18, le=9007199254740991, multiple_of=1/)
  assert.match(text, /column_3: .*bool \| float, one_of\(0, 1\)/)
  assert.match(text, /^@bentoml\.service\(name="loans-2"\)$/m)
})

test('texts and dates are checked by their fields, and nothing in them is Python', () => {
  const text = formatBentoService({
    ...model,
    inputs: {
      town: { type: 'text', maxLength: 9, nullable: true, known: [] },
      plan: { type: 'text', levels: ['free', '"), exit('], known: [] },
      only: { type: 'text', levels: ['one'], known: [] },
      since: { type: 'date', min: '2000-01-01' },
      at: { type: 'datetime', max: '2030-01-01T00:00Z', nullable: true },
    },
  })
  assert.match(text, /column_0: Annotated\[Annotated\[str, text\(True, longest=9\)\] \| None, /)
  assert.ok(text.includes(String.raw`str, text(False, levels=("free", "\"), exit(",))]`), text)
  assert.ok(text.includes(`str, text(False, levels=("one",))]`), text)
  assert.match(text, /column_3: Annotated\[Annotated\[str, days\(False, first="2000-01-01"\)\], /)
  assert.match(text, /column_4: .*\[str, moments\(True, last="2030-01-01T00:00Z"\)\] \| None, /)
})

test('what a model gives is what the service answers', () => {
  assert.match(formatBentoService(model), /Prediction\(probability=score\[-1\]/)
  const value = formatBentoService({ ...model, output: { kind: 'value' } })
  assert.match(value, /^ {4}prediction: float$/m)
  const classes = formatBentoService({
    ...model,
    output: { kind: 'classes', classes: ['a"b', 3] },
  })
  assert.match(classes, /^CLASSES = \["a\\"b", 3\]$/m)
})

test('policies widen the type of a column, and nothing in them is Python', () => {
  const inputs = {
    age: { type: 'integer', min: 18 },
    plan: { type: 'text', levels: ['free'], known: [] },
    since: { type: 'date', min: '1970-01-10' },
  } as const
  const policies = {
    age: { outOfRange: 'warn' },
    plan: { missing: 'impute', unknownLevel: 'impute', value: '"), exit(' },
    since: { missing: 'impute', value: '1970-01-11' },
  } as const
  const text = formatBentoService({ ...model, inputs, policies })
  assert.match(
    text,
    /column_0: .*multiple_of=1\), let_through\(lambda value: 18 <= value, "warn"\)\]/,
  )
  assert.ok(
    text.includes(
      String.raw`str, text(True), let_through(lambda value: value in ("free",), "impute", "\"), exit(")] | None`,
    ),
    text,
  )
  assert.match(
    text,
    /column_2: .*days\(True, first="1970-01-10"\)\] \| None, .*, fill\(10\)\] = None$/m,
  )
  assert.match(text, /cells = tell\(ctx, cells\)/)
  assert.doesNotMatch(formatBentoService(model), /let_through|ctx/)
})
