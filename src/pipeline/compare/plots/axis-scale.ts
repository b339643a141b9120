/** From values to places on an axis. */

import type { YamlValue } from '../../yaml/yaml-value.ts'

/** An axis of numbers, or of names in the order in which they come. */
export interface AxisScale {
  /** From 0 at the start of the axis to 1 at its end; `undefined` for what has no place on it. */
  readonly placeOf: (value: YamlValue | undefined) => number | undefined
  readonly ticks: readonly AxisTick[]
}

/** A mark with its label. */
export interface AxisTick {
  readonly place: number
  readonly label: string
}

/** How an axis is laid out. */
export interface AxisOptions {
  /** Share of the span that stays free at both ends. */
  readonly padding?: number
  readonly startsAtZero?: boolean
}

/** The number that a value is or that its text says; `undefined` for all else, and for what is not finite. */
export function toNumber(value: YamlValue | undefined): number | undefined {
  if (typeof value === 'string' && value.trim() === '') return undefined
  const isNumeric =
    typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string'
  const number = isNumeric ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

/** Text for people. */
export function toLabel(value: YamlValue | undefined): string {
  if (value === undefined || value === null) return '–'
  return typeof value === 'object' ? '…' : String(value)
}

/** Numbers when every value is one, else names. */
export function createAxisScale(
  values: readonly (YamlValue | undefined)[],
  options: AxisOptions = {},
): AxisScale {
  const present = values.filter((value) => value !== undefined && value !== null && value !== '')
  const numbers = present.map((value) => toNumber(value))
  const isNumeric = numbers.every((number) => number !== undefined)
  return isNumeric ? numberScale(numbers.filter(isNumber), options) : nameScale(present)
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined
}

function numberScale(numbers: readonly number[], options: AxisOptions): AxisScale {
  const [start, end] = spanOf(numbers, options)
  const placeAt = (number: number): number => (number - start) / (end - start)
  return {
    placeOf: (value) => {
      const number = toNumber(value)
      return number === undefined ? undefined : placeAt(number)
    },
    ticks: tickNumbers(start, end, numbers.every(Number.isInteger)).map((number) => ({
      place: placeAt(number),
      label: formatTick(number),
    })),
  }
}

/** First and last number of the axis; one value alone stands in the middle of something. */
function spanOf(
  numbers: readonly number[],
  { padding = 0, startsAtZero = false }: AxisOptions,
): [number, number] {
  const all = startsAtZero ? [0, ...numbers] : numbers
  const low = all.reduce((least, number) => Math.min(least, number), Infinity)
  const high = all.reduce((most, number) => Math.max(most, number), -Infinity)
  if (low > high) return [0, 1]
  if (low === high) {
    const half = Math.abs(low) / 2 || 0.5
    return [low - half, high + half]
  }
  const room = (high - low) * padding
  const isFixed = (number: number): boolean => startsAtZero && number === 0
  return [isFixed(low) ? low : low - room, isFixed(high) ? high : high + room]
}

const wantedTicks = 6

/** Multiples of 1, 2 or 5 times a power of ten; between whole numbers there is nothing to mark. */
function tickNumbers(start: number, end: number, areWhole: boolean): number[] {
  const rough = Math.max(areWhole ? 1 : 0, (end - start) / wantedTicks)
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10
  const step = factor * power
  const first = Math.ceil(start / step - 1e-9)
  const count = Math.floor(end / step + 1e-9) - first + 1
  if (!Number.isFinite(count) || count > 100) return [start, end]
  return Array.from({ length: Math.max(0, count) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  )
}

/** Few digits; very large and very small numbers with a power of ten. */
export function formatTick(number: number): string {
  const size = Math.abs(number)
  if (number === 0) return '0'
  if (size >= 1e6 || size < 1e-4) {
    return number
      .toExponential(2)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e')
  }
  return String(Number(number.toPrecision(6)))
}

const mostNameTicks = 12

function nameScale(values: readonly (YamlValue | undefined)[]): AxisScale {
  const names = [...new Set(values.map(toLabel))]
  const indices = new Map(names.map((name, i) => [name, i]))
  const placeAt = (i: number): number => (i + 0.5) / names.length
  const every = Math.ceil(names.length / mostNameTicks)
  return {
    placeOf: (value) => {
      const i = indices.get(toLabel(value))
      return i === undefined ? undefined : placeAt(i)
    },
    ticks: names
      .map((label, i) => ({ place: placeAt(i), label }))
      .filter((_, i) => i % every === 0),
  }
}
