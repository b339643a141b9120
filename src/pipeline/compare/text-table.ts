/** Tables of text, aligned for a terminal or as Markdown. */

/** A header and rows of as many cells. */
export interface TextTable {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Columns as wide as their widest cell, two spaces apart; a line end in a cell is shown as ↵. */
export function formatTable({ header, rows }: TextTable): string {
  const lines = [header, ...rows].map((cells) => cells.map(oneLine))
  const widths = header.map((_, i) => Math.max(...lines.map((cells) => widthOf(cells[i] ?? ''))))
  return lines.map((cells) => `${padCells(cells, widths).join('  ').trimEnd()}\n`).join('')
}

/** A table of GitHub's Markdown; a bar in a cell is escaped. */
export function formatMarkdownTable({ header, rows }: TextTable): string {
  const lines = [header, ...rows].map((cells) =>
    cells.map((cell) => oneLine(cell).replaceAll('|', '\\|')),
  )
  const widths = header.map((_, i) => Math.max(3, ...lines.map((cells) => widthOf(cells[i] ?? ''))))
  const toLine = (cells: readonly string[]): string =>
    `| ${padCells(cells, widths).join(' | ')} |\n`
  const [first = [], ...others] = lines
  return [
    toLine(first),
    toLine(widths.map((width) => '-'.repeat(width))),
    ...others.map(toLine),
  ].join('')
}

function oneLine(cell: string): string {
  return cell.replaceAll(/\r\n|[\n\r]/g, '↵')
}

function widthOf(text: string): number {
  return Array.from(text).length
}

function padCells(cells: readonly string[], widths: readonly number[]): string[] {
  return widths.map((width, i) => {
    const cell = cells[i] ?? ''
    return cell + ' '.repeat(width - widthOf(cell))
  })
}
