/** Facts held against the expectations of their view, before they are appended. */

import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFileWith } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { type Database, quotePath } from '../duckdb-store.ts'
import type { Suite } from '../expectations/suite.ts'
import type { ValidationResult } from '../expectations/validation-result.ts'
import { hashFile } from '../hash-file.ts'
import { splitTable } from '../quarantine/split-table-file.ts'
import { openSpillFolder } from '../spill-folder-file.ts'
import { describeTable } from '../table/describe-table.ts'
import { validateTable } from '../validate.ts'
import { readSuite } from '../validation-file.ts'
import { renderValidation } from '../validation-text.ts'
import { checkVerdict } from '../validation-verdict.ts'
import type { ExpectationPolicy, FeatureView } from './feature-view.ts'

/** Facts that were held against their view's expectations; their files go with them. */
export interface HeldFacts extends Disposable {
  /** A query of those that are to be appended. */
  readonly facts: string
  /** What does not hold and let them in all the same, in words. */
  readonly warning?: string
  /** The facts that stay outside, with the reasons in a column more. */
  readonly quarantined?: { readonly rows: number; readonly path: string }
}

/**
 * Holds facts against the suite that their view names, as they would be stored. What fails follows the policy, where its
 * severity is critical; what is less only warns.
 *
 * @param facts - a query with the columns of the view
 * @param options.policy - where the view names none
 * @param options.root - the folder that the path of a suite starts from
 * @param options.quarantine - the folder of facts that stay outside; a file there is named by what it holds
 * @throws {ToolkitError} `DATA_CHECK_FAILED`, `SUITE_INVALID`, `FILE_MISSING`, `FILE_WRITE_FAILED`
 */
export async function holdFacts(
  database: Database,
  view: FeatureView,
  facts: string,
  options: {
    readonly policy: ExpectationPolicy
    readonly root: string
    readonly quarantine: string
  },
): Promise<HeldFacts> {
  const { expectations } = view
  if (expectations === undefined) return { facts, [Symbol.dispose]: () => {} }
  const { policy = options.policy } = expectations
  const suite = await openSuite(expectations.suite, options.root)
  // Asked several times, and rows are named by their place.
  await database.run(`CREATE OR REPLACE TEMP TABLE ${heldTable} AS ${facts}`)
  const table = await describeTable(database, heldTable)
  const result = await validateTable({ database, relation: table, suite })
  const held: HeldFacts = {
    facts: `SELECT * FROM ${heldTable}`,
    ...(!result.success && { warning: `feature view '${view.name}': ${describe(result)}` }),
    [Symbol.dispose]: () => {},
  }
  refuseWrongSuite(result)
  const broken = listBroken(result)
  if (broken.length === 0 || policy === 'warn') return held
  if (policy === 'error') throw refusal(view, describe(result))
  const failing = { ...suite, expectations: broken.map((index) => suite.expectations[index]!) }
  return { ...held, ...(await putAside(database, view, failing, options.quarantine)) }
}

const heldTable = '"mlpt held facts"'

async function openSuite(suite: Suite | string, root: string): Promise<Suite> {
  return typeof suite === 'string' ? readSuite(join(root, suite)) : suite
}

/** Places in the suite of what is critical and fails. */
function listBroken({ results }: ValidationResult): readonly number[] {
  return results.flatMap(({ success, expectation_config: { severity }, meta }) =>
    !success && severity === 'critical' ? [meta.index] : [],
  )
}

/** An expectation that is wrong itself lets nothing in, whatever the policy. @throws {ToolkitError} `SUITE_INVALID` */
function refuseWrongSuite(result: ValidationResult): void {
  if (result.results.some(({ meta }) => meta.error_code === 'SUITE_INVALID')) checkVerdict(result)
}

/** Without the last line, which counts. */
function describe(result: ValidationResult): string {
  const lines = renderValidation(result).trimEnd().split('\n')
  return `facts break its expectations:${lines
    .slice(0, -1)
    .map((line) => `\n    ${line}`)
    .join('')}`
}

function refusal(view: FeatureView, what: string): ToolkitError {
  return new ToolkitError('DATA_CHECK_FAILED', `feature view '${view.name}': ${what}`, {
    hint: "mend the facts, or the suite; 'quarantine' appends the others, 'warn' all",
  })
}

/** Splits the held facts: what breaks an expectation is written below `folder`, and the rest is to be appended. */
async function putAside(
  database: Database,
  view: FeatureView,
  failing: Suite,
  folder: string,
): Promise<Pick<HeldFacts, 'facts' | 'quarantined' | typeof Symbol.dispose>> {
  const spill = openSpillFolder()
  if (spill === undefined) {
    throw new ToolkitError('FILE_WRITE_FAILED', 'there is no folder for temporary files', {
      hint: 'set TMPDIR to a folder that can be written',
    })
  }
  try {
    const table = await describeTable(database, heldTable)
    const path = join(spill.path, 'facts.parquet')
    const {
      passing,
      failing: aside,
      notSplit,
    } = await splitTable({
      database,
      table,
      suite: failing,
      path,
    })
    if (notSplit.length > 0) {
      const whole = notSplit.map(({ type, why }) => `${type}: ${why}`)
      throw refusal(view, `no single facts break its expectations: ${whole.join('; ')}`)
    }
    const kept = join(folder, `${(await hashFile(aside.path)).slice(0, 8)}.parquet`)
    await replaceFileWith(kept, (temporary) => copyFile(aside.path, temporary))
    return {
      facts: `SELECT * FROM read_parquet(${quotePath(passing.path)})`,
      quarantined: { rows: aside.rows, path: kept },
      [Symbol.dispose]: () => spill[Symbol.dispose](),
    }
  } catch (error) {
    spill[Symbol.dispose]()
    throw error
  }
}
