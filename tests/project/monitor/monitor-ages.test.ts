import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  appendFeatures,
  materializeFeatures,
} from '../../../src/data/feature-store/feature-store-file.ts'
import { defineFeatureView } from '../../../src/data/feature-store/feature-view.ts'
import { openOnlineStore } from '../../../src/data/feature-store/online-store.ts'
import { monitor } from '../../../src/project/monitor/monitor.ts'
import { buildHouse, dayMs, start, type House } from './monitor-house.ts'

const view = defineFeatureView({
  name: 'statements',
  entities: { client: { type: 'integer' } },
  timestamp: 'day',
  features: { billed: { type: 'number' } },
})

describe('the age of features', () => {
  test('a view without news fires at each look, also without a log, and its news end that', async () => {
    const house = await buildHouse(50)
    const look = (days: number) =>
      lookAt(house, days, '[{name: old, when: feature_age(statements) > 2d, notify: {command: x}}]')
    assert.deepEqual([await look(0), await look(2)], [[], []]) // the first look counts where there is no fact
    assert.deepEqual(await look(3), ['old'])
    await append(house, '2026-01-04T12:00:00Z')
    assert.deepEqual([await look(4), await look(5.5), await look(6)], [[], [], ['old']])
    assert.deepEqual(
      house.told.map(({ event, condition, since }) => [
        event,
        condition,
        since && (since - start) / dayMs,
      ]),
      [
        ['alert-firing', 'feature_age(statements) > 2d', 2],
        ['alert-resolved', 'feature_age(statements) > 2d', null],
        ['alert-firing', 'feature_age(statements) > 2d', 5.5],
      ],
    )
  })

  test('the online store is as old as the moment up to which it has a view', async () => {
    const house = await buildHouse(50)
    const look = (days: number) =>
      lookAt(house, days, '[{name: old, when: online_age(statements) > 12h}]')
    assert.deepEqual(await look(0), [])
    await append(house, '2026-01-01T06:00:00Z')
    assert.deepEqual(await look(0.75), ['old'])
    const online = openOnlineStore(join(house.folder, 'online.db'))
    const paths = { store: join(house.folder, 'data/features'), online }
    await materializeFeatures(view, { ...paths, until: '2026-01-01T12:00:00Z' })
    online[Symbol.dispose]()
    assert.deepEqual([await look(0.75), await look(1.25)], [[], ['old']])
  })

  test('a view that the project does not have is refused, by name and place', async () => {
    const house = await buildHouse(50)
    const alerts =
      '[{name: a, when: feature_age(statement) > 2d}, {name: b, when: online_age(x) > 2d}]'
    await assert.rejects(lookAt(house, 0, alerts), {
      code: 'CONFIG_INVALID',
      message:
        /^params\.yaml:\d+: the project has no feature view 'statement'; params\.yaml:\d+: .* 'x'$/,
      hint: /did you mean 'statements'/,
    })
    await assert.rejects(monitor(house.context(`{alerts: ${alerts}}`)), {
      code: 'CONFIG_INVALID',
      hint: /the project has no feature store/,
    })
  })
})

async function lookAt(house: House, days: number, alerts: string): Promise<readonly string[]> {
  const context = house.context(`{alerts: ${alerts}}`, { now: () => start + days * dayMs })
  const featureStore = { facts: [{ view, moments: {} }], asked: '2026-01-01', joins: [] }
  const report = await monitor({ ...context, project: { ...context.project, featureStore } })
  return report.firing
}

async function append({ folder }: House, moment: string): Promise<void> {
  const file = join(folder, 'facts.csv')
  writeFileSync(file, `client,day,billed\n1,${moment},250\n`)
  await appendFeatures(view, { store: join(folder, 'data/features'), file })
}
