import { otherText, type InputField } from '../core/input-field.ts'
import { quoteText } from './duckdb-store.ts'
import { momentNumberSql } from './schema/datetime-sql.ts'
import { isBlankSql } from './schema/violation-sql.ts'

/**
 * SQL of the number that stands for a cell in a model's matrix, NULL where it is missing. It agrees with `encodeInput`
 * on every cell that the field admits.
 *
 * @param cell - SQL of the cell as the data has it
 */
export function inputSql(cell: string, field: InputField): string {
  if (field.type === 'date') return `(CAST(${cell} AS DATE) - DATE '1970-01-01')`
  if (field.type === 'datetime') return momentNumberSql(cell)
  return field.type === 'text' ? placeSql(`CAST(${cell} AS VARCHAR)`, field.known ?? []) : cell
}

/** The place of a text among others, by an ENUM, which hashes: a CASE would compare one after the other. */
function placeSql(text: string, known: readonly string[]): string {
  const labels = known.map((each) => quoteText(escape(each))).join(', ')
  const escaped = `replace(replace(${text}, '~', '~~'), chr(0), '~0')`
  const place =
    known.length === 0
      ? String(otherText)
      : `coalesce(enum_code(TRY_CAST(${escaped} AS ENUM(${labels}))), ${otherText})`
  return `CASE WHEN ${text} IS NULL OR ${isBlankSql(text)} THEN NULL ELSE ${place} END`
}

/** DuckDB's SQL ends at a NUL. */
function escape(text: string): string {
  return text.replaceAll('~', '~~').replaceAll('\0', '~0')
}
