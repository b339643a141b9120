import { isObject } from '../core/json.ts'
import type { SliceSpec, SliceSpecs } from '../training/slices.ts'

const mostBins = 20
const expected = `'levels', an integer from 2 to ${mostBins} (bins of about as many rows), or up to ${mostBins} ascending numbers (edges)`

/**
 * Reads `evaluate.slices` of params.yaml: how test rows are told apart, by column.
 *
 * @param at - file and line of a path
 */
export function parseSlices(
  value: unknown,
  at: (path: readonly string[]) => string,
): { readonly specs: SliceSpecs; readonly problems: readonly string[] } {
  const path = ['evaluate', 'slices']
  if (!isObject(value)) {
    const problem = `${at(path)}: 'evaluate.slices' is ${JSON.stringify(value)}, expected a section of columns`
    return { specs: {}, problems: [problem] }
  }
  const specs: Record<string, SliceSpec> = {}
  const problems: string[] = []
  for (const [column, spec] of Object.entries(value)) {
    if (isSpec(spec)) specs[column] = spec
    else {
      const place = at([...path, column])
      problems.push(
        `${place}: 'evaluate.slices.${column}' is ${JSON.stringify(spec)}, expected ${expected}`,
      )
    }
  }
  return { specs, problems }
}

function isSpec(spec: unknown): spec is SliceSpec {
  if (spec === 'levels') return true
  if (typeof spec === 'number') return Number.isInteger(spec) && spec >= 2 && spec <= mostBins
  return (
    Array.isArray(spec) &&
    spec.length > 0 &&
    spec.length <= mostBins &&
    spec.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > spec[i - 1]))
  )
}
