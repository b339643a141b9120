/** The list `monitor.alerts` of params.yaml. */

import { isObject } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import { parseAgeLimit } from '../../monitoring/watch/alert-age.ts'
import {
  canAskSegment,
  parseCondition,
  segmentMeasureNames,
} from '../../monitoring/watch/alert-condition.ts'
import {
  severities,
  type AlertRule,
  type AlertTrigger,
  type Severity,
} from '../../monitoring/watch/alert-rule.ts'
import { parseTimeSpan, timeSpanForm } from '../../monitoring/watch/time-span.ts'

/** A rule, and the file and line where it stands. */
export interface PlacedRule extends AlertRule {
  readonly place: string
}

const ruleNames = [
  'name',
  'when',
  'no_predictions_for',
  'segment',
  'for',
  'severity',
  'cool_down',
  'notify',
]
const hourMs = 3_600_000
const mostRules = 200

/** The rule that holds where params.yaml has none: any drift. */
const drift: PlacedRule = {
  name: 'drift',
  severity: 'warning',
  trigger: {
    kind: 'condition',
    condition: { measure: 'drift_share', comparison: '>', limit: 0 },
    windows: 1,
  },
  coolDownMs: hourMs,
  notify: [],
  place: 'the default',
}

type At = (path: readonly string[]) => string

/** All rules and all that is wrong with them; without a list there is one rule, for any drift. */
export function parseAlerts(
  value: unknown,
  at: At,
): { readonly rules: readonly PlacedRule[]; readonly problems: readonly string[] } {
  if (value === undefined) return { rules: [drift], problems: [] }
  const path = ['monitor', 'alerts']
  if (!Array.isArray(value) || value.length > mostRules) {
    return {
      rules: [],
      problems: [
        `${at(path)}: 'monitor.alerts' is ${JSON.stringify(value)?.slice(0, 60)}, expected a list of up to ${mostRules} rules`,
      ],
    }
  }
  const parsed = value.map((rule: unknown, i) => parseRule(rule, [...path, String(i)], at))
  const rules = parsed.flatMap(({ rule }) => (rule === undefined ? [] : [rule]))
  const twice = rules.filter((rule, i) => rules.findIndex(({ name }) => name === rule.name) < i)
  return {
    rules,
    problems: [
      ...parsed.flatMap(({ problems }) => problems),
      ...twice.map(({ place, name }) => `${place}: there is another alert called '${name}'`),
    ],
  }
}

interface Parsed {
  readonly rule?: PlacedRule
  readonly problems: readonly string[]
}

function parseRule(value: unknown, path: readonly string[], at: At): Parsed {
  const place = at(path)
  if (!isObject(value)) {
    return {
      problems: [
        `${place}: an alert is ${JSON.stringify(value)}, expected a section with a name and a condition`,
      ],
    }
  }
  const problems: string[] = []
  const add = (name: string, what: string): void => {
    problems.push(`${at([...path, name])}: ${what}`)
  }
  for (const name of Object.keys(value).filter((one) => !ruleNames.includes(one))) {
    add(name, `an alert has no '${name}' (${nameHint(name, ruleNames, 'names here')})`)
  }
  const name = parseName(value['name'], add)
  const trigger = parseTrigger(value, add)
  const severity = parseSeverity(value['severity'] ?? 'warning', add)
  const coolDownMs = parseCoolDown(value['cool_down'] ?? '1h', add)
  const notify = parseNotify(value['notify'] ?? {}, add)
  if (problems.length > 0 || trigger === undefined) return { problems }
  return {
    rule: { name, severity, trigger, coolDownMs, notify, place },
    problems,
  }
}

type Add = (name: string, what: string) => void

function parseName(value: unknown, add: Add): string {
  if (typeof value === 'string' && /^[^\p{Cc}]{1,100}$/u.test(value)) return value
  add(
    'name',
    `the name of an alert is ${JSON.stringify(value)}, expected a text of up to 100 characters`,
  )
  return ''
}

function parseCoolDown(value: unknown, add: Add): number {
  const spanMs = value === 0 ? 0 : parseTimeSpan(value)
  if (spanMs === undefined) {
    add('cool_down', `'cool_down' is ${JSON.stringify(value)}, expected 0, or ${timeSpanForm}`)
  }
  return spanMs ?? 0
}

function parseTrigger(
  value: Readonly<Record<string, unknown>>,
  add: Add,
): AlertTrigger | undefined {
  const { when, no_predictions_for: silence } = value
  if ((when === undefined) === (silence === undefined)) {
    add('name', `an alert needs either 'when' or 'no_predictions_for'`)
    return undefined
  }
  if (silence !== undefined) return parseSilence(silence, value, add)
  const age = parseAgeLimit(when)
  if (age === undefined) return parseWindowTrigger(when, value, add)
  refuseOfWindows(value, 'measures of windows', add)
  if (typeof age !== 'string') return { kind: 'age', ...age }
  add('when', `'when' ${age}`)
  return undefined
}

function parseWindowTrigger(
  when: unknown,
  { segment, for: windows = 1 }: Readonly<Record<string, unknown>>,
  add: Add,
): AlertTrigger | undefined {
  const condition = parseCondition(when)
  if (typeof condition === 'string') {
    add('when', `'when' ${condition}`)
    return undefined
  }
  if (!Number.isInteger(windows) || Number(windows) < 1 || Number(windows) > 100) {
    add('for', `'for' is ${JSON.stringify(windows)}, expected a number of windows from 1 to 100`)
  }
  const trigger: AlertTrigger = { kind: 'condition', condition, windows: Number(windows) }
  if (segment === undefined) return trigger
  if (typeof segment !== 'string') {
    add('segment', `'segment' is ${JSON.stringify(segment)}, expected its name such as 'SEX=1'`)
    return undefined
  }
  if (!canAskSegment(condition)) {
    add('segment', `segments do not know '${condition.measure}': they have ${segmentMeasureNames}`)
  }
  return { ...trigger, segment }
}

function parseSilence(
  silence: unknown,
  value: Readonly<Record<string, unknown>>,
  add: Add,
): AlertTrigger | undefined {
  refuseOfWindows(value, "'when', not with 'no_predictions_for'", add)
  const spanMs = parseTimeSpan(silence)
  if (spanMs !== undefined) return { kind: 'silence', spanMs }
  add(
    'no_predictions_for',
    `'no_predictions_for' is ${JSON.stringify(silence)}, expected ${timeSpanForm}`,
  )
  return undefined
}

function refuseOfWindows(
  value: Readonly<Record<string, unknown>>,
  companion: string,
  add: Add,
): void {
  for (const name of ['segment', 'for'].filter((one) => value[one] !== undefined)) {
    add(name, `'${name}' goes with ${companion}`)
  }
}

function parseSeverity(value: unknown, add: Add): Severity {
  const found = severities.find((one) => one === value)
  if (found === undefined) {
    add(
      'severity',
      `'severity' is ${JSON.stringify(value)}, expected one of ${severities.join(', ')}`,
    )
  }
  return found ?? 'warning'
}

/** Addresses and commands in one list: whoever calls them tells them apart. */
function parseNotify(value: unknown, add: Add): readonly string[] {
  if (!isObject(value)) {
    add('notify', `'notify' is ${JSON.stringify(value)}, expected 'webhook', 'command' or both`)
    return []
  }
  const unknown = Object.keys(value).filter((name) => name !== 'webhook' && name !== 'command')
  for (const name of unknown) {
    add(
      'notify',
      `'notify' has no '${name}' (${nameHint(name, ['webhook', 'command'], 'names here')})`,
    )
  }
  const { webhook, command } = value
  if (webhook !== undefined && !isWebhook(webhook)) {
    add(
      'notify',
      `'webhook' is no address of http or https, and no environment variable such as '$ALERT_URL'`,
    )
  }
  if (command !== undefined && (typeof command !== 'string' || command.trim() === '')) {
    add('notify', `'command' is ${JSON.stringify(command)}, expected a shell command`)
  }
  return [webhook, command].filter((one) => typeof one === 'string')
}

function isWebhook(value: unknown): boolean {
  if (typeof value !== 'string') return false
  return /^\$[A-Za-z_]\w*$/.test(value) || (/^https?:\/\//.test(value) && URL.canParse(value))
}
