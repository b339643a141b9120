import { ToolkitError } from '../core/errors.ts'

/**
 * Turns the first sheet of a workbook inside a zip archive into CSV text that
 * starts with the header line.
 *
 * @param place - the archive's address, for messages
 * @throws {ToolkitError} `DATA_FILE_INVALID`
 */
export async function zipExcelToCsv(
  archive: Uint8Array,
  options: { readonly headerLine: number; readonly place: string },
): Promise<string> {
  const workbook = await extractWorkbook(archive, options.place)
  return excelToCsv(workbook, options)
}

/** The same for the bytes of an .xls or .xlsx file. @throws {ToolkitError} `DATA_FILE_INVALID` */
export async function excelToCsv(
  workbook: Uint8Array,
  { headerLine, place }: { readonly headerLine: number; readonly place: string },
): Promise<string> {
  const { read, utils } = await import('@e965/xlsx')
  try {
    const book = read(workbook, { type: 'buffer', dense: true })
    const sheet = book.Sheets[book.SheetNames[0] ?? '']
    if (sheet === undefined) throw new Error('it has no sheet')
    const csv = utils.sheet_to_csv(sheet, { rawNumbers: true, blankrows: false })
    return csv
      .split('\n')
      .slice(headerLine - 1)
      .join('\n')
  } catch (error) {
    throw invalid(place, error)
  }
}

const maxWorkbookBytes = 256 * 2 ** 20

async function extractWorkbook(archive: Uint8Array, place: string): Promise<Uint8Array> {
  const { unzipSync } = await import('fflate')
  try {
    const files = unzipSync(archive, {
      filter: ({ name, originalSize }) => {
        if (!/\.xlsx?$/i.test(name)) return false
        if (originalSize > maxWorkbookBytes) throw new Error(`'${name}' has ${originalSize} bytes`)
        return true
      },
    })
    const [workbook] = Object.values(files)
    if (workbook === undefined) throw new Error('it holds no .xls or .xlsx file')
    return workbook
  } catch (error) {
    throw invalid(place, error)
  }
}

function invalid(place: string, error: unknown): ToolkitError {
  const reason = error instanceof Error ? error.message : String(error)
  return new ToolkitError('DATA_FILE_INVALID', `${place}: ${reason}`, {
    hint: 'the archive must be a zip with one Excel workbook in it',
    cause: error,
  })
}
