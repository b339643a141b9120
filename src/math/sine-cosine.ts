/**
 * Sine and cosine of an angle in radians, the same bits on every machine; to some units in the last
 * place up to 10⁶, with fewer digits above.
 *
 * The angle less its nearest multiple of π/2, which is subtracted in three parts; then the Taylor series.
 */
export function sineCosine(x: number): readonly [sine: number, cosine: number] {
  const quarters = Math.floor(x * (2 / Math.PI) + 0.5)
  const r = x - quarters * first - quarters * second - quarters * third
  const z = r * r
  const sine = r * series(z, 3)
  const cosine = series(z, 2)
  const quadrant = quarters - 4 * Math.floor(quarters / 4)
  if (quadrant === 0) return [sine, cosine]
  if (quadrant === 1) return [cosine, -sine]
  return quadrant === 2 ? [-sine, -cosine] : [-cosine, sine]
}

/** 1 − z/((s − 1)·s)·(1 − z/((s + 1)·(s + 2))·(1 − …)), for z up to (π/4)². */
function series(z: number, start: 2 | 3): number {
  let sum = 1
  for (let s = start + 16; s >= start; s -= 2) sum = 1 - (z / ((s - 1) * s)) * sum
  return sum
}

// π/2 in parts, the first two of 33 bits, so that their products with whole numbers up to 2²⁰ are exact.
const first = 1.57079632673412561417
const second = 6.0771005063039659766e-11
const third = 2.02226624879595063154e-21
