import type { InputField, InputFields } from '../../core/input-field.ts'
import { ownMember } from '../../core/own-member.ts'
import type { Predictor } from '../../core/predictor.ts'
import type { Database } from '../../data/duckdb-store.ts'
import type { Project } from '../definition/define-project.ts'
import { type ColumnTypes, listMissing, listSome, readColumnTypes } from '../column-types.ts'
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
  const types = await readColumnTypes(database, relation)
  return inputProblem(champion.inputs, types)
}

function inputProblem(inputs: InputFields, types: ColumnTypes): string | undefined {
  const missing = listMissing(inputs, types)
  if (missing !== undefined) return `it takes ${missing}, which the data does not have`
  const other = Object.entries(inputs).flatMap(([name, field]) => {
    const type = ownMember(types, name.toLowerCase()) ?? ''
    return isReadAs(field, type)
      ? []
      : [`'${name}' as ${field.type}, which the data has as ${type}`]
  })
  return other.length > 0 ? `it takes ${listSome(other)}` : undefined
}

/** Whether cells of a type of DuckDB's become what the field is. */
function isReadAs({ type: kind }: InputField, type: string): boolean {
  if (kind === 'text' || kind === 'datetime') return true
  if (kind === 'date') return type === 'DATE' || type.startsWith('TIMESTAMP')
  return type === 'BOOLEAN' || /INT|FLOAT|DOUBLE|DECIMAL/.test(type)
}
