import { isObject } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import { ownMember } from '../../core/own-member.ts'
import { allOutputMetrics, type OutputMetric } from '../../training/output-metric.ts'
import type { HalvingSettings } from '../../training/tune/halving-rungs.ts'
import { tuneMethods, type StudySettings } from '../../training/tune/study.ts'
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

/** What every study may say. */
export const studyRules = {
  method: { kind: 'choice', options: tuneMethods, default: 'tpe' },
  trials: integer(1, 10_000),
  seed: { ...seed, default: 1 },
  parallel: { ...integer(1, 64), default: 4 },
} as const satisfies Rules

const rules = {
  ...studyRules,
  metric: { kind: 'choice', options: allOutputMetrics },
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

/** Whether a section below `tune` is of a stage, whose metric is a value of a file, and not of a model. */
export function isStageSection(section: unknown): boolean {
  if (!isObject(section)) return false
  const { metric, direction } = section
  return direction !== undefined || (typeof metric === 'string' && metric.includes(':'))
}

/** Reads the section `tune`, but for what is of stages, which dvc.yaml has a say in; the sections are whole only when there is no problem. */
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
    if (isStageSection(section)) continue
    const path = ['tune', name]
    const model = ownMember(models, name)
    if (model === undefined) {
      const hint = nameHint(name, Object.keys(models), 'models')
      const more = "a stage has a 'metric' like metrics.json:auc and a 'direction'"
      problems.push(`${at(path)}: there is no model '${name}' to tune (${hint}; ${more})`)
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
    ...checkHalving(value, path, { at, findProblem: findModelProblem(model) }),
  ]
  if (problems.length > 0) return { problems }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- held against the rules just now
  const checked = withDefaults(rules, scalars) as ValueOf<typeof rules>
  return { settings: { ...checked, space, ...halvingOf(givenHalving) }, problems }
}

/** A section `halving` that was checked. */
export function halvingOf(section: unknown): { readonly halving?: HalvingSettings } {
  const halving = withDefaults(halvingRules, section)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- held against the rules before
  return halving === undefined ? {} : { halving: halving as HalvingSettings }
}

function findModelProblem(model: Rules): (resource: string) => string | undefined {
  const known = Object.keys(model).filter((parameter) => isWhole(model[parameter]))
  return (resource) =>
    known.includes(resource)
      ? undefined
      : `there is no parameter '${resource}' to halve by (${nameHint(resource, known, 'whole numbers of the model')})`
}

/** The section `halving` belongs to the method of that name, which cannot be without. */
export function checkHalving(
  { method, halving, space }: Readonly<Record<string, unknown>>,
  path: readonly string[],
  {
    at,
    findProblem,
  }: {
    readonly at: Options['at']
    /** What is wrong with the name of a resource. */
    readonly findProblem: (resource: string) => string | undefined
  },
): string[] {
  const full = [...path, 'halving']
  const name = full.join('.')
  if (halving === undefined) {
    return method === 'halving'
      ? [
          `${at(path)}: '${name}' is missing: it names the parameter that says how long a fit is, as in { resource: epochs, min: 1, max: 27 }`,
        ]
      : []
  }
  if (method !== 'halving') {
    return [`${at(full)}: '${name}' is given, but the method is not halving`]
  }
  const problems = checkSection(halvingRules, halving, full, at)
  if (problems.length > 0 || !isObject(halving)) return problems
  const { resource, min, max } = halving
  const place = at([...full, 'resource'])
  const problem = findProblem(String(resource))
  if (problem !== undefined) problems.push(`${place}: ${problem}`)
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
