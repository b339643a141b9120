/** Random prediction logs, looked at now and then, beside windows that pandas, scipy and scikit-learn judge. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { isObject, parseJsonText } from '../../src/core/json.ts'
import { createRandom, type Random } from '../../src/core/random.ts'
import { defineSchema } from '../../src/core/schema.ts'
import { columnsOf } from '../../src/data/expressions/columns-of.ts'
import { monitoringPath } from '../../src/monitoring/watch/monitoring-store.ts'
import { defineProject } from '../../src/project/definition/define-project.ts'
import { monitor } from '../../src/project/monitor/monitor.ts'
import { buildHouse, start, type House, type LoggedRow } from '../project/monitor/monitor-house.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { findPeer } from './python.ts'

const { python, skip } = findPeer('.venv', 'sklearn')
const programs = Number(process.env['MLPT_MONITOR_PROGRAMS'] ?? 3)
const firstSeed = Number(process.env['MLPT_MONITOR_SEED'] ?? 1)
const minute = 60_000

test('windows of random logs are those of an oracle in pandas and scipy', { skip }, async () => {
  const ran = []
  for (let i = 0; i < programs; i++) ran.push(await runProgram(firstSeed + i))
  const path = join(makeScratchFolder(), 'programs.json')
  writeFileSync(path, JSON.stringify(ran))
  const script = join(import.meta.dirname, 'monitor/oracle.py')
  const said = parseJsonText(execFileSync(python, [script, path], { encoding: 'utf8' }))
  assert.ok(isObject(said))
  assert.deepEqual(said['errors'], [])
  assert.ok(Number(said['windows']) > programs)
})

interface Label {
  readonly id: string
  readonly label: number
  readonly time: number
}

type Event =
  | { readonly kind: 'rows'; readonly rows: readonly object[] }
  | { readonly kind: 'labels'; readonly labels: readonly Label[] }
  | { readonly kind: 'look'; readonly now: number; readonly windows: readonly unknown[] }

const schema = defineSchema({
  id: { type: 'integer', min: 1 },
  a: { type: 'number', min: 0, max: 10, nullable: true },
  b: { type: 'category', levels: [0, 1, 2], nullable: true },
  t: { type: 'text', nullable: true },
  y: { type: 'boolean' },
})

const project = defineProject({
  name: 'credit',
  schema,
  key: 'id',
  target: 'y',
  features: { a: 'standardize', b: 'one-hot' },
  learned: { tree: { kind: 'oneHot', operand: columnsOf(schema)('t'), maxCategories: 9 } },
  sources: [{ kind: 'folder', path: 'data', files: ['credit.csv'] }],
  citation: { title: 'Credit', url: 'https://example.com', licence: 'CC0' },
})

const texts = ['oak', 'ash', 'Ähre', '木', '🌲 tree', "o'ak", 'Oak']
const otherDigest = 'e'.repeat(64)

/** Draws a program and runs it: rows and labels come, and now and then somebody looks. */
async function runProgram(seed: number): Promise<object> {
  const random = createRandom(seed)
  const house = await buildHouse(10)
  const settings = drawSettings(random)
  const reference = Array.from({ length: 300 + random.nextInteger(1500) }, () => drawCells(random))
  const named = join(house.folder, 'reference.json')
  writeFileSync(named, JSON.stringify(reference))
  const events: Event[] = []
  const ids: string[] = []
  const drift = { a: random.nextInteger(2) * random.next(), gaps: random.nextInteger(3) / 20 }
  let clock = start + random.nextInteger(1000)
  for (let step = 0; step < 4; step++) {
    const rows = drawRows(random, { clock, settings, drift, ids, digest: house.digest })
    clock = Math.max(clock, ...rows.map(({ time }) => time))
    await house.log(rows)
    events.push({ kind: 'rows', rows: rows.map(flatten) })
    if (random.next() < 0.7) {
      const labels = drawLabels(random, ids, step)
      await house.label(labels)
      events.push({ kind: 'labels', labels })
    }
    const now = clock + random.nextInteger(20) * minute
    if (random.next() < 0.75 || step === 3)
      events.push(await look(house, settings.yaml, now, named))
  }
  return { seed, digest: house.digest, settings, reference, events }
}

async function look(house: House, yaml: string, now: number, reference: string): Promise<Event> {
  await monitor(house.context(yaml, { now: () => now, reference, project }))
  using database = new DatabaseSync(monitoringPath(join(house.folder, '.mlpt')))
  const kept = database.prepare('SELECT window FROM windows').all()
  return { kind: 'look', now, windows: kept.map(({ window }) => JSON.parse(String(window))) }
}

function drawSettings(random: Random) {
  const isTime = random.next() < 0.5
  const unit = isTime ? 10 * minute : 40
  const step = unit * (1 + random.nextInteger(3))
  const size = step * (1 + random.nextInteger(3))
  const settle = random.nextInteger(3) * minute + 1000
  const minRows = 30 + random.nextInteger(60)
  const minLabels = 5 + random.nextInteger(40)
  const segments = { b: 'levels', a: [2.5, 5, 7], t: 'levels' }
  const show = (length: number): string => (isTime ? `${length / 1000}s` : String(length))
  const yaml = `{window: ${show(size)}, step: ${show(step)}, settle: ${settle / 1000}s, min_rows: ${minRows}, min_labels: ${minLabels}, replicates: 100, segments: {b: levels, a: [2.5, 5, 7], t: levels}}`
  return { isTime, size, step, settle, minRows, minLabels, segments, yaml }
}

interface Cells {
  readonly a: number | null
  readonly b: number | null
  readonly t: string | null
}

function drawCells(random: Random, drift = { a: 0, gaps: 0 }): Cells {
  const isGap = (share: number): boolean => random.next() < share
  const place = Math.min(random.nextInteger(texts.length), random.nextInteger(texts.length))
  return {
    a: isGap(0.02 + drift.gaps) ? null : Math.round(100 * (random.next() * 10 + 3 * drift.a)) / 100,
    b: isGap(0.03)
      ? null
      : Math.min(random.nextInteger(3 + Math.round(drift.a)), random.nextInteger(4)),
    t: isGap(0.05 + drift.gaps) ? null : texts[place]!,
  }
}

/** In bursts and gaps, now and then with a clock that was set back or is ahead, or on the border of a window. */
function drawRows(
  random: Random,
  {
    clock,
    settings,
    drift,
    ids,
    digest,
  }: {
    readonly clock: number
    readonly settings: { readonly step: number; readonly isTime: boolean }
    readonly drift: { readonly a: number; readonly gaps: number }
    readonly ids: string[]
    readonly digest: string
  },
): LoggedRow[] {
  let time = clock
  let isOther = random.next() < 0.5
  return Array.from({ length: 60 + random.nextInteger(250) }, (_, place) => {
    const chance = random.next()
    if (chance < 0.02) time += random.nextInteger(15 * minute)
    else if (chance < 0.03) time -= random.nextInteger(5 * minute)
    else if (chance > 0.2) time += random.nextInteger(10_000)
    if (random.next() < 0.02) isOther = !isOther
    const border = settings.isTime ? Math.ceil(time / settings.step) * settings.step : time
    const id = `${['r', 'é', '🌲', 'R'][random.nextInteger(4)]!}${ids.length}`
    ids.push(id)
    const { t, ...cells } = drawCells(random, drift)
    return {
      id,
      time: random.next() < 0.05 ? border - random.nextInteger(2) : time,
      ...cells,
      // The first row says what is a text.
      texts: { t: place === 0 ? texts[0]! : t },
      score: Math.fround(random.next()),
      version: isOther ? '2' : '1',
      digest: isOther ? otherDigest : digest,
      arm: random.next() < 0.1 ? 'shadow' : 'champion',
    }
  })
}

function flatten({ texts: { t } = {}, ...row }: LoggedRow): object {
  return { ...row, t }
}

/** Of rows that came, that come later and that never come; twice, with another label, or with one that is none. */
function drawLabels(random: Random, ids: readonly string[], time: number): readonly Label[] {
  return Array.from({ length: 1 + random.nextInteger(200) }, () => ({
    id: ids[random.nextInteger(ids.length + 30)] ?? `r${ids.length + random.nextInteger(100)}`,
    label: random.next() < 0.03 ? 0.5 : random.nextInteger(2),
    time: Math.max(0, time - random.nextInteger(2)),
  }))
}
