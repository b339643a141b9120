import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunStatus } from '../../src/core/tracking.ts'
import { startModelRun } from '../../src/project/model-run.ts'
import type { RunOwner } from '../../src/project/run-owner.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { defineThings, openHouse, parametersOf } from './target-house.ts'

/** Runs begun by others, and what is left of them once this process begins one. */
const others: readonly (readonly [
  what: string,
  owner: Partial<RunOwner>,
  tags: Readonly<Record<string, string>>,
  status: RunStatus,
])[] = [
  ['a process of this machine that is gone', { processId: 7 }, {}, 'KILLED'],
  ['a process of this machine that lives', { processId: 8 }, {}, 'RUNNING'],
  ['another machine', { host: 'elsewhere', processId: 7 }, {}, 'RUNNING'],
  ['an earlier version, which said no machine', { processId: 7 }, { 'mlpt.host': '' }, 'KILLED'],
]

for (const [what, owner, tags, expected] of others) {
  test(`a run that ${what} has begun is ${expected}`, async () => {
    await using house = await openHouse(
      defineThings('size'),
      makeScratchFolder(),
      parametersOf({ promote: { metric: 'rmse' } }),
    )
    const { tracking } = house.context
    const context = { ...house.context, isAlive: (id: number) => id === 8 }
    const begun = await startModelRun({ ...context, ...owner }, 'boosting')
    for (const key of Object.keys(tags)) await tracking.deleteTag(begun, key)
    await startModelRun(context, 'boosting')
    assert.equal((await tracking.getRun(begun)).status, expected)
  })
}
