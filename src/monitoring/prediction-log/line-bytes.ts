/** Text on its way to a file, in memory that is used again and again. */
export interface LineBytes {
  bytes: Buffer
  /** So many of the bytes are text. */
  used: number
}

/** What a UTF-16 unit takes at most. */
const unitBytes = 3

/** Makes room for so many bytes more. */
export function reserveBytes(into: LineBytes, count: number): void {
  const wanted = into.used + count
  if (wanted <= into.bytes.length) return
  const larger = Buffer.allocUnsafeSlow(2 * wanted)
  into.bytes.copy(larger, 0, 0, into.used)
  into.bytes = larger
}

/** Appends text in UTF-8. */
export function appendText(into: LineBytes, text: string): void {
  reserveBytes(into, unitBytes * text.length)
  into.used += into.bytes.write(text, into.used)
}
