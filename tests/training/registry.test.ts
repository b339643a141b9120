import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ModelVersion, Tracking } from '../../src/core/tracking.ts'
import { completePolicy } from '../../src/training/promotion-policy.ts'
import {
  findVerdict,
  isVerdict,
  overrideVerdict,
  registryTags,
  type Verdict,
} from '../../src/training/registry.ts'
import { formatVerdict } from '../../src/training/verdict-markdown.ts'

/** As version 1.5 wrote it, without gates. */
const old: Verdict = {
  decision: 'promoted',
  reason: "'boosting' is the best by roc_auc and there was no champion",
  policy: { metric: 'roc_auc', minImprovement: 0, minRocAuc: 0.7 },
  challenger: { kind: 'boosting', digest: 'aa' },
  champion: null,
  comparison: null,
}

describe('a verdict of an earlier version', () => {
  test('is a verdict, and reads as a page', () => {
    assert.ok(isVerdict(JSON.parse(JSON.stringify(old))))
    assert.equal(
      formatVerdict(old),
      "# boosting: promoted\n\n'boosting' is the best by roc_auc and there was no champion\n\n- challenger: boosting `aa`\n- champion: none\n",
    )
  })

  test('answers as long as the gates that it did not know are open', async () => {
    const policy = completePolicy(old.policy)
    const asked = { digest: 'aa', policy, dataQuality: undefined, champion: versionOf(old) }
    assert.deepEqual(await findVerdict(registryOf(old), 'm', asked), old)
    for (const change of [
      { policy: { ...policy, maxPValue: 0.05 } },
      { policy: { ...policy, dataQuality: 'critical' }, dataQuality: 'sound' },
      { digest: 'bb' },
    ] as const) {
      assert.equal(await findVerdict(registryOf(old), 'm', { ...asked, ...change }), undefined)
    }
  })

  test('of another kind than JSON is none', async () => {
    assert.ok(!isVerdict({ ...old, decision: 'maybe' }))
    assert.ok(!isVerdict(null))
    const champion = versionOf(old)
    const policy = completePolicy(old.policy)
    const asked = { digest: 'aa', policy, dataQuality: undefined, champion }
    const cut = JSON.stringify(old).slice(0, 100)
    assert.equal(await findVerdict(registryOf(old, cut), 'm', asked), undefined)
  })
})

describe('the page of a verdict', () => {
  test('has no markup but its own, whatever people write', () => {
    const forced = overrideVerdict(
      { ...old, decision: 'refused', reason: 'a | b' },
      { userId: 'eve', reason: '<img src=x> | \u001b[31m' },
    )
    const page = formatVerdict(forced)
    assert.match(page, /by eve: &lt;img src=x> \\\| {2}\[31m/)
    assert.doesNotMatch(page, /<|\p{Cc}(?<!\n)/u)
  })

  test('of an override says what the gates had said', () => {
    const { reason, override } = overrideVerdict(
      { ...old, decision: 'kept-champion', reason: 'not better' },
      { userId: 'ada', reason: 'we know why' },
    )
    assert.equal(
      reason,
      "'boosting' promoted by force by ada: we know why (kept-champion: not better)",
    )
    assert.deepEqual(override!.instead, { decision: 'kept-champion', reason: 'not better' })
  })
})

/** A registry of one version, which is champion. */
function registryOf(verdict: Verdict, text = JSON.stringify(verdict)): Tracking {
  const registry: Pick<Tracking, 'listModelVersions'> = {
    listModelVersions: () => Promise.resolve([versionOf(verdict, text)]),
  }
  return registry as Tracking
}

function versionOf(verdict: Verdict, text = JSON.stringify(verdict)): ModelVersion {
  const tags = { [registryTags.digest]: verdict.challenger.digest, [registryTags.verdict]: text }
  return { version: '1', tags } as unknown as ModelVersion
}
