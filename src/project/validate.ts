import { join } from 'node:path'
import { writeFileAtomically } from '../core/atomic-file.ts'
import { ToolkitError } from '../core/errors.ts'
import { checkTrainingData } from '../data/checks/check-training-data.ts'
import { renderFindings } from '../data/checks/findings-text.ts'
import { type CheckReport, hasError } from '../data/checks/training-check.ts'
import { type Database, openDatabase, quotePath } from '../data/duckdb-store.ts'
import { renderValidationPage } from '../data/page/validation-page.ts'
import type { Table } from '../data/table/column.ts'
import { describeTable } from '../data/table/describe-table.ts'
import { validateTable } from '../data/validate.ts'
import { gatherEvidence } from '../data/validation-evidence.ts'
import { readSuite } from '../data/validation-file.ts'
import { renderValidation } from '../data/validation-text.ts'
import { checkVerdict } from '../data/validation-verdict.ts'
import { layoutOf } from './layout.ts'
import type { StepContext } from './step.ts'
import { writeJson } from '../core/json-file.ts'

/**
 * Stage 2: holds the raw table against the project's suite, looks for what
 * would spoil a model, and writes both results and a page for people, whatever they say.
 *
 * @throws {ToolkitError} `DATA_CHECK_FAILED` (exit 3) when a critical expectation fails or a check with the
 *   policy 'error' finds something; `SUITE_INVALID` (exit 2) when an expectation is wrong itself
 */
export async function validate(context: StepContext): Promise<void> {
  const { project, directory } = context
  const layout = layoutOf(project.name)
  const suite = await readSuite(join(directory, layout.suite))
  using database = await openDatabase()
  const raw = `read_parquet(${quotePath(join(directory, layout.raw))})`
  const table = await describeTable(database, raw)
  const result = await validateTable({ database, relation: table, suite })
  await writeJson(join(directory, layout.validation), result)
  // The page is in git, where rows of the data have no place.
  const evidence = await gatherEvidence({ database, table, suite, result, hasRows: false })
  const page = renderValidationPage(result, { name: layout.raw, evidence })
  await writeFileAtomically(join(directory, layout.validationPage), page)
  context.log(renderValidation(result).trimEnd())
  const report = await check(database, table, context)
  await writeJson(join(directory, layout.checks), report)
  for (const line of renderFindings(report)) context.log(line)
  checkVerdict(
    result,
    `see ${layout.validation}; mend the data, or the expectation in ${layout.suite}`,
  )
  if (!hasError(report)) return
  throw new ToolkitError('DATA_CHECK_FAILED', 'the data is not fit to learn from', {
    hint: `see ${layout.checks}; mend the data, or the policy below 'checks' in params.yaml`,
  })
}

async function check(
  database: Database,
  table: Table,
  { project, parameters }: StepContext,
): Promise<CheckReport> {
  const {
    schema: _,
    leakage_auc,
    leakage_explained_share,
    near_constant_share,
    ...policies
  } = parameters.checks
  return checkTrainingData({
    database,
    table,
    // A column that no model takes may be constant, or know the outcome.
    roles: {
      target: project.target,
      keys: [project.key],
      features: project.inputList.map(({ name }) => name),
    },
    // What is held out is drawn from this very table by the key, which is checked to be unique.
    policies: { ...policies, train_test_overlap: 'off' },
    limits: { leakage_auc, leakage_explained_share, near_constant_share },
  })
}
