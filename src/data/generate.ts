import type { Random } from '../core/random.ts'
import { encodeCoded, decodeInput } from '../core/input-field.ts'
import {
  isTimeField,
  type ModelField,
  type Schema,
  type TextField,
  type TimeField,
} from '../core/schema.ts'
import { exp, log, sigmoid } from '../math/index.ts'

/** Columns by name, all of one length: numbers, or texts and dates as they are written. */
export type GeneratedTable = ReadonlyMap<string, Float64Array | readonly string[]>

/**
 * Generates rows that fit a schema, with a target that depends on some of the
 * columns: planted effects that a sound model must find. The same seed gives
 * the same table on every machine.
 *
 * Bounded numbers follow a triangle that leans to the low end, open ones a
 * log-normal; categories prefer their middle levels; about a fifth of the
 * targets are 1.
 *
 * @param options.key - a column that counts 1, 2, 3, …
 * @param options.target - a boolean column
 */
export function generateTable(
  schema: Schema,
  options: {
    readonly rows: number
    readonly key: string
    readonly target: string
    readonly random: Random
  },
): GeneratedTable {
  const { rows, key, target, random } = options
  const table = new Map<string, Float64Array | readonly string[]>()
  const score = new Float64Array(rows)
  for (const [name, field] of Object.entries(schema.fields)) {
    if (name === target) continue
    if (name === key) {
      table.set(
        name,
        Float64Array.from({ length: rows }, (_, i) => i + 1),
      )
      continue
    }
    if (field.type === 'text' || isTimeField(field)) {
      const draw = textDrawerOf(field, random.fork(name))
      table.set(name, Array.from({ length: rows }, draw))
      continue
    }
    const values = generateColumn(field, rows, random.fork(name))
    table.set(name, values)
    addEffect(score, values, random.fork(`effect of ${name}`))
  }
  const noise = random.fork(target)
  table.set(
    target,
    score.map((s) => (noise.next() < sigmoid(s - 1.7) ? 1 : 0)),
  )
  return new Map(Object.keys(schema.fields).map((name) => [name, table.get(name)!]))
}

function textDrawerOf(field: TextField | TimeField, random: Random): () => string {
  if (field.type === 'text') {
    const { levels = ['a', 'b', 'c', 'd'] } = field
    return () => levels[random.nextInteger(levels.length)]!
  }
  // Whole days, or whole seconds.
  const step = field.type === 'date' ? 1 : 1000
  const [min, max] = [field.min ?? '2000-01-01', field.max ?? '2029-12-31'].map((time) =>
    Math.floor(encodeCoded(field, time) / step),
  )
  const first = Math.min(min!, max!)
  const count = Math.abs(max! - min!) + 1
  return () => String(decodeInput(field, (first + random.nextInteger(count)) * step))
}

function generateColumn(field: ModelField, rows: number, random: Random): Float64Array {
  const draw = drawerOf(field, random)
  return Float64Array.from({ length: rows }, draw)
}

function drawerOf(field: ModelField, random: Random): () => number {
  switch (field.type) {
    case 'boolean':
      return () => (random.next() < 0.4 ? 1 : 0)
    case 'category': {
      const { levels } = field
      return () => levels[Math.floor(((random.next() + random.next()) / 2) * levels.length)]!
    }
    case 'integer':
    case 'number': {
      const round = field.type === 'integer' ? Math.floor : (x: number): number => x
      const { min, max } = field
      if (min !== undefined && max !== undefined) {
        return () => round(min + (max - min) * Math.min(random.next(), random.next()))
      }
      const start = min ?? 0
      return () => round(start + exp(7 + 1.5 * drawNormal(random)))
    }
  }
}

/** Sum of twelve uniforms, centred: near enough to a normal for made-up data. */
function drawNormal(random: Random): number {
  let sum = -6
  for (let i = 0; i < 12; i++) sum += random.next()
  return sum
}

/** About half of the columns get an effect on the target's log-odds, straight or bent. */
function addEffect(into: Float64Array, values: Float64Array, random: Random): void {
  const weight = random.next() < 0.5 ? 0 : random.next() * 2 - 1
  const isBent = random.next() < 0.5
  const sorted = values.map(compress).sort()
  const low = sorted[Math.floor(sorted.length * 0.05)] ?? 0
  const high = sorted[Math.floor(sorted.length * 0.95)] ?? 1
  const middle = (low + high) / 2
  const halfWidth = (high - low) / 2 || 1
  for (let i = 0; i < into.length; i++) {
    const z = Math.max(-1, Math.min(1, (compress(values[i]!) - middle) / halfWidth))
    into[i]! += weight * (isBent ? 1.5 * z * z - 0.5 : z)
  }
}

function compress(x: number): number {
  return x < 0 ? -log(1 - x) : log(1 + x)
}
