import type { Database } from '../duckdb-store.ts'
import type { Table } from '../table/column.ts'
import { findConstantColumns } from './column-checks.ts'
import { findDuplicateColumns } from './duplicate-columns.ts'
import { findDuplicateKeys } from './key-checks.ts'
import {
  findIndexCorrelation,
  findMissingTarget,
  findRareClasses,
  findSingleClass,
  findSorting,
  findTargetOutliers,
} from './target-checks.ts'
import { findLeakage } from './target-leakage.ts'
import { findOverlap } from './train-test-overlap.ts'
import {
  type CheckLimits,
  type CheckPolicies,
  type CheckReport,
  defaultLimits,
  defaultPolicies,
  type Finding,
  type Suspicion,
  type TrainingCheck,
  trainingChecks,
} from './training-check.ts'
import {
  closeTrainingTable,
  openTrainingTable,
  type TrainingRoles,
  type TrainingTable,
} from './training-table.ts'

/**
 * Looks for what makes a model worthless or its score a lie although every
 * row is valid: leakage, duplicates, overlap of training and test, a target
 * without two classes, and the like.
 *
 * @param options.test - the rows that will judge the model; `undefined` leaves out 'train_test_overlap'
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`, `TRAINING_INVALID`, see {@link openTrainingTable}
 */
export async function checkTrainingData(options: {
  readonly database: Database
  readonly table: Table
  readonly roles: TrainingRoles
  readonly test?: Table
  readonly policies?: Partial<CheckPolicies>
  readonly limits?: Partial<CheckLimits>
}): Promise<CheckReport> {
  const { database, table, roles, test } = options
  const policies = { ...defaultPolicies, ...options.policies }
  const limits = { ...defaultLimits, ...options.limits }
  const training = await openTrainingTable(database, table, roles)
  try {
    const findings: Finding[] = []
    const skipped: string[] = []
    for (const check of trainingChecks) {
      const policy = policies[check]
      if (policy === 'off') continue
      const answer = await runCheck(check, training, { limits, test })
      findings.push(...answer.found.map((suspicion) => ({ ...suspicion, policy })))
      skipped.push(...answer.skipped)
    }
    const { rows, kind } = training
    return { rows, target: roles.target, target_kind: kind, policies, limits, findings, skipped }
  } finally {
    await closeTrainingTable(training)
  }
}

interface Answer {
  readonly found: readonly Suspicion[]
  readonly skipped: readonly string[]
}

interface Asked {
  readonly limits: CheckLimits
  readonly test: Table | undefined
}

type Found = readonly Suspicion[]

async function runCheck(
  check: TrainingCheck,
  training: TrainingTable,
  asked: Asked,
): Promise<Answer> {
  if (check === 'target_leakage') return findLeakage(training, asked.limits)
  if (check === 'train_test_overlap' && asked.test === undefined) {
    return { found: [], skipped: ['train_test_overlap: there is no test table'] }
  }
  return { found: await finders[check](training, asked), skipped: [] }
}

const finders: Readonly<
  Record<
    Exclude<TrainingCheck, 'target_leakage'>,
    (training: TrainingTable, asked: Asked) => Found | Promise<Found>
  >
> = {
  missing_target: findMissingTarget,
  single_class_target: findSingleClass,
  rare_class: findRareClasses,
  duplicate_keys: findDuplicateKeys,
  train_test_overlap: (training, { test }) =>
    test === undefined ? [] : findOverlap(training, test),
  constant_columns: (training, { limits }) =>
    findConstantColumns(training, limits.near_constant_share),
  duplicate_columns: findDuplicateColumns,
  target_outliers: findTargetOutliers,
  sorted_by_target: findSorting,
  index_correlation: findIndexCorrelation,
}
