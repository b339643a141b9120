import { InvalidArgumentError } from 'commander'

/** Names separated by commas, as a flag has them. @throws {InvalidArgumentError} for one that is empty */
export function parseNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  if (!names.includes('')) return names
  throw new InvalidArgumentError('expected names with commas between')
}
