import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { inBatches } from '../../../src/serving/operations/in-batches.ts'

test('work is done once for each item, in their order, and few of them ever wait', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('add', 'finish')), fc.nat({ max: 300 }), (steps, more) => {
      const done: number[] = []
      const batches = inBatches<number>((item) => done.push(item))
      let added = 0
      for (const step of [...steps, ...Array.from({ length: more }, () => 'add')]) {
        if (step === 'add') batches.add(added++)
        else {
          batches.finish()
          assert.equal(done.length, added)
        }
        assert.ok(added - done.length < 64)
      }
      batches.finish()
      assert.deepEqual(
        done,
        Array.from({ length: added }, (_, item) => item),
      )
    }),
  )
})
