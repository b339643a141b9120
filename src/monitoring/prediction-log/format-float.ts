/** Nine digits tell any two of them apart. */
const mostDigits = 9
const fewestDigits = 6

/**
 * A 32-bit float as the shortest decimal that is the same float: what was sent as 12.1 reads 12.1, not
 * 12.100000381469727. What JSON cannot write is null.
 */
export function formatFloat(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6)
    return Object.is(value, -0) ? '0' : String(value)
  if (!Number.isFinite(value)) return 'null'
  // Most have few decimals: the same text as below, for a third of the time.
  const short = Math.round(value * 1000) / 1000
  if (Math.abs(value) < 1000 && Math.fround(short) === value) return String(short)
  for (let digits = fewestDigits; digits < mostDigits; digits++) {
    const rounded = Number(value.toPrecision(digits))
    if (Math.fround(rounded) === value) return String(rounded)
  }
  return String(Number(value.toPrecision(mostDigits)))
}
