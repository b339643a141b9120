import { exp } from './exponential.ts'
import { log } from './logarithm.ts'

/**
 * The chance that the limit of Cramér and von Mises' statistic is above x: for great x about
 * e^(−π²x/2), and 0 from where float64 cannot tell. [Csörgő & Faraway 1996, 1.2]
 */
export function cramerVonMisesTail(x: number): number {
  if (Number.isNaN(x)) return NaN
  if (x < 0.003) return 1
  if (x > 8) return 0
  let sum = 0
  // Γ(k + ½) / (Γ(½)·k!)
  let weight = 1
  for (let k = 0; ; k++) {
    const y = 4 * k + 1
    const q = (y * y) / (16 * x)
    const term = weight * Math.sqrt(y) * exp(-2 * q) * scaledBesselK(q)
    if (term < 1e-17) break
    sum += term
    weight *= (k + 0.5) / (k + 1)
  }
  return Math.min(1, Math.max(0, 1 - sum / (Math.PI * Math.sqrt(x))))
}

/**
 * eˣ·K(x), the modified Bessel function of the second kind of order ¼: ∫ e^(−x·(cosh t − 1))·cosh(t/4) dt
 * from 0, by trapezoids, which double their digits with each halving of the step here.
 */
function scaledBesselK(x: number): number {
  const end = log(2 * (1 + 750 / x))
  const step = Math.min(1 / 16, end / 128)
  let sum = 0.5
  for (let t = step; t < end; t += step) {
    const half = exp(t / 2)
    const sinh = (half - 1 / half) / 2
    const quarter = exp(t / 4)
    sum += (exp(-2 * x * sinh * sinh) * (quarter + 1 / quarter)) / 2
  }
  return sum * step
}
