/** Champions whose graph stays while what their MLmodel says of it changes. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { layoutOf } from '../../src/project/layout.ts'
import { readModelParts } from '../../src/project/served-model.ts'
import { championAlias, type Verdict } from '../../src/training/registry.ts'
import { buildHouse, defineThings, openHouse, parametersOf, type House } from './target-house.ts'

test('an interval that is asked for later comes to the champion, once, and goes again', async () => {
  const project = defineThings('size')
  const random = createRandom(3)
  const rows = Array.from({ length: 120 }, (_, id) => {
    const [a, b] = [random.next(), random.next()]
    return `${id + 1},${a},${b},0,round,${a > 0.5},${3 * a + b + random.next() / 10},1`
  })
  const table = `id,a,b,kind,shape,is_large,size,weight\n${rows.join('\n')}\n`
  await using first = await buildHouse(project, table, parametersWith(0))
  const { directory } = first
  const plain = await promoteIn(first)
  assert.deepEqual([plain.version, plain.hasInterval], ['1', false])
  for (const [interval, version] of [
    [0.8, '2'],
    [0, '3'],
  ] as const) {
    await using house = await openHouse(project, directory, parametersWith(interval))
    const changed = await promoteIn(house)
    assert.deepEqual([changed.version, changed.hasInterval], [version, interval > 0])
    assert.equal(changed.verdict.decision, 'promoted')
    assert.match(changed.verdict.reason, /^'linear' scores as the champion does, and its MLmodel/)
    assert.equal(changed.verdict.challenger.digest, plain.verdict.challenger.digest)
    const again = await promoteIn(house)
    assert.deepEqual(again, changed)
  }
})

async function promoteIn(house: House): Promise<{
  readonly verdict: Verdict
  readonly version: string | undefined
  readonly hasInterval: boolean
}> {
  await house.make('linear')
  await house.promote()
  const { tracking } = house.context
  const champion = await tracking.findModelVersion('things', championAlias)
  const { manifest } = await readModelParts(tracking, `models:/things@${championAlias}`)
  return {
    verdict: house.readJson(layoutOf('things').promotion) as Verdict,
    version: champion?.version,
    hasInterval: manifest.includes('interval:'),
  }
}

function parametersWith(interval: number): string {
  return parametersOf({ train: { linear: { interval } }, promote: { metric: 'rmse' } })
}
