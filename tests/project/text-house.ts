/** A project whose models take texts and dates, on drawn rows. */

import { createRandom } from '../../src/core/random.ts'
import { defineSchema } from '../../src/core/schema.ts'
import { columnsOf } from '../../src/data/expressions/columns-of.ts'
import * as feature from '../../src/data/expressions/build-expression.ts'
import { defineProject } from '../../src/project/definition/define-project.ts'
import { buildHouse, parametersOf, type House } from './target-house.ts'

const schema = defineSchema({
  id: { type: 'integer' },
  town: { type: 'text', maxLength: 20, nullable: true },
  plan: { type: 'text', levels: ['free', "it's pro", '007'] },
  since: { type: 'date', min: '2000-01-01', nullable: true },
  input: { type: 'number', nullable: true },
  left: { type: 'boolean' },
})
const column = columnsOf(schema)

/** Its column `input` has the name that a model's matrix has. */
export const textProject = defineProject({
  name: 'members',
  schema,
  key: 'id',
  target: 'left',
  features: { input: 'standardize' },
  derived: {
    paid: feature.isOneOf(column('plan'), ["it's pro", '007']),
    unknown: feature.isMissing(column('town')),
    month: feature.month(column('since')),
    weekday: feature.weekday(column('since')),
    years: feature.divide(feature.daysBetween(column('since'), '2025-01-01'), 365.25),
  },
  learned: {
    place: { kind: 'oneHot', operand: column('town'), maxCategories: 3 },
    rate: { kind: 'targetMean', operand: column('town'), smoothing: 5 },
    bucket: { kind: 'hash', operand: column('town'), buckets: 4 },
  },
  sources: [{ kind: 'folder', path: 'data', files: ['members.csv'] }],
  citation: { title: 'Members', url: 'https://example.com', licence: 'CC0' },
})

/** Some towns come once: fits do not see those of the test fold. */
const towns = ['Ulm', 'Bonn', 'Köln', 'São Paulo', 'a,b', '東京', '~0', '']

/** Rows of CSV; the target hangs on all of them. */
export function drawMembers(rows = 500): string {
  const random = createRandom(11)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random.next() * values.length)]!
  const lines = Array.from({ length: rows }, (_, i) => {
    const town = i % 25 === 0 ? `Dorf ${i}` : pick(towns)
    const plan = pick(['free', "it's pro", '007'])
    const month = Math.floor(random.next() * 12)
    const since =
      random.next() < 0.1 ? '' : new Date(Date.UTC(2001 + (i % 24), month, 15)).toISOString()
    const input = random.next() < 0.1 ? '' : String(Math.round(random.next() * 100) / 10)
    const weight =
      (town === 'Ulm' ? 0.3 : town === '' ? 0.5 : 0) + (plan === 'free' ? 0.3 : 0) + month / 40
    const left = random.next() < weight ? 1 : 0
    return [i, `"${town}"`, plan, since.slice(0, 10), input, left].join(',')
  })
  return `id,town,plan,since,input,left\n${lines.join('\n')}\n`
}

/** The features of the project are made; models are not. */
export async function buildTextHouse(): Promise<House> {
  const parameters = parametersOf({
    train: {
      boosting: { rounds: 25, learning_rate: 0.2, max_leaves: 8, min_rows_per_leaf: 5 },
      neural: { max_epochs: 40, hidden_units: 8, batch_size: 32, learning_rate: 0.01 },
    },
    promote: { metric: 'roc_auc' },
  })
  return buildHouse(textProject, drawMembers(), parameters)
}
