/** What pulls the values of leaves to 0: λ and α of [Chen & Guestrin 2016] and its software. */
export interface Shrinkage {
  readonly l1: number
  readonly l2: number
}

/** Between which a leaf's value must lie, before the learning rate. */
export interface Limits {
  readonly min: number
  readonly max: number
}

/** Sums over the rows of a leaf. */
export interface GradientSums {
  readonly gradient: number
  readonly hessian: number
}

export const noLimits: Limits = { min: -Infinity, max: Infinity }

/**
 * What rows with these sums score as one leaf: G² / (H + λ), with |G| less α, or what is
 * left of that where limits keep the value from the best one. A split gains the difference.
 */
export function leafScore(
  { gradient, hessian }: GradientSums,
  { l1, l2 }: Shrinkage,
  limits: Limits | undefined,
): number {
  const g = shrink(gradient, l1)
  if (limits === undefined) return (g * g) / (hessian + l2)
  const value = clamp(-g / (hessian + l2), limits)
  return -value * (2 * g + (hessian + l2) * value)
}

/**
 * The value of a leaf: the Newton step −G / (H + λ), with |G| less α, within
 * its limits and times the learning rate; 0 where rows have no curvature at all.
 */
export function leafValue(
  { gradient, hessian }: GradientSums,
  { l1, l2, learningRate }: Shrinkage & { readonly learningRate: number },
  { min, max }: Limits = noLimits,
): number {
  if (hessian + l2 === 0) return 0
  const g = shrink(gradient, l1)
  const value = (-learningRate * g) / (hessian + l2)
  return clamp(value, { min: learningRate * min, max: learningRate * max })
}

/** Limits of two children when the left one's values must stay at or below the right one's (1) or above (-1). */
export function partLimits(
  { min, max }: Limits,
  direction: number,
  middle: number,
): readonly [Limits, Limits] {
  if (direction === 0) {
    const same = { min, max }
    return [same, same]
  }
  const low = { min, max: Math.min(max, middle) }
  const high = { min: Math.max(min, middle), max }
  return direction > 0 ? [low, high] : [high, low]
}

function shrink(gradient: number, l1: number): number {
  return Math.sign(gradient) * Math.max(0, Math.abs(gradient) - l1)
}

function clamp(value: number, { min, max }: Limits): number {
  return Math.min(max, Math.max(min, value))
}
