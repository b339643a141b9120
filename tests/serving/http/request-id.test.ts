import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chooseRequestId, createRequestId } from '../../../src/serving/http/request-id.ts'

test('ids of requests are UUIDs of version 7: texts that grow with time', () => {
  const times = fc.tuple(fc.nat(2 ** 47), fc.nat(2 ** 47))
  fc.assert(
    fc.property(times, ([a, b]) => {
      const [first, second] = [createRequestId(a), createRequestId(b)]
      assert.match(first, /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
      assert.equal(Number.parseInt(first.replaceAll('-', '').slice(0, 12), 16), a)
      if (a !== b) assert.equal(first < second, a < b)
    }),
  )
  assert.notEqual(createRequestId(7), createRequestId(7))
})

test("a sender's id is taken when it is safe to log", () => {
  assert.equal(chooseRequestId('order-17.a_B'), 'order-17.a_B')
  for (const sent of [undefined, '', 'a b', 'a\n', 'ä', 'x'.repeat(129), ['a', 'b']]) {
    assert.match(chooseRequestId(sent), /^[\da-f]{8}-/)
  }
})
