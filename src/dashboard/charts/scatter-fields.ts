/** What runs can be held against each other by: their params and metrics, as numbers or as names. */

import type { Run } from '../../core/tracking.ts'
import { isDifferent, measureRun, metricNames, paramNames } from '../measured.ts'

/** One param or metric of all runs. */
export interface ScatterField {
  /** 'params.depth', 'metrics.loss': tells a param from a metric of its name. */
  readonly id: string
  readonly name: string
  /** One per run, in their order: a finite number, the place in `names`, or none. */
  readonly values: readonly (number | undefined)[]
  /** Of what is no number, sorted; `undefined` for numbers. */
  readonly names: readonly string[] | undefined
}

/** Params in which the runs differ, those that are numbers in every run as numbers. */
export function paramFields(runs: readonly Run[]): readonly ScatterField[] {
  return paramNames(runs)
    .filter((name) => isDifferent(name, runs))
    .map((name) => {
      const texts = runs.map((run) => run.params[name])
      const numbers = texts.map((text) => (text === undefined ? undefined : parseNumber(text)))
      const areNumbers = texts.every((text, i) => text === undefined || numbers[i] !== undefined)
      const id = `params.${name}`
      if (areNumbers) return { id, name, values: numbers, names: undefined }
      const names = [...new Set(texts.filter((text) => text !== undefined))].sort()
      const values = texts.map((text) => (text === undefined ? undefined : names.indexOf(text)))
      return { id, name, values, names }
    })
}

/** Metrics; one that is NaN or infinite has no place in a picture. */
export function metricFields(runs: readonly Run[]): readonly ScatterField[] {
  const measured = runs.map(measureRun)
  return metricNames(runs).map((name) => ({
    id: `metrics.${name}`,
    name,
    values: measured.map((metrics) => {
      const value = metrics.get(name)?.value
      return value !== undefined && Number.isFinite(value) ? value : undefined
    }),
    names: undefined,
  }))
}

function parseNumber(text: string): number | undefined {
  const number = text.trim() === '' ? NaN : Number(text)
  return Number.isFinite(number) ? number : undefined
}
