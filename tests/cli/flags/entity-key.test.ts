import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEntity, readKey } from '../../../src/cli/flags/entity-key.ts'

test('what is written is read by the type of the entity', () => {
  const entities = {
    whole: { type: 'integer' },
    price: { type: 'number' },
    level: { type: 'category', levels: [0.5, 2] },
    open: { type: 'boolean' },
    shop: { type: 'text' },
    day: { type: 'date' },
  } as const
  const read = (texts: Readonly<Record<string, string>>) => readKey({ entities }, texts)
  assert.deepEqual(
    read({ whole: '-7', price: '5', level: '2', open: '1', shop: '007', day: '2026-01-01' }),
    { whole: -7n, price: 5, level: 2, open: true, shop: '007', day: '2026-01-01' },
  )
  assert.deepEqual(read({ price: '-1.5e-3', open: 'false', whole: '9007199254740993' }), {
    price: -0.0015,
    open: false,
    whole: 9_007_199_254_740_993n,
  })
  // What is no value of the type stays as it is: the store says what is wrong with it.
  const wrong = { whole: '1.5', price: '0x10', level: ' 2', open: 'yes', other: '1' }
  assert.deepEqual(read(wrong), wrong)
})

test('one entity has one value', () => {
  assert.deepEqual(parseEntity('shop=a=b', { id: '1' }), { id: '1', shop: 'a=b' })
  assert.throws(() => parseEntity('id=2', { id: '1' }), /'id' is given twice/)
  assert.throws(() => parseEntity('=2'), /write name=value/)
})
