import type { SliceSpecs } from '../../training/slices.ts'
import { parseColumnSpecs } from './parse-column-specs.ts'

/**
 * Reads `evaluate.slices` of params.yaml: how test rows are told apart, by column.
 *
 * @param at - file and line of a path
 */
export function parseSlices(
  value: unknown,
  at: (path: readonly string[]) => string,
): { readonly specs: SliceSpecs; readonly problems: readonly string[] } {
  const section = { path: ['evaluate', 'slices'], columns: 'columns', rows: 'rows' }
  return parseColumnSpecs(value, section, at)
}
