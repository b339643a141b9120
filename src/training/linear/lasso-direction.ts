import { solveSymmetric } from '../../math/solve-symmetric.ts'
import { checkCurvature } from './newton-direction.ts'
import type { Curvature } from './penalised-objective.ts'

/**
 * The d that minimises g·d + ½·dᵀ·H·d + l1·‖w + d‖₁: rounds of coordinate descent
 * [Friedman, Hastie & Tibshirani 2010], which finds coefficients that should not be 0, and
 * of solving for all of these at once up to the first that should be 0. Both lower it;
 * together they end at the minimum, where correlated columns would hold up either.
 *
 * @param theta - w, then the intercept, which is not penalised
 * @throws {ToolkitError} `TRAINING_INVALID` when H is not finite
 */
export function lassoDirection(
  curvature: Curvature,
  theta: Float64Array,
  l1: number,
): Float64Array {
  checkCurvature(curvature)
  const search: Search = {
    hessian: mirror(curvature.hessian, theta.length),
    l1,
    point: theta.slice(),
    slopes: curvature.gradient.slice(),
  }
  // Far from the minimum the quadratic itself is only near the objective: no need to be exact.
  const enough = sweepColumns(search) / 100
  for (let round = 1; round <= mostRounds; round++) {
    if (solveSupport(search) && isLowest(search)) break
    let left = 0
    for (let sweep = 0; sweep < sweepsPerRound; sweep++) {
      left = sweepColumns(search)
      if (left <= enough) break
    }
    if (left <= enough) break
  }
  return search.point.map((value, i) => value - theta[i]!)
}

/** What is left then is still a descent, and the next step goes on from it. */
const mostRounds = 100

/** A sweep costs far less than solving. */
const sweepsPerRound = 100

interface Search {
  readonly hessian: Float64Array
  readonly l1: number
  /** Changed in place. */
  readonly point: Float64Array
  /** Of the quadratic part at the point; changed in place. */
  readonly slopes: Float64Array
}

function mirror(lower: Float64Array, size: number): Float64Array {
  const full = Float64Array.from(lower)
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++) full[j * size + i] = full[i * size + j]!
  return full
}

/** Moves each coordinate to its best place; gives the largest slope that was levelled. */
function sweepColumns({ hessian, l1, point, slopes }: Search): number {
  const size = point.length
  let levelled = 0
  for (let column = 0; column < size; column++) {
    const bend = hessian[column * size + column]!
    if (bend === 0) continue
    const penalty = column === size - 1 ? 0 : l1
    const next = shrink(bend * point[column]! - slopes[column]!, penalty) / bend
    const change = next - point[column]!
    if (change === 0) continue
    levelled = Math.max(levelled, Math.abs(change) * bend)
    point[column] = next
    const line = column * size
    for (let i = 0; i < size; i++) slopes[i]! += change * hessian[line + i]!
  }
  return levelled
}

function shrink(value: number, by: number): number {
  return Math.sign(value) * Math.max(Math.abs(value) - by, 0)
}

/**
 * Goes to the minimum among points with these signs, or on the way there to the first place
 * where a coefficient becomes 0; tells whether it is there.
 */
function solveSupport({ hessian, l1, point, slopes }: Search): boolean {
  const size = point.length
  const chosen = [...point.keys()].filter((i) => point[i] !== 0 || i === size - 1)
  const penaltyOf = (i: number): number => (i === size - 1 ? 0 : l1 * Math.sign(point[i]!))
  const part = Float64Array.from(chosen.flatMap((i) => chosen.map((j) => hessian[i * size + j]!)))
  const right = Float64Array.from(chosen, (i) => -(slopes[i]! + penaltyOf(i)))
  const change = solveSymmetric(part, right) ?? solveSymmetric(raiseDiagonal(part), right)
  if (change === undefined) return false
  const shares = chosen.map((i, k) => {
    const turns = i < size - 1 && (point[i]! + change[k]!) * point[i]! <= 0
    return turns ? -point[i]! / change[k]! : 1
  })
  const share = Math.min(...shares)
  for (const [k, column] of chosen.entries()) {
    const isGone = share < 1 && shares[k] === share
    const step = isGone ? -point[column]! : share * change[k]!
    point[column] = isGone ? 0 : point[column]! + step
    for (let i = 0; i < size; i++) slopes[i]! += step * hessian[column * size + i]!
  }
  return share === 1
}

/** Whether l1 holds the slope of every coefficient that is 0. */
function isLowest({ l1, point, slopes }: Search): boolean {
  return slopes.every(
    (slope, i) => i === point.length - 1 || point[i] !== 0 || Math.abs(slope) <= l1,
  )
}

/** Where columns depend on each other, this goes far along what they share, up to where one of them is 0. */
function raiseDiagonal(matrix: Float64Array): Float64Array {
  const size = Math.sqrt(matrix.length)
  return matrix.map((value, i) => (i % (size + 1) === 0 ? value * (1 + 1e-9) : value))
}
