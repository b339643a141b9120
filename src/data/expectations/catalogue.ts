/** Every type of expectation this version knows. */

import type { ExpectationType } from './expectation-type.ts'
import { columnAggregateTypes } from './types/column-aggregates.ts'
import { columnPairTypes } from './types/column-pairs.ts'
import { columnTypeTypes } from './types/column-type.ts'
import { columnValueTypes } from './types/column-values.ts'
import { distinctValueTypes } from './types/distinct-values.ts'
import { klDivergenceTypes } from './types/kl-divergence.ts'
import { missingValueTypes } from './types/missing-values.ts'
import { mostCommonValueTypes } from './types/most-common-value.ts'
import { otherSourceTypes } from './types/other-sources.ts'
import { outlierTypes } from './types/outliers.ts'
import { quantileTypes } from './types/quantiles.ts'
import { severalColumnTypes } from './types/several-columns.ts'
import { successionTypes } from './types/succession.ts'
import { tableShapeTypes } from './types/table-shape.ts'
import { textFormatTypes } from './types/text-formats.ts'
import { textPatternTypes } from './types/text-patterns.ts'

const knownTypes = [
  ...tableShapeTypes,
  ...missingValueTypes,
  ...columnValueTypes,
  ...textPatternTypes,
  ...textFormatTypes,
  ...successionTypes,
  ...outlierTypes,
  ...columnTypeTypes,
  ...columnAggregateTypes,
  ...quantileTypes,
  ...distinctValueTypes,
  ...mostCommonValueTypes,
  ...klDivergenceTypes,
  ...columnPairTypes,
  ...severalColumnTypes,
  ...otherSourceTypes,
] as const

/** The types of all expectations by GX's name; their `kwargs` say which arguments each takes. */
export type ExpectationTypes = {
  readonly [T in (typeof knownTypes)[number] as T['name']]: T
}

/** Every type of expectation this version knows, by GX's name. */
export const expectationTypes: ReadonlyMap<string, ExpectationType> = new Map(
  knownTypes.map((type) => [type.name, type]),
)
