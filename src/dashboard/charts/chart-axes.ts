/** Scales of charts, and the axes that show them. */

import type { VNode } from 'preact'
import { html } from 'htm/preact'

/** Of every chart, in units of its picture. */
export const size = { width: 340, height: 300 }
export const frame = { left: 66, right: 14, top: 12, bottom: 44 }
export const xRange = [frame.left, size.width - frame.right] as const
export const yRange = [size.height - frame.bottom, frame.top] as const

export interface Scale {
  readonly ticks: readonly { readonly place: number; readonly label: string }[]
  readonly place: (value: number) => number
}

type Range = readonly [from: number, to: number]

export function Axes({
  x,
  y,
  xLabel,
  yLabel,
}: {
  readonly x: Scale
  readonly y: Scale
  readonly xLabel: string
  readonly yLabel: string
}): VNode {
  const { left, top } = frame
  const [, right] = xRange
  const [bottom] = yRange
  return html`
    <g class="axes">
      ${y.ticks.map(
        ({ place, label }) => html`
          <line x1=${left} x2=${right} y1=${place} y2=${place} />
          <text class="end" x=${left - 6} y=${place + 4}>${label}</text>
        `,
      )}
      ${x.ticks.map(
        ({ place, label }) => html`
          <line x1=${place} x2=${place} y1=${top} y2=${bottom} />
          <text class="middle" x=${place} y=${bottom + 16}>${label}</text>
        `,
      )}
      <text class="middle" x=${(left + right) / 2} y=${size.height - 8}
        >${shorten(xLabel, 40)}</text
      >
      <text class="middle" transform=${`translate(12 ${(top + bottom) / 2}) rotate(-90)`}>
        ${shorten(yLabel, 32)}
      </text>
    </g>
  `
}

/** From the lowest to the highest value, with round ticks: whole ones for whole numbers, none below zero unless a value is. */
export function createScale(values: readonly number[], range: Range): Scale {
  const finite = values.filter((value) => Number.isFinite(value))
  const [low, high] = extentOf(finite)
  return linearScale([low, high], range, roundTicks(low, high, finite.every(Number.isInteger)))
}

/** From 0 to 1. */
export function createUnitScale(range: Range): Scale {
  return linearScale([0, 1], range, roundTicks(0, 1, false))
}

/** For positive values of several orders of magnitude: a tick at each power of ten. */
export function createLogScale(values: readonly number[], range: Range): Scale {
  const logs = values.map((value) => Math.log10(value))
  const [low, high] = [Math.floor(lowest(logs)), Math.ceil(highest(logs))]
  const linear = linearScale([low, high], range, [])
  const stride = Math.ceil((high - low) / 6)
  const powers = Array.from({ length: high - low + 1 }, (_, i) => low + i)
  return {
    ticks: powers
      .filter((power) => (power - low) % stride === 0)
      .map((power) => ({ place: linear.place(power), label: formatTick(10 ** power) })),
    place: (value) => linear.place(Math.log10(value)),
  }
}

/** A place for each name, by its number; where they are many, not all are written. */
export function createNameScale(names: readonly string[], range: Range): Scale {
  const linear = linearScale([-0.5, names.length - 0.5], range, [])
  const mostLabels = 6
  const stride = Math.ceil(names.length / mostLabels)
  const longest = names.length > 4 ? 7 : 11
  return {
    ticks: names.flatMap((name, i) =>
      i % stride === 0 ? [{ place: linear.place(i), label: shorten(name, longest) }] : [],
    ),
    place: linear.place,
  }
}

function linearScale([low, high]: Range, [from, to]: Range, ticks: readonly number[]): Scale {
  const place = (value: number): number => from + ((value - low) / (high - low)) * (to - from)
  return { ticks: ticks.map((tick) => ({ place: place(tick), label: formatTick(tick) })), place }
}

/** Multiples of 1, 2, 2.5 or 5 times a power of ten from low to high, six at most. */
function roundTicks(low: number, high: number, isWhole: boolean): readonly number[] {
  const power = 10 ** Math.floor(Math.log10(high - low))
  const step =
    [0.1, 0.2, 0.25, 0.5, 1, 2]
      .map((part) => part * power)
      .filter((part) => !isWhole || Number.isInteger(part))
      .find((part) => (high - low) / part <= 5) ?? high - low
  const first = Math.ceil(low / step - 1e-9)
  const count = Math.floor(high / step + 1e-9) - first + 1
  return Array.from({ length: count }, (_, i) => (first + i) * step)
}

/** Below it numbers have too few digits to be divided. */
const smallestSpan = 1e-290

/** Lowest and highest value; a little apart when they are one, but what is never negative stays so. */
function extentOf(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [0, 1]
  const [low, high] = [lowest(values), highest(values)]
  if (high - low > smallestSpan) return [low, high]
  const half = Math.abs(low) / 2
  const margin = values.every(Number.isInteger) || half <= smallestSpan ? 1 : half
  return low >= 0 ? [Math.max(0, low - margin), low + margin] : [low - margin, low + margin]
}

/** Spread over a call's arguments, a hundred thousand values would be too many. */
function lowest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity)
}

function highest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity)
}

function formatTick(value: number): string {
  const rounded = Number(value.toPrecision(6))
  return Math.abs(rounded) >= 1e6 || (rounded !== 0 && Math.abs(rounded) < 1e-3)
    ? rounded.toExponential(1).replace('.0e', 'e')
    : String(rounded)
}

function shorten(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}
