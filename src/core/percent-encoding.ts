/** What a percent-encoded text says. A percent sign that encodes nothing stands for itself, and with it the whole text. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
