import { decodeInput, isPlainText, type InputField } from '../core/input-field.ts'
import type { Matrix } from '../core/matrix.ts'
import type { Predictor } from '../core/predictor.ts'
import { quoteName, type Database } from '../data/duckdb-store.ts'

/**
 * A predictor of rows of a table where a text is its place among those of the table, as with models of ours, though the
 * model takes the texts themselves; any other stays as it is.
 *
 * @param relation - SQL for FROM; a column that it lacks fails where the rows are read
 */
export async function knowTexts(
  database: Database,
  relation: string,
  predictor: Predictor,
): Promise<Predictor> {
  const plain = Object.entries(predictor.inputs).filter(([, field]) => isPlainText(field))
  if (plain.length === 0) return predictor
  const fields: Record<string, InputField> = { ...predictor.inputs }
  for (const [name, field] of plain) {
    const texts = await database.query(
      `SELECT DISTINCT CAST(${quoteName(name)} AS VARCHAR) AS text FROM ${relation}
       WHERE ${quoteName(name)} IS NOT NULL ORDER BY text`,
    )
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a plain text is one of texts
    fields[name] = { ...field, known: texts.map(({ text }) => String(text)) } as InputField
  }
  const places = Object.entries(fields).flatMap(([name, field], place) =>
    isPlainText(predictor.inputs[name]!) ? [[place, field] as const] : [],
  )
  return {
    ...predictor,
    inputs: fields,
    predict: (rows) => predictor.predict({ ...rows, texts: textsOf(rows, places) }),
  }
}

function textsOf(
  { rows, columns, values }: Matrix,
  places: readonly (readonly [number, InputField])[],
): NonNullable<Matrix['texts']> {
  return new Map(
    places.map(([place, field]) => [
      place,
      Array.from({ length: rows }, (_, row) => {
        const cell = decodeInput(field, values[row * columns + place]!)
        return cell === null ? null : String(cell)
      }),
    ]),
  )
}
