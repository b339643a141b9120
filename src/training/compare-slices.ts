import type { SliceReport } from './evaluation-report.ts'

/** Of metrics that are shares, groups differ by a difference and by a ratio too. */
const shares: ReadonlySet<string> = new Set(['accuracy'])

/** The end at which a group fares worst. */
const worst: Readonly<Record<string, 'group_min' | 'group_max'>> = {
  accuracy: 'group_min',
  balanced_accuracy: 'group_min',
  f1_macro: 'group_min',
  roc_auc_ovr: 'group_min',
  r2: 'group_min',
  log_loss: 'group_max',
  mean_cost: 'group_max',
  rmse: 'group_max',
  mae: 'group_max',
}

/**
 * Sets the groups of each column beside one another by what fairlearn derives of a metric: the worst of the groups
 * (`accuracy_group_min`, `rmse_group_max`), and of shares the largest less the smallest and the smallest over the largest
 * (`accuracy_difference`, `accuracy_ratio`).
 *
 * @returns by column, of those with two measured slices or more
 */
export function compareSlices(
  slices: readonly SliceReport[],
): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const measured = slices.filter((slice) => slice.metrics !== undefined)
  const columns = [...new Set(measured.map(({ column }) => column))]
  return Object.fromEntries(
    columns.flatMap((column) => {
      const groups = measured.filter((slice) => slice.column === column)
      return groups.length < 2 ? [] : [[column, compareGroups(groups)]]
    }),
  )
}

function compareGroups(groups: readonly SliceReport[]): Readonly<Record<string, number>> {
  const compared: Record<string, number> = {}
  for (const [name, end] of Object.entries(worst)) {
    const values = groups.flatMap(({ metrics }) => metrics?.[name]?.value ?? [])
    if (values.length < groups.length) continue
    const [least, most] = [Math.min(...values), Math.max(...values)]
    compared[`${name}_${end}`] = end === 'group_min' ? least : most
    if (!shares.has(name)) continue
    compared[`${name}_difference`] = most - least
    compared[`${name}_ratio`] = most === 0 ? 1 : least / most
  }
  return compared
}
