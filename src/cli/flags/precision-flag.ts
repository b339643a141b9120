import { InvalidArgumentError } from 'commander'

/** Digits after the point where nobody says how many. */
export const defaultPrecision = 5

/** Reads how many digits stand after the point. @throws {InvalidArgumentError} */
export function parsePrecision(text: string): number {
  const digits = Number(text)
  if (/^\d+$/.test(text) && digits <= 100) return digits
  throw new InvalidArgumentError('expected a whole number from 0 to 100')
}
