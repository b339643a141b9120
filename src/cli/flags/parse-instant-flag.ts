import { InvalidArgumentError } from 'commander'
import { parseInstant } from '../../core/instant.ts'

/** Reads an instant. @returns milliseconds since 1970 @throws {InvalidArgumentError} */
export function parseInstantFlag(text: string): number {
  const time = parseInstant(text)
  if (time !== undefined) return time
  throw new InvalidArgumentError('expected an instant such as 2026-01-31T00:00:00Z')
}
