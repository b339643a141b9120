import { type Matrix } from '../../core/matrix.ts'
import { type Random } from '../../core/random.ts'
import { type BoostingParameters } from './parameters.ts'

/** What chance decides in a round. */
export interface Draw {
  /** Ascending. */
  readonly rows: Int32Array
  /** For one tree after the other; each ascending. */
  readonly features: () => Int32Array
}

/** Draws the rows and features of one round after the other. */
export function createDrawer(
  { rows, columns }: Matrix,
  { rowFraction, featureFraction }: BoostingParameters,
  random: Random,
): () => Draw {
  const ofRows = random.fork('rows')
  const ofFeatures = random.fork('features')
  const all = rowFraction === 1 ? sampleIndices(rows, 1, ofRows) : undefined
  return () => ({
    rows: all ?? sampleIndices(rows, rowFraction, ofRows),
    features: () => sampleIndices(columns, featureFraction, ofFeatures),
  })
}

/** A share of the numbers below `count`, ascending, each equally likely: selection sampling [Knuth 1997, 3.4.2 S]. */
function sampleIndices(count: number, fraction: number, random: Random): Int32Array {
  const wanted = Math.max(1, Math.round(fraction * count))
  const chosen = new Int32Array(wanted)
  let taken = 0
  for (let i = 0; taken < wanted; i++) {
    const isChosen = wanted === count || random.next() * (count - i) < wanted - taken
    if (isChosen) chosen[taken++] = i
  }
  return chosen
}
