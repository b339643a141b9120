import { pluralize } from '../../core/format-number.ts'
import type { ColumnProfile, Profile } from './profile.ts'

/** A profile as a table for the terminal: a line for each column. */
export function renderProfile({ rows, columns }: Profile): readonly string[] {
  const head = ['column', 'type', 'missing', 'different', 'values']
  const cells = columns.map((column) => describe(column, rows))
  const widths = head.map((name, i) =>
    Math.min(40, Math.max(name.length, ...cells.map((line) => line[i]!.length))),
  )
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => fit(text, i === 4 ? 0 : widths[i]!))
      .join('  ')
      .trimEnd()
  return [
    `${rows} ${pluralize(rows, 'row')}, ${columns.length} ${pluralize(columns.length, 'column')}`,
    '',
    line(head),
    ...cells.map(line),
  ]
}

function fit(text: string, width: number): string {
  return width > 0 && text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)
}

function describe(column: ColumnProfile, rows: number): string[] {
  const { name, type, nulls, nans, distinct } = column
  const missing = rows === 0 ? 0 : ((nulls + nans) / rows) * 100
  const different = `${distinct.isExact ? '' : '≥ '}${distinct.count}`
  return [name, type, `${Number(missing.toPrecision(3))} %`, different, show(column)]
}

const shownValues = 4

function show({ type, family, numbers, top }: ColumnProfile): string {
  if (family === 'number' && numbers !== undefined) {
    const [min, mean, max] = [numbers.min, numbers.mean, numbers.max].map(short)
    const median = numbers.quantiles?.find(({ share }) => share === 0.5)
    const middle = median === undefined ? '' : `, median ${short(median.value)}`
    return `${drawBars(numbers.histogram.counts)}  ${min} … ${max}, mean ${mean}${middle}`
  }
  // A day is a moment at midnight in the profile.
  const shown = (value: string): string => (type === 'DATE' ? value.split('T', 1)[0]! : value)
  const values = top.slice(0, shownValues).map(({ value, count }) => `${shown(value)} (${count})`)
  return values.join(', ') + (top.length > shownValues ? ', …' : '')
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)))
}

const bars = '▁▂▃▄▅▆▇█'

/** Heights relative to the fullest bin; an empty bin is a blank. */
function drawBars(counts: readonly number[]): string {
  const most = Math.max(...counts)
  return counts
    .map((count) => (count === 0 ? ' ' : bars[Math.ceil((count / most) * bars.length) - 1]!))
    .join('')
}
