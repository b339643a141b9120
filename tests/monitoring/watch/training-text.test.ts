import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeVerdict } from '../../../src/monitoring/watch/training-text.ts'

test('a verdict ends with the version that is served now', () => {
  const judged = { decision: 'promoted', reason: 'r', kind: 'k', gates: [], version: '2' } as const
  const served = (before?: string, now?: string): string | undefined =>
    describeVerdict({
      ...judged,
      ...(before !== undefined && { championBefore: before }),
      ...(now !== undefined && { champion: now }),
    }).at(-1)
  const within = 'servers that follow the alias answer with it within ten seconds'
  assert.equal(served(), 'it is version 2; there is no champion')
  assert.equal(served(undefined, '2'), `version 2 is the champion; ${within}`)
  assert.equal(served('1', '2'), `version 2 is the champion in place of version 1; ${within}`)
  assert.equal(
    served('1', '1'),
    'it is version 2; version 1 stays the champion, and servers answer with it',
  )
  // The training before was killed when it had moved the alias.
  assert.equal(served('2', '2'), 'it is version 2, the champion, and servers answer with it')
})
