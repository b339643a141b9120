/** What can be wrong with the rows that a model is to learn from, although each of them is valid. */

/** The checks, in the order of a report. */
export const trainingChecks = [
  'missing_target',
  'single_class_target',
  'rare_class',
  'duplicate_keys',
  'train_test_overlap',
  'target_leakage',
  'constant_columns',
  'duplicate_columns',
  'target_outliers',
  'sorted_by_target',
  'index_correlation',
] as const
export type TrainingCheck = (typeof trainingChecks)[number]

/** What follows from a finding: nothing because the check does not run, a note, or exit 3. */
export const policies = ['off', 'warn', 'error'] as const
export type Policy = (typeof policies)[number]

export type CheckPolicies = Readonly<Record<TrainingCheck, Policy>>

/**
 * What is done unless params.yaml says otherwise: an error where a model would
 * be worthless or its score a lie, a warning where a sound table may be so.
 */
export const defaultPolicies: CheckPolicies = {
  missing_target: 'error',
  single_class_target: 'error',
  rare_class: 'warn',
  duplicate_keys: 'error',
  train_test_overlap: 'error',
  target_leakage: 'error',
  constant_columns: 'warn',
  duplicate_columns: 'warn',
  target_outliers: 'warn',
  sorted_by_target: 'warn',
  index_correlation: 'warn',
}

/** From where on something is a finding. */
export interface CheckLimits {
  /** Area under the ROC curve of one feature alone, for a target of two classes. */
  readonly leakage_auc: number
  /** Share of the target's variation that one feature alone explains, for any other target. */
  readonly leakage_explained_share: number
  /** Share of the rows that one value fills. */
  readonly near_constant_share: number
}

export const defaultLimits: CheckLimits = {
  leakage_auc: 0.95,
  leakage_explained_share: 0.9,
  near_constant_share: 0.998,
}

/** One thing that is wrong, before anybody decided how bad it is. */
export interface Suspicion {
  readonly check: TrainingCheck
  readonly columns: readonly string[]
  /** The numbers behind the sentence. */
  readonly numbers: Readonly<Record<string, number>>
  /** One sentence with names and values. */
  readonly message: string
  /** What to do, in the imperative. */
  readonly hint: string
}

/** A suspicion with what follows from it. */
export interface Finding extends Suspicion {
  readonly policy: 'warn' | 'error'
}

/** How a target is judged: by two classes, more classes, or as a quantity. */
export type TargetKind = 'binary' | 'classes' | 'quantity'

/** What the checks found; the same table gives the same report. */
export interface CheckReport {
  readonly rows: number
  readonly target: string
  readonly target_kind: TargetKind
  readonly policies: CheckPolicies
  readonly limits: CheckLimits
  /** In the order of {@link trainingChecks}. */
  readonly findings: readonly Finding[]
  /** What could not be checked, and why. */
  readonly skipped: readonly string[]
}

/** Whether a finding has the policy 'error'. */
export function hasError({ findings }: CheckReport): boolean {
  return findings.some((finding) => finding.policy === 'error')
}
