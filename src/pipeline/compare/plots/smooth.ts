/** A point of a curve. */
export interface CurvePoint {
  readonly x: number
  readonly y: number
}

/**
 * Locally weighted regression (LOESS, degree 1): at each x a line is fitted to the nearest `bandwidth` share of the
 * points, with tricube weights, and read at x. [Cleveland 1979]
 *
 * Points are taken in the order of x; fewer than three come back as they are.
 *
 * @param bandwidth - from 0 to 1
 */
export function smooth(points: readonly CurvePoint[], bandwidth: number): CurvePoint[] {
  const sorted = points.toSorted((a, b) => a.x - b.x)
  const size = Math.min(sorted.length, Math.max(2, Math.floor(bandwidth * sorted.length)))
  if (sorted.length < 3) return sorted
  let start = 0
  return sorted.map(({ x }) => {
    // The window of the nearest points only ever moves to the right.
    while (start + size < sorted.length && sorted[start + size]!.x - x < x - sorted[start]!.x) {
      start++
    }
    return { x, y: fitAt(x, sorted.slice(start, start + size)) }
  })
}

function fitAt(x: number, near: readonly CurvePoint[]): number {
  const reach = Math.max(...near.map((point) => Math.abs(point.x - x))) || 1
  let [total, sumX, sumY, sumXX, sumXY] = [0, 0, 0, 0, 0]
  for (const point of near) {
    const distance = Math.abs(point.x - x) / (reach * 1.001)
    const weight = (1 - distance ** 3) ** 3
    const dx = point.x - x
    total += weight
    sumX += weight * dx
    sumY += weight * point.y
    sumXX += weight * dx * dx
    sumXY += weight * dx * point.y
  }
  const determinant = total * sumXX - sumX * sumX
  // All at one x: the mean.
  if (Math.abs(determinant) < 1e-12 * Math.max(1, total * sumXX)) return sumY / total
  return (sumXX * sumY - sumX * sumXY) / determinant
}
