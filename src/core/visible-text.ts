/** Text of strangers in which nothing moves a cursor, colours a line or turns its direction. */

const pattern = /\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/**
 * A line with its control characters, and those that turn the direction of writing, as JSON and TypeScript escape them: `\u001b`.
 * A terminal obeys them, and an editor shows code in another order than it runs in. [Boucher & Anderson 2023]
 */
export function escapeControls(line: string): string {
  return line.replaceAll(pattern, escapeCharacter)
}

/** The same for text of several lines: they stay, and tabs do. */
export function escapeLines(text: string): string {
  return text.replaceAll(pattern, (control) =>
    control === '\n' || control === '\t' ? control : escapeCharacter(control),
  )
}

/** The same of what this program wrote for a terminal: its colours stay, too. */
export function escapeAllButColours(text: string): string {
  return text.replaceAll(coloursOrControl, (found) =>
    found.length > 1 || found === '\n' || found === '\t' ? found : escapeCharacter(found),
  )
}

// oxlint-disable-next-line no-control-regex -- colours begin with one
const coloursOrControl = new RegExp(`\\u001b\\[[\\d;]{0,20}m|${pattern.source}`, 'gu')

function escapeCharacter(control: string): string {
  return String.raw`\u` + control.charCodeAt(0).toString(16).padStart(4, '0')
}
