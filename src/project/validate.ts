import { join } from 'node:path'
import { ToolkitError } from '../core/errors.ts'
import { openDatabase, quoteText } from '../data/duckdb-store.ts'
import { validateTable } from '../data/validate.ts'
import { readSuite, writeValidation } from '../data/validation-file.ts'
import { highestFailingSeverity, renderValidation } from '../data/validation-text.ts'
import { layoutOf } from './layout.ts'
import type { StepContext } from './step.ts'

/**
 * Stage 2: holds the raw table against the project's suite and writes the
 * result, whatever it says.
 *
 * @throws {ToolkitError} `DATA_CHECK_FAILED` (exit 3) when a critical expectation fails
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
  if (highestFailingSeverity(result) === 'critical') {
    throw new ToolkitError('DATA_CHECK_FAILED', 'the data breaks a critical expectation', {
      hint: `see ${layout.validation}; mend the data, or the expectation in ${layout.suite}`,
    })
  }
}
