import { join } from 'node:path'
import { openDatabase, quoteText } from '../data/duckdb-store.ts'
import { validateTable } from '../data/validate.ts'
import { readSuite, writeValidation } from '../data/validation-file.ts'
import { renderValidation } from '../data/validation-text.ts'
import { checkVerdict } from '../data/validation-verdict.ts'
import { layoutOf } from './layout.ts'
import type { StepContext } from './step.ts'

/**
 * Stage 2: holds the raw table against the project's suite and writes the
 * result, whatever it says.
 *
 * @throws {ToolkitError} `DATA_CHECK_FAILED` (exit 3) when a critical expectation fails;
 *   `SUITE_INVALID` (exit 2) when an expectation is wrong itself
 */
export async function validate(context: StepContext): Promise<void> {
  const { project, directory } = context
  const layout = layoutOf(project.name)
  const suite = await readSuite(join(directory, layout.suite))
  using database = await openDatabase()
  const relation = `read_parquet(${quoteText(join(directory, layout.raw))})`
  const result = await validateTable({ database, relation, suite })
  await writeValidation(join(directory, layout.validation), result)
  context.log(renderValidation(result).trimEnd())
  checkVerdict(
    result,
    `see ${layout.validation}; mend the data, or the expectation in ${layout.suite}`,
  )
}
