import type { Run } from '../core/tracking.ts'
import type { Sort } from './place.ts'

/**
 * Runs by one column, in a fresh list. Equal runs keep their order, and runs
 * without a value, or with NaN, come last in both directions. Params that are all
 * numbers sort as numbers.
 */
export function sortRuns(runs: readonly Run[], { column, isDescending }: Sort): readonly Run[] {
  const texts = runs.map((run) => valueOf(run, column))
  const isNumeric = texts.every((value) => value === undefined || isNumber(value))
  const keys = new Map(
    runs.map((run, i) => {
      const text = texts[i]
      return [run, text === undefined || !isNumeric ? text : Number(text)] as const
    }),
  )
  const sign = isDescending ? -1 : 1
  return runs.toSorted((a, b) => compare(keys.get(a), keys.get(b), sign))
}

function valueOf(run: Run, column: string): string | number | undefined {
  if (column === 'name') return run.runName
  if (column === 'status') return run.status
  if (column === 'start') return run.startTime
  if (column.startsWith('params.')) return run.params[column.slice('params.'.length)]
  const key = column.slice('metrics.'.length)
  return run.metrics.find((point) => point.key === key)?.value
}

function isNumber(value: string | number): boolean {
  return typeof value === 'number' || (value.trim() !== '' && !Number.isNaN(Number(value)))
}

function compare(
  a: string | number | undefined,
  b: string | number | undefined,
  sign: number,
): number {
  const rankA = a === undefined ? 2 : Number.isNaN(a) ? 1 : 0
  const rankB = b === undefined ? 2 : Number.isNaN(b) ? 1 : 0
  if (rankA !== 0 || rankB !== 0) return rankA - rankB
  if (a === b || a === undefined || b === undefined) return 0
  return a < b ? -sign : sign
}
