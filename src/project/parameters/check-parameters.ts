/** Whether the numbers of params.yaml and the target of project.ts go together: each alone cannot say. */

import { ToolkitError } from '../../core/errors.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import { costMetric, decidingMetrics, unitMetrics } from '../../training/headline-metrics.ts'
import { outputMetrics, type OutputMetric } from '../../training/output-metric.ts'
import { noBudget } from '../../training/promotion-policy.ts'
import { findClassCostProblems, hasClassCosts } from './class-costs.ts'
import type { Project } from '../definition/define-project.ts'
import { parametersFile } from '../layout.ts'
import { evaluationDefaults, modelKinds, type ModelKind, type Parameters } from './parameters.ts'

interface Problem {
  readonly path: string
  readonly what: string
  readonly hint: string
}

/** What each kind of model can give. */
const outputsOf: Readonly<Record<ModelKind, readonly ModelOutput['kind'][]>> = {
  logistic: ['probability', 'classes'],
  linear: ['value'],
  boosting: ['probability', 'value', 'classes'],
  neural: ['probability', 'value', 'classes'],
}

/** The kinds of models that can be trained for what a project predicts. */
export function kindsFor({ output }: Pick<Project, 'output'>): readonly ModelKind[] {
  return modelKinds.filter((kind) => outputsOf[kind].includes(output.kind))
}

/**
 * Checks that a kind of model can predict the project's target.
 *
 * @throws {ToolkitError} `CONFIG_INVALID`
 */
export function checkKind(kind: ModelKind, project: Pick<Project, 'target' | 'output'>): void {
  if (outputsOf[kind].includes(project.output.kind)) return
  throw new ToolkitError(
    'CONFIG_INVALID',
    `project.ts: the target '${project.target}' is ${describeOutput(project.output)}, which '${kind}' does not predict`,
    { hint: `train ${kindsFor(project).join(', ')}` },
  )
}

/** The target in words. */
export function describeOutput(output: ModelOutput): string {
  switch (output.kind) {
    case 'probability':
      return 'a boolean'
    case 'value':
      return 'a number'
    case 'classes':
      return `one of ${output.classes.length} classes`
  }
}

/**
 * Checks parameters against what the project predicts.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` naming every parameter that has no meaning for its target
 */
export function checkParameters(
  parameters: Parameters,
  project: Pick<Project, 'target' | 'output' | 'weight'>,
): void {
  const problems = [
    ...findMetricProblems(parameters, project),
    ...findEvaluationProblems(parameters, project),
    ...findClassCostProblems(parameters.evaluate.costs, project.output),
    ...findGateProblems(parameters, project),
    ...findTrainingProblems(parameters, project),
    ...findIntervalProblems(parameters, project),
    ...findWeightProblems(parameters, project),
    ...findTuningProblems(parameters, project),
  ]
  if (problems.length === 0) return
  const about = `the target '${project.target}' is ${describeOutput(project.output)}`
  throw new ToolkitError(
    'CONFIG_INVALID',
    `${parametersFile} does not fit project.ts, where ${about}: ${problems.map(({ path, what }) => `'${path}' is ${what}`).join('; ')}`,
    { hint: [...new Set(problems.map(({ hint }) => hint))].join('; ') },
  )
}

type Target = Pick<Project, 'target' | 'output' | 'weight'>

/** Without costs of wrong calls there is no mean of them. */
const costHint = "name what wrong calls of classes cost below 'evaluate.costs'"

function findMetricProblems({ promote, evaluate }: Parameters, { output }: Target): Problem[] {
  const known = decidingMetrics(output.kind, hasClassCosts(evaluate.costs))
  const problems: Problem[] = []
  if (!known.includes(promote.metric)) {
    const isCostless = output.kind === 'classes' && promote.metric === costMetric
    const hint = isCostless ? costHint : `decide by ${known.join(', ')}`
    problems.push({ path: 'promote.metric', what: promote.metric, hint })
  }
  if (!unitMetrics.includes(promote.metric) && promote.min_improvement > 1) {
    const hint = `${promote.metric} improves by 1 at most`
    problems.push({ path: 'promote.min_improvement', what: String(promote.min_improvement), hint })
  }
  if (promote.test === 'delong' && output.kind === 'value') {
    const hint = "DeLong's test is of classes: take bootstrap"
    problems.push({ path: 'promote.test', what: 'delong', hint })
  }
  return problems
}

/** Numbers that no metric of the target asks for, unless they are what they would be if they were not given. */
function findEvaluationProblems({ evaluate }: Parameters, { output }: Target): Problem[] {
  const names =
    output.kind === 'probability'
      ? (['quantile'] as const)
      : ([
          'threshold',
          'false_positive_cost',
          'false_negative_cost',
          'lift_share',
          ...(output.kind === 'classes' ? (['quantile'] as const) : []),
        ] as const)
  return names
    .filter((name) => evaluate[name] !== evaluationDefaults[name])
    .map((name) => {
      const isCost = name.endsWith('_cost')
      const instead =
        output.kind === 'classes' && isCost ? `: ${costHint}` : `: it is of ${meantFor[name]}`
      return {
        path: `evaluate.${name}`,
        what: String(evaluate[name]),
        hint: `leave '${name}' out${instead}`,
      }
    })
}

const meantFor = {
  threshold: 'booleans',
  false_positive_cost: 'booleans',
  false_negative_cost: 'booleans',
  lift_share: 'booleans',
  quantile: 'numbers',
} as const

function findGateProblems({ promote, evaluate }: Parameters, { output }: Target): Problem[] {
  const gates = [
    { name: 'min_roc_auc', of: 'probability', isOpen: promote.min_roc_auc === 0 },
    {
      name: 'max_calibration_error',
      of: 'probability',
      isOpen: promote.max_calibration_error === 1,
    },
    { name: 'max_rmse', of: 'value', isOpen: promote.max_rmse === noBudget },
    { name: 'min_r2', of: 'value', isOpen: promote.min_r2 === -noBudget },
    { name: 'min_accuracy', of: 'classes', isOpen: promote.min_accuracy === 0 },
    { name: 'max_mean_cost', of: 'classes', isOpen: promote.max_mean_cost === noBudget },
  ] as const
  const hasLimit = output.kind === 'classes' && promote.max_mean_cost < noBudget
  const costless: Problem[] =
    hasLimit && !hasClassCosts(evaluate.costs)
      ? [{ path: 'promote.max_mean_cost', what: String(promote.max_mean_cost), hint: costHint }]
      : []
  const misplaced = gates
    .filter((gate) => gate.of !== output.kind && !gate.isOpen)
    .map(({ name }) => ({
      path: `promote.${name}`,
      what: String(promote[name]),
      hint: `leave '${name}' out: ${gates.flatMap((gate) => (gate.of === output.kind ? [gate.name] : [])).join(', ')} can be set`,
    }))
  return [...misplaced, ...costless]
}

function findTrainingProblems({ train }: Parameters, { output }: Target): Problem[] {
  const { objective } = train.boosting
  const problems: Problem[] = []
  if (objective !== 'auto' && output.kind !== 'value') {
    const hint = 'leave it at auto: the target says what is fitted'
    problems.push({ path: 'train.boosting.objective', what: objective, hint })
  }
  if (output.kind === 'classes' && train.logistic.l1 > 0) {
    const hint = 'of several classes, only l2 is a penalty'
    problems.push({ path: 'train.logistic.l1', what: String(train.logistic.l1), hint })
  }
  return [...problems, ...findCalibrated(train, output)]
}

/** What is looked for is a metric of the target; a value to try is one that the parameter itself may have. */
function findTuningProblems(parameters: Parameters, target: Target): Problem[] {
  const hasCosts = hasClassCosts(parameters.evaluate.costs)
  const known = outputMetrics[target.output.kind].filter(
    (metric): metric is OutputMetric => metric !== costMetric || hasCosts,
  )
  const problems: Problem[] = []
  for (const kind of modelKinds) {
    const settings = parameters.tune?.[kind]
    if (settings === undefined) continue
    const { metric, space } = settings
    if (!known.includes(metric)) {
      problems.push({
        path: `tune.${kind}.metric`,
        what: metric,
        hint: `look for ${known.join(', ')}`,
      })
    }
    for (const [name, range] of Object.entries(space)) {
      const values = range.kind === 'choice' ? range.options : [range.max]
      const found = values.flatMap((value) => {
        const tried = withValues(parameters, kind, { [name]: value })
        return findTrainingProblems(tried, target)
      })
      const own = found.find(({ path }) => path === `train.${kind}.${name}`)
      if (own !== undefined) problems.push({ ...own, path: `tune.${kind}.space.${name}` })
    }
  }
  return problems
}

/** The parameters with other values in the place of some of one model's own. */
export function withValues(
  parameters: Parameters,
  kind: ModelKind,
  values: Readonly<Record<string, unknown>>,
): Parameters {
  const { train } = parameters
  return { ...parameters, train: { ...train, [kind]: { ...train[kind], ...values } } }
}

/** Numbers have no probabilities, and two classes no temperature. */
function findCalibrated(train: Parameters['train'], { kind: given }: ModelOutput): Problem[] {
  if (given === 'classes') return []
  const hint =
    given === 'value'
      ? 'leave it at none: it calibrates probabilities'
      : 'take platt: a temperature is of several classes'
  return (['logistic', 'boosting', 'neural'] as const).flatMap((kind) => {
    const { calibration } = train[kind]
    const isRefused = given === 'value' ? calibration !== 'none' : calibration === 'temperature'
    return isRefused ? [{ path: `train.${kind}.calibration`, what: calibration, hint }] : []
  })
}

function findIntervalProblems({ train }: Parameters, { output }: Target): Problem[] {
  if (output.kind === 'value') return []
  const hint = "leave 'interval' at 0: intervals are of numbers"
  return (['linear', 'boosting', 'neural'] as const).flatMap((kind) => {
    const { interval } = train[kind]
    return interval === 0 ? [] : [{ path: `train.${kind}.interval`, what: String(interval), hint }]
  })
}

function findWeightProblems({ promote }: Parameters, { weight }: Target): Problem[] {
  if (weight === undefined || promote.test !== 'delong') return []
  const hint = "DeLong's test takes no weights: take bootstrap"
  return [{ path: 'promote.test', what: 'delong', hint }]
}
