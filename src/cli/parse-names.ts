/** Names separated by commas, as a flag has them. */
export function parseNames(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim())
}
