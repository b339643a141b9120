/** Which numbers a parameter may be. */
export interface NumberRange {
  readonly integer?: true
  readonly min: number
  readonly max: number
  /** Whether `min` itself is out. */
  readonly above?: true
  /** Whether `max` itself is out. */
  readonly below?: true
}

/** Whether a value is one of them. */
export function isWithin(
  value: unknown,
  { integer, min, max, above, below }: NumberRange,
): boolean {
  if (typeof value !== 'number' || (integer === true && !Number.isInteger(value))) return false
  const isAboveMin = above === true ? value > min : value >= min
  return isAboveMin && (below === true ? value < max : value <= max)
}
