/** What a model gives, as the columns of its log. */

import type { ModelOutput } from '../../core/predictor.ts'
import type { ColumnDistribution } from '../../data/profile/read-distributions.ts'
import { classNames, classNumber } from '../../core/class-names.ts'

/** One column. */
export interface OutputColumn {
  /** In the log. */
  readonly name: string
  /** For people: of a probability its class. */
  readonly title: string
  /** Of the predicted class: the name of each number. */
  readonly classes?: ReadonlyMap<number, string>
}

/** The score; of several classes the one that is predicted, and the probability of each. */
export function listOutputColumns(output: ModelOutput): readonly OutputColumn[] {
  if (output.kind !== 'classes') return [{ name: 'score', title: 'score' }]
  const { classes } = output
  const numbers = classes.map((name, place) => [classNumber(classes, place), String(name)] as const)
  return [
    { name: 'prediction', title: 'prediction', classes: new Map(numbers) },
    ...classNames(classes).map((name, place) => ({
      name: `probability.${name}`,
      title: String(classes[place]),
    })),
  ]
}

/** The columns whose numbers are held against labels: those of {@link listOutputColumns} but the predicted class. */
export function listMeasured(columns: readonly OutputColumn[]): readonly OutputColumn[] {
  return columns.filter(({ classes }) => classes === undefined)
}

/** Predicted classes are compared by name, as categories. */
export function nameClasses(
  { classes }: OutputColumn,
  column: ColumnDistribution,
): ColumnDistribution {
  const { distribution } = column
  if (classes === undefined || distribution?.kind !== 'numbers') return column
  const counts = new Map<string, number>()
  for (const [i, value] of distribution.values.entries()) {
    counts.set(classes.get(value) ?? String(value), distribution.counts[i]!)
  }
  const { range: _range, ...rest } = column
  return {
    ...rest,
    type: 'VARCHAR',
    family: 'text',
    distribution: { kind: 'categories', counts, total: distribution.total, others: 0 },
  }
}
