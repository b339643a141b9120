import { isNode, LineCounter, parseDocument, type Document } from 'yaml'
import { defaultThreshold } from '../../core/called-class.ts'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import { policies } from '../../data/checks/training-check.ts'
import { schemaPolicies } from '../../data/schema/check-misfits.ts'
import { calibrationMethods } from '../../training/calibration/calibration.ts'
import { defaultBoostingParameters as boosted } from '../../training/boosting/parameters.ts'
import { allHeadlineMetrics, type HeadlineMetric } from '../../training/headline-metrics.ts'
import { numberForms } from '../../training/linear-design.ts'
import {
  dataQualityLimits,
  type NamedClassCosts,
  noBudget,
  promotionTests,
} from '../../training/promotion-policy.ts'
import type { SliceSpecs } from '../../training/slices.ts'
import {
  checkSection,
  integer,
  number,
  seed,
  withDefaults,
  type Rules,
  type ValueOf,
} from './parameter-rules.ts'
import { parseClassCosts } from './class-costs.ts'
import { parseMonitoring, type Monitoring } from './monitor-parameters.ts'
import { parseSlices } from './parse-slices.ts'
import { parseTuning, type Tuning } from './parse-tuning.ts'

const calibration = { kind: 'choice', options: calibrationMethods, default: 'none' } as const
/** The coverage of prediction intervals of numbers; 0 makes none. */
const interval = { ...number(0, 0.999), default: 0 } as const
const policy = { kind: 'choice', options: policies } as const
/** Of a target that is a number, 'auto' is 'regression'; for any other there is no choice. */
export const boostingObjectives = ['auto', 'regression', 'quantile', 'poisson'] as const

/** Numbers of `evaluate` that not every target has a metric for; left at these, they are as good as not given. */
export const evaluationDefaults = {
  threshold: defaultThreshold,
  quantile: 0.5,
  false_positive_cost: 1,
  false_negative_cost: 1,
  lift_share: 0.1,
} as const

/** Every parameter, its type and its range: the one place that says what params.yaml may hold. */
const rules = {
  ingest: {
    sha256: { kind: 'text', pattern: /^[0-9a-f]{64}$/, expected: '64 hexadecimal digits' },
  },
  checks: {
    schema: { kind: 'choice', options: schemaPolicies, default: 'error' },
    missing_target: policy,
    single_class_target: policy,
    rare_class: policy,
    duplicate_keys: policy,
    target_leakage: policy,
    leakage_auc: number(0.5, 1),
    leakage_explained_share: number(0, 1),
    constant_columns: policy,
    near_constant_share: number(0.5, 1),
    duplicate_columns: policy,
    target_outliers: policy,
    sorted_by_target: policy,
    index_correlation: policy,
  },
  split: { folds: integer(2, 1000), test_fold: integer(0, 999) },
  train: {
    logistic: {
      l1: { ...number(0, 1e9), default: 0 },
      l2: { ...number(0, 1e9), default: 1 },
      max_iterations: { ...integer(1, 10_000), default: 100 },
      numbers: { kind: 'choice', options: numberForms, default: 'standardize' },
      bins: { ...integer(2, 255), default: 16 },
      calibration,
    },
    linear: {
      l1: { ...number(0, 1e9), default: 0 },
      l2: { ...number(0, 1e9), default: 1 },
      max_iterations: { ...integer(1, 10_000), default: 100 },
      numbers: { kind: 'choice', options: numberForms, default: 'standardize' },
      bins: { ...integer(2, 255), default: 16 },
      interval,
    },
    boosting: {
      objective: { kind: 'choice', options: boostingObjectives, default: 'auto' },
      quantile: { ...number(0.001, 0.999), default: 0.5 },
      rounds: { ...integer(1, 100_000), default: boosted.rounds },
      learning_rate: { ...number(1e-6, 1), default: boosted.learningRate },
      max_leaves: { ...integer(2, 1024), default: boosted.maxLeaves },
      min_rows_per_leaf: { ...integer(1, 1e9), default: boosted.minRowsPerLeaf },
      max_bins: { ...integer(2, 255), default: boosted.maxBins },
      l2: { ...number(0, 1e9), default: boosted.l2 },
      feature_fraction: { ...number(0.01, 1), default: boosted.featureFraction },
      row_fraction: { ...number(0.01, 1), default: 1 },
      l1: { ...number(0, 1e9), default: 0 },
      min_gain: { ...number(0, 1e9), default: 0 },
      min_hessian_per_leaf: { ...number(1e-9, 1e9), default: 0.001 },
      max_one_hot_categories: { ...integer(0, 255), default: 0 },
      max_categories: { ...integer(1, 255), default: 32 },
      min_rows_per_category: { ...integer(1, 1e9), default: 10 },
      category_smoothing: { ...number(0, 1e9), default: 10 },
      category_l2: { ...number(0, 1e9), default: 10 },
      patience: { ...integer(0, 100_000), default: 0 },
      validation_share: { ...number(0.01, 0.9), default: 0.1 },
      seed: { ...seed, default: 1 },
      calibration,
      interval,
    },
    neural: {
      hidden_layers: { ...integer(1, 16), default: 2 },
      hidden_units: { ...integer(1, 8192), default: 128 },
      dropout: { ...number(0, 0.95), default: 0.2 },
      learning_rate: { ...number(1e-6, 1), default: 0.001 },
      weight_decay: { ...number(0, 1), default: 0.01 },
      batch_size: { ...integer(1, 1_048_576), default: 256 },
      max_epochs: { ...integer(1, 100_000), default: 100 },
      patience: { ...integer(1, 100_000), default: 8 },
      validation_share: { ...number(0, 0.9), default: 0.1 },
      seed: { ...seed, default: 1 },
      calibration,
      interval,
    },
  },
  evaluate: {
    replicates: integer(100, 100_000),
    confidence_level: number(0.5, 0.999),
    seed,
    threshold: { ...number(0, 1), default: evaluationDefaults.threshold },
    quantile: { ...number(0.001, 0.999), default: evaluationDefaults.quantile },
    false_positive_cost: { ...number(0, 1e9), default: evaluationDefaults.false_positive_cost },
    false_negative_cost: { ...number(0, 1e9), default: evaluationDefaults.false_negative_cost },
    lift_share: { ...number(0.001, 1), default: evaluationDefaults.lift_share },
    min_slice_rows: { ...integer(2, 1e9), default: 100 },
    slice_replicates: { ...integer(100, 100_000), default: 200 },
  },
  promote: {
    metric: { kind: 'choice', options: allHeadlineMetrics },
    min_improvement: number(0, 1e9),
    min_roc_auc: { ...number(0, 1), default: 0 },
    min_r2: { ...number(-noBudget, 1), default: -noBudget },
    max_rmse: { ...number(0, noBudget), default: noBudget },
    min_accuracy: { ...number(0, 1), default: 0 },
    max_mean_cost: { ...number(0, noBudget), default: noBudget },
    test: { kind: 'choice', options: promotionTests, default: 'bootstrap' },
    max_p_value: { ...number(0, 1), default: 1 },
    max_slice_regression: { ...number(0, 1), default: 1 },
    max_calibration_error: { ...number(0, 1), default: 1 },
    max_latency_us: { ...integer(1, noBudget), default: noBudget },
    max_size_bytes: { ...integer(1, noBudget), default: noBudget },
    data_quality: { kind: 'choice', options: dataQualityLimits, default: 'off' },
    baseline: { kind: 'boolean', default: true },
  },
} as const satisfies Rules

/** The numbers and texts of params.yaml, checked. */
export type Parameters = ValueOf<typeof rules> & {
  readonly tune?: Tuning
  readonly monitor: Monitoring
  readonly evaluate: {
    readonly slices: SliceSpecs
    /** Of wrong calls of classes; none are measured where none is named. */
    readonly costs: NamedClassCosts
  }
}

/** The models a project can train: the sections below `train`. */
export const modelKinds = [
  'logistic',
  'linear',
  'boosting',
  'neural',
] as const satisfies (keyof Parameters['train'])[]
export type ModelKind = (typeof modelKinds)[number]

/** Models that a pipeline need not train: they are compared and promoted where they were evaluated. */
export const optionalKinds: readonly ModelKind[] = ['linear', 'neural']

/**
 * Parses params.yaml and checks every name and value, but for those below `custom`: they are for
 * stages of other programs.
 *
 * @param place - the file's path, for messages
 * @throws {ToolkitError} `CONFIG_INVALID` with all problems at once, each with its line.
 *
 * @example
 * ```ts
 * import { parseParameters } from 'ml-pipeline-toolkit'
 * try {
 *   parseParameters('split: {fold: 5}', 'params.yaml')
 * } catch (error) {
 *   String(error).includes("there is no parameter 'split.fold' (did you mean 'folds'?)") // => true
 * }
 * ```
 */
export function parseParameters(text: string, place: string): Parameters {
  const { value, at } = readDocument(text, place)
  const { tune, monitor, custom: _custom, ...rest } = isObject(value) ? value : {}
  const { slices, costs, others } = takeNamed(rest)
  const slicing = parseSlices(slices, at)
  const costing = parseClassCosts(costs, at)
  const { monitoring, problems: ofMonitoring } = parseMonitoring(monitor, at)
  const metric = promotionMetricOf(others)
  const tuning =
    tune === undefined ? undefined : parseTuning(tune, { models: rules.train, metric, at })
  const problems = [
    ...checkSection(rules, isObject(value) ? others : value, [], at),
    ...slicing.problems,
    ...costing.problems,
    ...findContradictions(others, at),
    ...(tuning?.problems ?? []),
    ...ofMonitoring,
  ]
  if (problems.length > 0) {
    throw new ToolkitError(
      'CONFIG_INVALID',
      `${place} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((p) => `    ${p}`).join('\n')}`,
      {
        hint: 'docs/pipeline.md lists every parameter with its range, docs/tuning.md those of tune',
      },
    )
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checkSection held every name and value against the rules this type is made of
  const checked = withDefaults(rules, others) as Parameters
  return {
    ...checked,
    evaluate: { ...checked.evaluate, slices: slicing.specs, costs: costing.costs },
    monitor: monitoring,
    ...(tuning !== undefined && { tune: tuning.sections }),
  }
}

/** What decides a promotion; any where it is told wrong, which is said elsewhere. */
function promotionMetricOf({ promote }: Readonly<Record<string, unknown>>): HeadlineMetric {
  const given = isObject(promote) ? promote['metric'] : undefined
  return allHeadlineMetrics.find((known) => known === given) ?? 'log_loss'
}

/** The quantile that boosting is fitted for, where it is: then the pinball loss is of it. */
export function pinballQuantile({ train, evaluate }: Parameters): number {
  return train.boosting.objective === 'quantile' ? train.boosting.quantile : evaluate.quantile
}

/** Values that are allowed one by one, and not together. */
function findContradictions(
  { promote }: Readonly<Record<string, unknown>>,
  at: (path: readonly string[]) => string,
): string[] {
  if (!isObject(promote) || promote['test'] !== 'delong') return []
  const { metric } = promote
  const isArea = metric === 'roc_auc' || metric === 'roc_auc_ovr'
  if (isArea || !allHeadlineMetrics.some((known) => known === metric)) return []
  const place = at(['promote', 'test'])
  return [
    `${place}: 'promote.test' is "delong", which compares roc_auc and roc_auc_ovr alone, expected bootstrap`,
  ]
}

/** What rules cannot say, because its names are the columns and classes of a project, apart from all else. */
function takeNamed(value: Readonly<Record<string, unknown>>): {
  readonly slices: unknown
  readonly costs: unknown
  readonly others: Readonly<Record<string, unknown>>
} {
  if (!isObject(value['evaluate'])) return { slices: {}, costs: {}, others: value }
  const { slices = {}, costs = {}, ...evaluate } = value['evaluate']
  return { slices, costs, others: { ...value, evaluate } }
}

/** The value of a YAML text, and what says the line of each path in it. */
function readDocument(
  text: string,
  place: string,
): { readonly value: unknown; readonly at: (path: readonly string[]) => string } {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const [syntaxError] = document.errors
  if (syntaxError !== undefined) {
    const position = syntaxError.linePos?.[0]
    throw new ToolkitError(
      'CONFIG_INVALID',
      `${place}:${position?.line ?? 1}:${position?.col ?? 1}: ${syntaxError.message.split('\n')[0]}`,
      { hint: 'mend the YAML', cause: syntaxError },
    )
  }
  const lines = lineFinder(document, counter)
  return { value: document.toJS(), at: (path) => `${place}:${lines(path)}` }
}

/** Finds the line of a value, or of the nearest section around it that is there. */
function lineFinder(document: Document, counter: LineCounter): (path: readonly string[]) => number {
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return counter.linePos(node.range[0]).line
    }
    return 1
  }
}
