/** Nine digits tell any two of them apart. */
const mostDigits = 9
const fewestDigits = 6
/** Of ten: products with it are exact enough to be rounded. */
const mostPower = 1e8

/**
 * A 32-bit float as the shortest decimal that is the same float: what was sent as 12.1 reads 12.1, not
 * 12.100000381469727. What JSON cannot write is null.
 */
export function formatFloat(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6)
    return Object.is(value, -0) ? '0' : String(value)
  if (!Number.isFinite(value)) return 'null'
  const magnitude = Math.abs(value)
  if (magnitude >= 1e-3 && magnitude < 1e6) {
    // Most have few decimals: the same text as below, for a tenth of the time.
    for (let power = 10; power <= mostPower; power *= 10) {
      const rounded = Math.round(magnitude * power) / power
      if (Math.fround(rounded) === magnitude) return value < 0 ? `-${rounded}` : String(rounded)
    }
  }
  for (let digits = fewestDigits; digits < mostDigits; digits++) {
    const rounded = Number(value.toPrecision(digits))
    if (Math.fround(rounded) === value) return String(rounded)
  }
  return String(Number(value.toPrecision(mostDigits)))
}
