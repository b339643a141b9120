import type { Random } from '../core/random.ts'
import { shuffleInPlace } from './shuffle.ts'

/** Row numbers in ascending order. */
export interface HeldOut {
  readonly training: Int32Array
  readonly validation: Int32Array
}

/**
 * Holds a share of the rows back, of each class alike where there are classes, each row equally likely. Counts are rounded,
 * and at least one row of each class stays for training: of very few rows none may be held back.
 */
export function holdOut(
  y: Float64Array,
  options: { readonly hasClasses: boolean; readonly share: number; readonly random: Random },
): HeldOut {
  const { hasClasses, share, random } = options
  const rows = Int32Array.from(y.keys())
  const groups = hasClasses ? groupRows(y) : [rows]
  const isHeld = new Uint8Array(y.length)
  for (const group of groups) {
    const wanted = Math.min(group.length - 1, Math.round(share * group.length))
    shuffleInPlace(group, random)
    for (const row of group.subarray(0, wanted)) isHeld[row] = 1
  }
  const training = Int32Array.from(y.keys()).filter((row) => isHeld[row] === 0)
  const validation = Int32Array.from(y.keys()).filter((row) => isHeld[row] === 1)
  return { training, validation }
}

function groupRows(y: Float64Array): Int32Array[] {
  const groups = Map.groupBy(y.keys(), (row) => y[row]!)
  const classes = [...groups.keys()].sort((a, b) => a - b)
  return classes.map((value) => Int32Array.from(groups.get(value)!))
}
