import type { InputField, InputFields } from '../../core/input-field.ts'
import { ownMember } from '../../core/own-member.ts'
import type { Predictor } from '../../core/predictor.ts'
import type { Database } from '../../data/duckdb-store.ts'
import type { Project } from '../definition/define-project.ts'
import { outputProblem } from '../check-output.ts'

/**
 * Why a champion of other days cannot be scored on the rows of today: it predicts something else, or takes columns that the
 * data has not any more, or has as something else, which would be missing values to it.
 *
 * @param relation - SQL of the raw table
 * @returns undefined when it can
 */
export async function whyIncomparable(
  champion: Pick<Predictor, 'inputs' | 'output'>,
  project: Pick<Project, 'target' | 'output'>,
  { database, relation }: { readonly database: Database; readonly relation: string },
): Promise<string | undefined> {
  const problem = outputProblem(champion, project, 'it')
  if (problem !== undefined) return problem
  const described = await database.query(`DESCRIBE SELECT * FROM ${relation}`)
  const types = Object.fromEntries(
    described.map(({ column_name: name, column_type: type }) => [
      // As DuckDB tells columns apart.
      String(name).toLowerCase(),
      String(type),
    ]),
  )
  return inputProblem(champion.inputs, types)
}

function inputProblem(
  inputs: InputFields,
  types: Readonly<Record<string, string>>,
): string | undefined {
  const columns = Object.entries(inputs).map(
    ([name, field]) => [name, field, ownMember(types, name.toLowerCase())] as const,
  )
  const missing = columns.flatMap(([name, , type]) => (type === undefined ? [`'${name}'`] : []))
  if (missing.length > 0) return `it takes ${listOf(missing)}, which the data does not have`
  const other = columns.flatMap(([name, field, type = '']) =>
    isReadAs(field, type) ? [] : [`'${name}' as ${field.type}, which the data has as ${type}`],
  )
  return other.length > 0 ? `it takes ${listOf(other)}` : undefined
}

/** Whether cells of a type of DuckDB's become what the field is. */
function isReadAs({ type: kind }: InputField, type: string): boolean {
  if (kind === 'text' || kind === 'datetime') return true
  if (kind === 'date') return type === 'DATE' || type.startsWith('TIMESTAMP')
  return type === 'BOOLEAN' || /INT|FLOAT|DOUBLE|DECIMAL/.test(type)
}

function listOf(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `${names.slice(0, 5).join(', ')}${more}`
}
