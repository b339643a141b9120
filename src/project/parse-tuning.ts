import { isObject } from '../core/json.ts'
import { nameHint } from '../core/nearest.ts'
import { allOutputMetrics, type OutputMetric } from '../training/output-metric.ts'
import type { HalvingSettings } from '../training/tune/halving-rungs.ts'
import { tuneMethods, type StudySettings } from '../training/tune/study.ts'
import {
  checkSection,
  integer,
  isRule,
  seed,
  withDefaults,
  type Rules,
  type ValueOf,
} from './parameter-rules.ts'
import { parseSearchSpace } from './parse-search-space.ts'

/** How one model is tuned: its section below `tune` in params.yaml, checked. */
export interface TuneSettings extends StudySettings {
  readonly metric: OutputMetric
  /** So many of the training folds are validated on, each by a model of all others; more than there are means all. */
  readonly folds: number
}

/** The section `tune` of params.yaml, by model. */
export type Tuning = Readonly<Record<string, TuneSettings>>

const rules = {
  method: { kind: 'choice', options: tuneMethods, default: 'tpe' },
  metric: { kind: 'choice', options: allOutputMetrics },
  trials: integer(1, 10_000),
  seed: { ...seed, default: 1 },
  parallel: { ...integer(1, 64), default: 4 },
  folds: { ...integer(1, 999), default: 999 },
} as const satisfies Rules

const halvingRules = {
  resource: { kind: 'text', pattern: /./, expected: 'the name of a parameter' },
  min: integer(1, 1e9),
  max: integer(1, 1e9),
  reduction: { ...integer(2, 100), default: 3 },
} as const satisfies Rules

interface Options {
  /** What each model's parameters may be: the rules of the section `train`. */
  readonly models: Readonly<Record<string, Rules>>
  /** What a study looks for that does not say. */
  readonly metric: OutputMetric
  /** File and line of a path. */
  readonly at: (path: readonly string[]) => string
}

/** Reads the section `tune`; the sections are whole only when there is no problem. */
export function parseTuning(
  value: unknown,
  { models, metric, at }: Options,
): { readonly sections: Tuning; readonly problems: readonly string[] } {
  if (!isObject(value)) {
    const problem = `${at(['tune'])}: 'tune' is ${JSON.stringify(value)}, expected a section for each model to tune`
    return { sections: {}, problems: [problem] }
  }
  const sections: Record<string, TuneSettings> = {}
  const problems: string[] = []
  for (const [name, section] of Object.entries(value)) {
    const path = ['tune', name]
    const model = Object.hasOwn(models, name) ? models[name] : undefined
    if (model === undefined) {
      const hint = nameHint(name, Object.keys(models), 'models')
      problems.push(`${at(path)}: there is no model '${name}' to tune (${hint})`)
      continue
    }
    const parsed = parseSection(section, path, { model, metric, at })
    problems.push(...parsed.problems)
    if (parsed.settings !== undefined) sections[name] = parsed.settings
  }
  return { sections, problems }
}

function parseSection(
  value: unknown,
  path: readonly string[],
  { model, metric, at }: Omit<Options, 'models'> & { readonly model: Rules },
): { readonly settings?: TuneSettings; readonly problems: readonly string[] } {
  if (!isObject(value)) return { problems: checkSection(rules, value, path, at) }
  const { space: givenSpace, halving: givenHalving, ...given } = value
  const scalars = { metric, ...given }
  const { space, problems: spaceProblems } = parseSearchSpace(givenSpace, [...path, 'space'], {
    model,
    at,
  })
  const problems = [
    ...checkSection(rules, scalars, path, at),
    ...spaceProblems,
    ...checkHalving(value, path, { model, at }),
  ]
  if (problems.length > 0) return { problems }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- held against the rules just now
  const checked = withDefaults(rules, scalars) as ValueOf<typeof rules>
  const halving = withDefaults(halvingRules, givenHalving)
  return {
    settings: {
      ...checked,
      space,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- held against the rules just now
      ...(halving !== undefined && { halving: halving as HalvingSettings }),
    },
    problems,
  }
}

/** The section `halving` belongs to the method of that name, which cannot be without. */
function checkHalving(
  { method, halving, space }: Readonly<Record<string, unknown>>,
  path: readonly string[],
  { model, at }: { readonly model: Rules; readonly at: Options['at'] },
): string[] {
  const full = [...path, 'halving']
  const name = full.join('.')
  if (halving === undefined) {
    return method === 'halving' ? [`${at(path)}: '${name}' is missing`] : []
  }
  if (method !== 'halving') {
    return [`${at(full)}: '${name}' is given, but the method is not halving`]
  }
  const problems = checkSection(halvingRules, halving, full, at)
  if (problems.length > 0 || !isObject(halving)) return problems
  const { resource, min, max } = halving
  const known = Object.keys(model).filter((parameter) => isWhole(model[parameter]))
  const place = at([...full, 'resource'])
  if (!known.includes(String(resource))) {
    const hint = nameHint(String(resource), known, 'whole numbers of the model')
    problems.push(`${place}: there is no parameter '${String(resource)}' to halve by (${hint})`)
  }
  if (isObject(space) && Object.hasOwn(space, String(resource))) {
    problems.push(`${place}: '${String(resource)}' is the resource, so it cannot be in the space`)
  }
  if (Number(min) > Number(max)) {
    problems.push(
      `${at([...full, 'min'])}: '${name}.min' is ${String(min)}, above its max ${String(max)}`,
    )
  }
  return problems
}

function isWhole(rule: Rules[string] | undefined): boolean {
  return rule !== undefined && isRule(rule) && rule.kind === 'integer'
}
