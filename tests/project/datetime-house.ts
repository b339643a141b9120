/** A project whose models take moments, on drawn rows. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createRandom } from '../../src/core/random.ts'
import { defineSchema } from '../../src/core/schema.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { ingestTable } from '../../src/data/ingest.ts'
import { columnsOf } from '../../src/data/expressions/columns-of.ts'
import * as feature from '../../src/data/expressions/build-expression.ts'
import { defineProject } from '../../src/project/definition/define-project.ts'
import { features } from '../../src/project/features.ts'
import { layoutOf } from '../../src/project/layout.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { openHouse, parametersOf, type House } from './target-house.ts'

const schema = defineSchema({
  id: { type: 'integer' },
  asked_at: { type: 'datetime', min: '2026-01-01T00:00:00Z' },
  booked_at: { type: 'datetime', nullable: true },
  distance: { type: 'number' },
  late: { type: 'boolean' },
})
const column = columnsOf(schema)

const ridesProject = defineProject({
  name: 'rides',
  schema,
  key: 'id',
  target: 'late',
  features: { distance: 'standardize' },
  derived: {
    hour: feature.hour(column('asked_at')),
    minute: feature.minute(column('asked_at')),
    weekday: feature.weekday(column('asked_at')),
    days: feature.daysBetween('2026-01-01', column('asked_at')),
    waited: feature.secondsBetween(column('booked_at'), column('asked_at')),
  },
  learned: {
    wait: {
      kind: 'impute',
      operand: feature.secondsBetween(column('booked_at'), column('asked_at')),
      strategy: 'median',
    },
  },
  serving: { fields: { asked_at: { outOfRange: 'impute', value: 'median' } } },
  sources: [{ kind: 'folder', path: 'data', files: ['rides.csv'] }],
  citation: { title: 'Rides', url: 'https://example.com', licence: 'CC0' },
})

export interface Ride extends Readonly<Record<string, string | number | null>> {
  readonly asked_at: string
  readonly booked_at: string | null
  readonly distance: number
}

/** Rides at all times, their moments written in any way; those of the morning are late, and those that were booked just before. */
export function drawRides(rows: number, seed: number): Ride[] {
  return drawOutcomes(rows, seed).map(({ ride }) => ride)
}

function drawOutcomes(
  rows: number,
  seed: number,
): { readonly ride: Ride; readonly late: number }[] {
  const random = createRandom(seed)
  const begin = Date.UTC(2026, 0, 1)
  return Array.from({ length: rows }, (_, i) => {
    const asked = begin + random.nextInteger(300 * 86_400_000)
    const booked = asked - random.nextInteger(7_200_000)
    const hour = new Date(asked).getUTCHours()
    const odds = (hour >= 6 && hour < 10 ? 0.7 : 0.1) + (asked - booked < 1_800_000 ? 0.2 : 0)
    const ride = {
      asked_at: writeMoment(asked, i),
      booked_at: i % 9 === 0 ? null : writeMoment(booked, i + 1),
      distance: Math.round(random.next() * 200) / 10,
    }
    return { ride, late: Number(random.next() < odds) }
  })
}

/** The same moment in one of several ways. */
function writeMoment(milliseconds: number, way: number): string {
  const offset = [0, 0, 330, -210][way % 4]! * 60_000
  const text = new Date(milliseconds + offset).toISOString().slice(0, -1)
  return [`${text}Z`, text.replace('T', ' '), `${text}456+05:30`, `${text}-0330`][way % 4]!
}

/** The features of the project are made; models are not. */
export async function buildRidesHouse(): Promise<House> {
  const lines = drawOutcomes(500, 12).map(
    ({ ride: { asked_at, booked_at, distance }, late }, i) =>
      `${i},${asked_at},${booked_at ?? ''},${distance},${late}`,
  )
  const csv = `id,asked_at,booked_at,distance,late\n${lines.join('\n')}\n`
  const parameters = parametersOf({
    train: { boosting: { rounds: 25, learning_rate: 0.2, max_leaves: 8, min_rows_per_leaf: 5 } },
    promote: { metric: 'roc_auc' },
  })
  const house = await openHouse(ridesProject, makeScratchFolder(), parameters)
  const path = join(house.directory, 'rides.csv')
  writeFileSync(path, csv)
  const output = join(house.directory, layoutOf('rides').raw)
  mkdirSync(dirname(output), { recursive: true })
  using database = await openDatabase()
  const file = { path, place: 'rides.csv', output }
  await ingestTable(database, file, schema, { sha256: undefined, policy: 'error' })
  await features(house.context)
  return house
}
