/** A feature of categories in a node. */
export interface CategoryCells {
  /** Σ gradient, Σ hessian and rows of each bin, the missing value's last. Shape [bins + 1, 3]. */
  readonly numbers: Float64Array
  /** Without the missing value's. */
  readonly bins: number
  /** How many bins have names; rare categories that share a last one have none. */
  readonly names: number
}

/** See `BoostingParameters` for what has no comment. */
export interface CategoryRules {
  /** Of the node. */
  readonly totals: { readonly hessian: number; readonly rows: number }
  readonly minRowsPerLeaf: number
  readonly minHessianPerLeaf: number
  readonly l2: number
  readonly categoryL2: number
  readonly categorySmoothing: number
  readonly minRowsPerCategory: number
  readonly maxCategories: number
  readonly maxOneHotCategories: number
  /** What a split scores that has these sums on its left. */
  readonly scoreOf: (gradient: number, hessian: number, l2: number) => number
}

/** Which bins go left. */
export interface CategoryCut {
  readonly score: number
  readonly left: { readonly gradient: number; readonly hessian: number; readonly rows: number }
  /** In the order in which they moved, the missing value's perhaps among them. */
  readonly bins: readonly number[]
}

/**
 * Puts the categories in the order of gradient / hessian and tries to cut that
 * order, from either end: the best of all 2ᵏ subsets is one of its k cuts
 * [Fisher 1958]. The missing value is one more category. Few categories are
 * tried one by one against the rest, where the rules say so.
 *
 * @returns `undefined` when nothing scores more than the floor.
 */
export function searchCategories(
  cells: CategoryCells,
  rules: CategoryRules,
  floor: number,
): CategoryCut | undefined {
  if (cells.names <= rules.maxOneHotCategories) return searchEach(cells, rules, floor)
  const order = orderCategories(cells, rules)
  const most = Math.min(rules.maxCategories, Math.ceil(order.length / 2))
  const low = searchCuts(cells, rules, { floor, moved: order.slice(0, most) })
  const rest = order.toReversed().slice(0, most)
  return searchCuts(cells, rules, { floor: low?.score ?? floor, moved: rest }) ?? low
}

function searchEach(
  cells: CategoryCells,
  rules: CategoryRules,
  floor: number,
): CategoryCut | undefined {
  let best: CategoryCut | undefined
  for (let bin = 0; bin <= cells.bins; bin++) {
    best = searchCuts(cells, rules, { floor: best?.score ?? floor, moved: [bin] }) ?? best
  }
  return best
}

/** The bins of categories, and the missing value's, with enough rows, ascending by gradient / hessian, then by number. */
function orderCategories(
  { numbers, bins, names }: CategoryCells,
  { categorySmoothing, minRowsPerCategory }: CategoryRules,
): number[] {
  const rateOf = (bin: number): number =>
    numbers[3 * bin]! / (numbers[3 * bin + 1]! + categorySmoothing)
  const order: number[] = []
  for (let bin = 0; bin <= bins; bin++) {
    const isNamed = bin < names || bin === bins
    if (!isNamed || numbers[3 * bin + 2]! < minRowsPerCategory) continue
    // A sort by insertion, as the compiled kernel's.
    let place = order.length
    for (; place > 0 && rateOf(order[place - 1]!) > rateOf(bin); place--) {
      order[place] = order[place - 1]!
    }
    order[place] = bin
  }
  return order
}

/** Moves categories from right to left one by one, in the given order. */
function searchCuts(
  { numbers, bins }: CategoryCells,
  { totals, minRowsPerLeaf, minHessianPerLeaf, scoreOf, ...rules }: CategoryRules,
  { floor, moved }: { readonly floor: number; readonly moved: readonly number[] },
): CategoryCut | undefined {
  const l2 = rules.l2 + (bins > fewCategories ? rules.categoryL2 : 0)
  let best: CategoryCut | undefined
  let left = { gradient: 0, hessian: 0, rows: 0 }
  for (const [i, bin] of moved.entries()) {
    left = {
      gradient: left.gradient + numbers[3 * bin]!,
      hessian: left.hessian + numbers[3 * bin + 1]!,
      rows: left.rows + numbers[3 * bin + 2]!,
    }
    const { gradient, hessian, rows } = left
    if (rows < minRowsPerLeaf || totals.rows - rows < minRowsPerLeaf) continue
    if (hessian < minHessianPerLeaf || totals.hessian - hessian < minHessianPerLeaf) continue
    const score = scoreOf(gradient, hessian, l2)
    if (score <= (best?.score ?? floor)) continue
    best = { score, left, bins: moved.slice(0, i + 1) }
  }
  return best
}

/** Up to so many categories, a split by categories is as plain as one by a number and needs no more smoothing. */
const fewCategories = 4
