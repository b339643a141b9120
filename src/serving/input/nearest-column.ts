import { nearestName } from '../../core/nearest.ts'
import type { Column } from '../served-model.ts'

/** Longer names are no typing errors, and comparing them costs more than a request may. */
const longestName = 100

/** The hint for a column the model does not take: the one that was probably meant. */
export function nearestColumn(name: string, columns: readonly Column[]): string {
  if (name.length > longestName) return 'leave it out'
  const names = columns.map((column) => column.name)
  const folded = name.toLowerCase()
  const meant = names.find((known) => known.toLowerCase() === folded) ?? nearestName(name, names)
  return meant === undefined ? 'leave it out' : `did you mean '${meant}'?`
}
