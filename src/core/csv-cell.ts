/** A cell of a CSV file as RFC 4180 has it: in quotes only where it must be. */
export function formatCsvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
