import { ToolkitError } from '../core/errors.ts'

const maxWorkbookBytes = 256 * 2 ** 20

/**
 * Unpacks the workbook inside a zip archive.
 *
 * @param place - the archive's address, for messages
 * @throws {ToolkitError} `DATA_FILE_INVALID`
 */
export async function extractWorkbook(archive: Uint8Array, place: string): Promise<Uint8Array> {
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
