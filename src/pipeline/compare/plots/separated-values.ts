/** Tables of text: CSV and TSV. */

/** How a table is read. */
export interface SeparatedOptions {
  readonly separator: ',' | '\t'
  /** Without one, columns are named '0', '1', … */
  readonly hasHeader: boolean
}

/** Values by column; `null` where a row is too short. */
export type TextRow = ReadonlyMap<string, string | null>

/**
 * Parses a table as RFC 4180 says: a cell in quotes may hold separators, line ends and doubled quotes.
 * Empty lines are left out; cells beyond the header are dropped.
 */
export function parseSeparated(
  text: string,
  { separator, hasHeader }: SeparatedOptions,
): TextRow[] {
  const rows = splitRows(text, separator).filter((cells) => cells.length > 1 || cells[0] !== '')
  const [first] = rows
  if (first === undefined) return []
  const names = hasHeader ? first : first.map((_, i) => String(i))
  return rows
    .slice(hasHeader ? 1 : 0)
    .map((cells) => new Map(names.map((name, i) => [name, cells[i] ?? null])))
}

function splitRows(text: string, separator: string): string[][] {
  const rows: string[][] = []
  let cells: string[] = []
  const pattern = new RegExp(
    `("(?:[^"]|"")*"?[^${separator}\\r\\n]*|[^${separator}\\r\\n]*)(${separator}|\\r\\n|[\\r\\n]|$)`,
    'y',
  )
  while (pattern.lastIndex < text.length || cells.length > 0) {
    const [, cell = '', end = ''] = pattern.exec(text) ?? []
    cells.push(unquote(cell))
    if (end === separator) {
      if (pattern.lastIndex < text.length) continue
      cells.push('')
    }
    rows.push(cells)
    cells = []
  }
  return rows
}

function unquote(cell: string): string {
  if (!cell.startsWith('"')) return cell
  const [, inner = '', rest = ''] = /^"((?:[^"]|"")*)"?(.*)$/s.exec(cell) ?? []
  return inner.replaceAll('""', '"') + rest
}
