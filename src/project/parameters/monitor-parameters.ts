/** The section `monitor` of params.yaml: how the prediction log is watched, and what follows. */

import { isObject } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import type { SegmentSpec } from '../../monitoring/watch/segments.ts'
import { parseTimeSpan, timeSpanForm } from '../../monitoring/watch/time-span.ts'
import { parseWindowSize, type WindowSize } from '../../monitoring/watch/window-size.ts'
import { parseAlerts, type PlacedRule } from './monitor-alerts.ts'
import { parseSpans, type LogSpan } from './monitor-spans.ts'
import { parseColumnSpecs } from './parse-column-specs.ts'
import { describeRule, integer, isAllowed, number, seed, type Rule } from './parameter-rules.ts'

/** What follows from an alert about drift or performance. */
export const driftActions = ['nothing', 'retrain'] as const

/** The section, checked and with its defaults. */
export interface Monitoring {
  readonly size: WindowSize
  readonly settleMs: number
  readonly minRows: number
  readonly segments: Readonly<Record<string, SegmentSpec>>
  readonly minLabels: number
  readonly replicates: number
  readonly confidenceLevel: number
  readonly seed: number
  readonly onDrift: (typeof driftActions)[number]
  readonly retrainMinRows: number
  /** Times of the log whose rows no training takes. */
  readonly retrainWithout: readonly LogSpan[]
  readonly alerts: readonly PlacedRule[]
}

type At = (path: readonly string[]) => string

const rules = {
  min_rows: integer(30, 1e9),
  min_labels: integer(2, 1e9),
  replicates: integer(100, 100_000),
  confidence_level: number(0.5, 0.999),
  seed,
  on_drift: { kind: 'choice', options: driftActions },
  retrain_min_rows: integer(1, 1e9),
} as const satisfies Readonly<Record<string, Rule>>

const names = [
  'window',
  'step',
  'settle',
  'segments',
  'retrain_without',
  'alerts',
  ...Object.keys(rules),
]

/**
 * Reads the section; what it leaves out has a default, and so has all of it.
 *
 * @param at - file and line of a path
 */
export function parseMonitoring(
  value: unknown,
  at: At,
): { readonly monitoring: Monitoring; readonly problems: readonly string[] } {
  const isSection = value === undefined || isObject(value)
  const section = isObject(value) ? value : {}
  const { size, problems: sizeProblems } = parseWindowSize(
    section['window'] ?? 1000,
    section['step'],
  )
  const settleMs = parseTimeSpan(section['settle'] ?? '1m')
  const segments = parseColumnSpecs(section['segments'] ?? {}, segmentsSection, at)
  const without = parseSpans(section['retrain_without'], at)
  const alerts = parseAlerts(section['alerts'], at)
  const problems = [
    ...(isSection
      ? []
      : [`${at(['monitor'])}: 'monitor' is ${JSON.stringify(value)}, expected a section`]),
    ...findNameProblems(section, at),
    ...sizeProblems.map(({ name, what }) => `${at(['monitor', name])}: ${what}`),
    ...(settleMs === undefined
      ? [
          `${at(['monitor', 'settle'])}: 'monitor.settle' is ${JSON.stringify(section['settle'])}, expected ${timeSpanForm}`,
        ]
      : []),
    ...findValueProblems(section, at),
    ...segments.problems,
    ...without.problems,
    ...alerts.problems,
  ]
  const numberOf = (name: string, otherwise: number): number => Number(section[name] ?? otherwise)
  return {
    monitoring: {
      size: size ?? { kind: 'rows', rows: 1000, step: 1000 },
      settleMs: settleMs ?? 60_000,
      minRows: numberOf('min_rows', 100),
      segments: segments.specs,
      minLabels: numberOf('min_labels', 100),
      replicates: numberOf('replicates', 200),
      confidenceLevel: numberOf('confidence_level', 0.95),
      seed: numberOf('seed', 1),
      onDrift: section['on_drift'] === 'retrain' ? 'retrain' : 'nothing',
      retrainMinRows: numberOf('retrain_min_rows', 1000),
      retrainWithout: without.spans,
      alerts: alerts.rules,
    },
    problems,
  }
}

function findNameProblems(section: Readonly<Record<string, unknown>>, at: At): string[] {
  return Object.keys(section)
    .filter((name) => !names.includes(name))
    .map(
      (name) =>
        `${at(['monitor', name])}: there is no parameter 'monitor.${name}' (${nameHint(name, names, 'names here')})`,
    )
}

function findValueProblems(section: Readonly<Record<string, unknown>>, at: At): string[] {
  return Object.entries(rules).flatMap(([name, rule]) => {
    const found = section[name]
    if (found === undefined || isAllowed(rule, found)) return []
    return [
      `${at(['monitor', name])}: 'monitor.${name}' is ${JSON.stringify(found)}, expected ${describeRule(rule)}`,
    ]
  })
}

const segmentsSection = {
  path: ['monitor', 'segments'],
  columns: 'inputs',
  rows: 'rows of the reference',
} as const
