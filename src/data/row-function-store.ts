/** Functions of TypeScript that SQL calls, many rows at a time. */

import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import type { Matrix } from '../core/matrix.ts'

/** Numbers in, numbers out: shape [rows, columns] to [rows, width]; it may throw. */
export interface RowFunction {
  /** Name in SQL. */
  readonly name: string
  /** Numbers it gives for a row. */
  readonly width: number
  readonly compute: (rows: Matrix) => ArrayLike<number>
}

/**
 * Makes `function` known to SQL, where it takes as many arguments as wanted and gives a list of DOUBLEs. FLOATs are
 * cells of the matrix; of DOUBLEs it has the numbers as they are too, of VARCHARs the texts, in place of an empty one null.
 * The first argument is no column: the row is left alone, and its list NULL, unless that is 0.
 *
 * @param onError - told what the function threw; SQL says only that it did
 */
export async function registerRowFunction(
  connection: DuckDBConnection,
  { name, width, compute }: RowFunction,
  onError: (error: unknown) => void,
): Promise<void> {
  const duckdb = await import('@duckdb/node-api')
  const { DuckDBScalarFunction, ANY, LIST, DOUBLE, listValue } = duckdb
  const definition = DuckDBScalarFunction.create({
    name,
    returnType: LIST(DOUBLE),
    varArgsType: ANY,
    volatile: true,
    mainFunction: (_info, chunk, output) => {
      try {
        const { matrix, places } = toMatrix(chunk, duckdb)
        const numbers = matrix.rows === 0 ? [] : compute(matrix)
        const lists = Array.from({ length: chunk.rowCount }, () => null as null | number[])
        places.forEach((place, r) => {
          lists[place] = Array.from({ length: width }, (_, c) => numbers[r * width + c]!)
        })
        lists.forEach((list, r) => output.setItem(r, list === null ? null : listValue(list)))
        output.flush()
      } catch (error) {
        onError(error)
        throw error
      }
    },
  })
  connection.registerScalarFunction(definition)
}

/** The rows that are wanted, and where they stand in the chunk. */
function toMatrix(
  chunk: DuckDBDataChunk,
  duckdb: typeof import('@duckdb/node-api'),
): { matrix: Matrix; places: readonly number[] } {
  const skipped = chunk.getColumnVector(0)
  const places = Array.from({ length: chunk.rowCount }, (_, r) => r).filter(
    (r) => skipped.getItem(r) === 0,
  )
  const columns = chunk.columnCount - 1
  const values = new Float32Array(places.length * columns)
  const texts = new Map<number, (string | null)[]>()
  const doubles = new Map<number, number[]>()
  for (let c = 0; c < columns; c++) {
    const vector = chunk.getColumnVector(c + 1)
    const type = vector.type.typeId
    const cellTexts: (string | null)[] = []
    const cellNumbers: number[] = []
    if (type === duckdb.DuckDBTypeId.VARCHAR) texts.set(c, cellTexts)
    if (type === duckdb.DuckDBTypeId.DOUBLE) doubles.set(c, cellNumbers)
    const isText = texts.has(c)
    const isDouble = doubles.has(c)
    places.forEach((place, r) => {
      const cell = vector.getItem(place)
      if (isText) cellTexts.push(cell === null || cell === '' ? null : String(cell))
      const number = cell === null || isText ? NaN : Number(cell)
      if (isDouble) cellNumbers.push(number)
      values[r * columns + c] = number
    })
  }
  const matrix = {
    rows: places.length,
    columns,
    values,
    ...(texts.size > 0 && { texts }),
    ...(doubles.size > 0 && { doubles }),
  }
  return { matrix, places }
}
