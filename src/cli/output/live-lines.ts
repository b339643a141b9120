import { writeControl } from './guard-terminal.ts'
import { fitText } from './terminal-text.ts'

/** Lines that stay at the bottom of a terminal while others are printed above them. */
export interface LiveLines {
  /** Prints lines above, and draws the ones at the bottom anew. */
  draw(printed: readonly string[], bottom: readonly string[]): void
}

/** What of a stream is needed to draw on it. */
export interface DrawnStream {
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

/**
 * Draws in one write each time, so that nothing flickers. Bottom lines are cut to the width of the
 * terminal, and to all but three of its rows: what has scrolled away cannot be taken back.
 *
 * @param style - applied to each bottom line after it is cut
 */
export function createLiveLines(stream: DrawnStream, style: (line: string) => string): LiveLines {
  let shownCount = 0
  return {
    draw: (printed, bottom) => {
      const { columns = 80, rows = 24 } = stream
      const fitting = limitLines(bottom, Math.max(1, rows - 3)).map((line) =>
        style(fitText(line, Math.max(10, columns - 1))),
      )
      const up = shownCount === 0 ? '' : `\u001B[${shownCount}A\u001B[J`
      const text = [...printed, ...fitting].map((line) => `${line}\n`).join('')
      if (up !== '' || text !== '') writeControl(stream, up, text)
      shownCount = fitting.length
    },
  }
}

function limitLines(lines: readonly string[], limit: number): readonly string[] {
  if (lines.length <= limit) return lines
  return [...lines.slice(0, limit - 1), `… and ${lines.length - limit + 1} more`]
}
