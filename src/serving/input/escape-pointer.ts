/** A name as one step of a JSON Pointer; the first of its characters, if it is long. [RFC 6901] */
export function escapePointer(name: string): string {
  return name.slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1')
}
