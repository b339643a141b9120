/** The most characters that `formatFloat` gives: 22 digits and a sign, or fewer with an exponent. */
export const longestFloat = 25

/** Nine digits tell any two of them apart. */
const mostDigits = 9
const fewestDigits = 6
/** Of ten: products with it are exact enough to be rounded. */
const mostPower = 1e8
/** Below it, digits are taken off by 32-bit arithmetic. */
const largestScaled = 2 ** 31

/**
 * A 32-bit float as the shortest decimal that is the same float: what was sent as 12.1 reads 12.1, not
 * 12.100000381469727. What JSON cannot write is null.
 */
export function formatFloat(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6)
    return Object.is(value, -0) ? '0' : String(value)
  if (!Number.isFinite(value)) return 'null'
  for (let digits = fewestDigits; digits < mostDigits; digits++) {
    const rounded = Number(value.toPrecision(digits))
    if (Math.fround(rounded) === value) return String(rounded)
  }
  return String(Number(value.toPrecision(mostDigits)))
}

/** A double as JSON writes it; what it cannot write is null. Never longer than `longestFloat`. */
export function formatDouble(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null'
}

/**
 * Writes what `formatFloat` gives, byte by byte: for the few decimals that most numbers have, a tenth of the time of a text.
 *
 * @param into - has `longestFloat` bytes of room at `at`
 * @returns where the next byte stands
 */
export function writeFloat(into: Uint8Array, at: number, value: number): number {
  const magnitude = Math.abs(value)
  if (magnitude < 1e6 && (magnitude >= 1e-3 || magnitude === 0)) {
    for (let power = 1, decimals = 0; power <= mostPower; power *= 10, decimals++) {
      const scaled = Math.round(magnitude * power)
      if (scaled >= largestScaled) break
      if (Math.fround(scaled / power) !== magnitude) continue
      if (value < 0) into[at++] = minus
      return writeDecimal(into, at, { scaled, decimals })
    }
  }
  const text = formatFloat(value)
  for (let i = 0; i < text.length; i++) into[at++] = text.charCodeAt(i)
  return at
}

const [minus, point, zero] = [0x2d, 0x2e, 0x30]

/** From the last digit to the first. */
function writeDecimal(
  into: Uint8Array,
  at: number,
  { scaled, decimals }: { readonly scaled: number; readonly decimals: number },
): number {
  let digits = 1
  for (let limit = 10; scaled >= limit || digits <= decimals; limit *= 10) digits++
  const end = at + digits + (decimals > 0 ? 1 : 0)
  const pointAt = decimals > 0 ? end - decimals - 1 : -1
  let rest = scaled
  for (let i = end - 1; i >= at; i--) {
    if (i === pointAt) {
      into[i] = point
      continue
    }
    const tenth = (rest / 10) | 0
    into[i] = zero + rest - 10 * tenth
    rest = tenth
  }
  return end
}
