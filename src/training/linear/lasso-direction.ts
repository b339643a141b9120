import { solveSymmetric } from '../../math/solve-symmetric.ts'
import { checkCurvature } from './newton-direction.ts'
import type { Curvature } from './penalised-objective.ts'

/**
 * The d that minimises g·d + ½·dᵀ·H·d + l1·‖w + d‖₁, by coordinate descent
 * [Friedman, Hastie & Tibshirani 2010]. Once the coefficients that are not 0 stay
 * the same ones, their equations are solved exactly, so that correlated columns
 * cost no precision.
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
  let support = supportOf(search.point)
  for (let sweep = 2; sweep <= mostSweeps; sweep++) {
    const moved = sweepColumns(search)
    const found = supportOf(search.point)
    const exact = found === support && sweep % 4 === 0 ? solveSupport(search) : undefined
    if (exact !== undefined) return exact.map((value, i) => value - theta[i]!)
    support = found
    if (moved <= enough) break
  }
  const best = solveSupport(search) ?? search.point
  return best.map((value, i) => value - theta[i]!)
}

/** What is left then is still a descent, and the next step goes on from it. */
const mostSweeps = 100

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

function supportOf(point: Float64Array): string {
  return Array.from(point, Math.sign).join()
}

/** The minimum among points with these signs, if it is the minimum of all. */
function solveSupport({ hessian, l1, point, slopes }: Search): Float64Array | undefined {
  const size = point.length
  const chosen = [...point.keys()].filter((i) => point[i] !== 0 || i === size - 1)
  const signOf = (i: number): number => (i === size - 1 ? 0 : Math.sign(point[i]!))
  const part = Float64Array.from(chosen.flatMap((i) => chosen.map((j) => hessian[i * size + j]!)))
  const right = Float64Array.from(chosen, (i) => -(slopes[i]! + l1 * signOf(i)))
  const change = solveSymmetric(part, right)
  if (change === undefined) return undefined
  const solved = point.slice()
  const slopesThere = slopes.slice()
  for (const [k, column] of chosen.entries()) {
    solved[column]! += change[k]!
    for (let i = 0; i < size; i++) slopesThere[i]! += change[k]! * hessian[column * size + i]!
  }
  const keepsSigns = chosen.every((i) => i === size - 1 || Math.sign(solved[i]!) === signOf(i))
  const isLowest = slopesThere.every(
    (slope, i) => i === size - 1 || point[i] !== 0 || Math.abs(slope) <= l1,
  )
  return keepsSigns && isLowest ? solved : undefined
}
