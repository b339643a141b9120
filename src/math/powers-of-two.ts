/** The exponent of the smallest power of two that a float64 holds, 2⁻¹⁰⁷⁴. */
export const lowestExponent = -1074

/** Every power of two that a float64 holds: 2ᵏ is at `k - lowestExponent`, for k from -1074 to 1023. */
export const powersOfTwo: Float64Array = createPowers()

function createPowers(): Float64Array {
  const powers = new Float64Array(1023 - lowestExponent + 1)
  let power = Number.MIN_VALUE
  for (let i = 0; i < powers.length; i++) {
    powers[i] = power
    power *= 2
  }
  return powers
}

/** ln 2 in two parts: the first has 41 bits, so that its product with any exponent is exact. */
export const ln2High = 0.693147180559663
/** ln 2 − `ln2High`. */
export const ln2Low = 2.8235290563031577e-13
