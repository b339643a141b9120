import { isObject } from '../../core/json.ts'

/** How rows are told apart by a column: by its levels, by so many bins of about as many rows, or by edges. */
export type ColumnSpec = 'levels' | number | readonly number[]

const mostBins = 20

/**
 * Reads a section of params.yaml that says by which columns rows are told apart.
 *
 * @param section.columns - what its members are called in messages
 * @param section.rows - of which rows a bin has about as many as another
 * @param at - file and line of a path
 */
export function parseColumnSpecs(
  value: unknown,
  section: {
    readonly path: readonly string[]
    readonly columns: string
    readonly rows: string
  },
  at: (path: readonly string[]) => string,
): { readonly specs: Readonly<Record<string, ColumnSpec>>; readonly problems: readonly string[] } {
  const { path, columns, rows } = section
  const name = path.join('.')
  if (!isObject(value)) {
    const problem = `${at(path)}: '${name}' is ${JSON.stringify(value)}, expected a section of ${columns}`
    return { specs: {}, problems: [problem] }
  }
  const expected = `'levels', an integer from 2 to ${mostBins} (bins of about as many ${rows}), or up to ${mostBins} ascending numbers (edges)`
  const specs: Record<string, ColumnSpec> = {}
  const problems: string[] = []
  for (const [column, spec] of Object.entries(value)) {
    if (isSpec(spec)) specs[column] = spec
    else {
      const place = at([...path, column])
      problems.push(
        `${place}: '${name}.${column}' is ${JSON.stringify(spec)}, expected ${expected}`,
      )
    }
  }
  return { specs, problems }
}

function isSpec(spec: unknown): spec is ColumnSpec {
  if (spec === 'levels') return true
  if (typeof spec === 'number') return Number.isInteger(spec) && spec >= 2 && spec <= mostBins
  return (
    Array.isArray(spec) &&
    spec.length > 0 &&
    spec.length <= mostBins &&
    spec.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > spec[i - 1]))
  )
}
