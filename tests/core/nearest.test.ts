import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listHint, nameHint } from '../../src/core/nearest.ts'

test('a hint that lists names stops where nobody reads on', () => {
  const names = Array.from({ length: 2000 }, (_, i) => `experiment-${i}`)
  assert.match(
    nameHint('x', names, 'experiments'),
    /^the experiments are: experiment-0, .*, experiment-59, … \(2000 in all\)$/,
  )
  assert.equal(listHint(['2', 'champion'], 'versions'), 'the versions are: 2, champion')
  assert.equal(listHint([], 'versions'), 'there are no versions')
})
