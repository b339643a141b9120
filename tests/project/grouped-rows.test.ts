/** Projects in which several rows are of one customer, say: `group` of project.ts. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { defineSchema } from '../../src/core/schema.ts'
import { defineProject, type Project } from '../../src/project/definition/define-project.ts'
import { buildHouse, parametersOf, type House } from './target-house.ts'

describe('rows that belong together', () => {
  test('are on one side: what a customer is like no longer tells of itself', async () => {
    const [plain, grouped] = [await accuracyOf(undefined), await accuracyOf('customer')]
    assert.ok(plain > 0.8, `${plain}`)
    // Customers churn by luck.
    assert.ok(Math.abs(grouped - 0.5) < 0.2, `${grouped}`)
  })

  test('are held out together by what calibrates', async () => {
    await using house = await build('customer', { calibration: 'platt' })
    await house.make('boosting')
    const { log_loss: loss } = house.readJson('metrics/boosting.json') as { log_loss: number }
    // Nothing is known of other customers, and the probabilities say so: ln 2 is 0.69.
    assert.ok(loss < 0.8, `${loss}`)
  })

  test('by a column that is no feature', () => {
    assert.throws(() => defineCustomers('usage'), {
      code: 'CONFIG_INVALID',
      message: /the group 'usage' is among the features/,
    })
  })
})

/** That is measured; what promotes scores the same rows, or it would not go on. */
async function accuracyOf(group: 'customer' | undefined): Promise<number> {
  await using house = await build(group)
  await house.make('boosting')
  await house.promote()
  const { accuracy } = house.readJson('metrics/boosting.json') as { accuracy: number }
  return accuracy
}

/** Each customer has an own usage, and churns by luck, in all of its rows. */
function build(group: 'customer' | undefined, more: object = {}): Promise<House> {
  const random = createRandom(5)
  const rows = Array.from({ length: 120 }, (_, customer) => {
    const [usage, churned] = [random.next() * 100, random.next() < 0.5]
    return Array.from(
      { length: 6 },
      (_row, i) => `${customer * 6 + i},${customer},${usage + random.next() / 100},${churned}`,
    )
  })
  const boosting = { rounds: 100, learning_rate: 0.2, min_rows_per_leaf: 2, l2: 0, max_bins: 255 }
  return buildHouse(
    defineCustomers(group),
    `id,customer,usage,churned\n${rows.flat().join('\n')}\n`,
    parametersOf({
      train: { boosting: { ...boosting, ...more } },
      promote: { metric: 'roc_auc' },
    }),
  )
}

function defineCustomers(group: 'customer' | 'usage' | undefined): Project {
  return defineProject({
    name: 'customers',
    schema: defineSchema({
      id: { type: 'integer' },
      customer: { type: 'integer' },
      usage: { type: 'number' },
      churned: { type: 'boolean' },
    }),
    key: 'id',
    target: 'churned',
    ...(group && { group }),
    features: { usage: 'standardize' },
    sources: [{ kind: 'folder', path: 'data', files: ['customers.csv'] }],
    citation: { title: 'Customers', url: 'https://example.com', licence: 'CC0' },
  })
}
