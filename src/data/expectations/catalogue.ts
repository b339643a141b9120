import { columnAggregateTypes } from './column-aggregates.ts'
import { columnTypeTypes } from './column-type.ts'
import { columnValueTypes } from './column-values.ts'
import type { ExpectationType } from './expectation-type.ts'
import { severalColumnTypes } from './several-columns.ts'
import { tableShapeTypes } from './table-shape.ts'

/** Every type of expectation this version knows, by GX's name. */
export const expectationTypes: ReadonlyMap<string, ExpectationType> = new Map(
  [
    ...tableShapeTypes,
    ...columnValueTypes,
    ...columnTypeTypes,
    ...columnAggregateTypes,
    ...severalColumnTypes,
  ].map((type) => [type.name, type]),
)
