import { ToolkitError } from '../../core/errors.ts'
import { listZipEntries, type ZipEntry } from './zip-entries.ts'

/** As large as a workbook that is read. */
const maxWorkbookBytes = 256 * 2 ** 20

/**
 * Takes the workbook out of a zip archive; what is in it, the reader of workbooks tells.
 *
 * @param place - the archive's address, for messages
 * @throws {ToolkitError} `DATA_FILE_INVALID` when there is none or several, when it is damaged or too large
 */
export function unpackWorkbook(archive: Uint8Array, place: string): Buffer {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
  try {
    const workbook = chooseWorkbook(listZipEntries(bytes))
    const { name, sizeBytes } = workbook
    if (sizeBytes > maxWorkbookBytes) throw invalid(`'${name}' in it has ${sizeBytes} bytes`)
    return workbook.unpack()
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    throw invalid(`${place}: ${error.message}`, error)
  }
}

function chooseWorkbook(entries: readonly ZipEntry[]): ZipEntry {
  // What macOS adds beside each file has its name too.
  const [workbook, ...others] = entries.filter(
    ({ name }) => /\.xlsx?$/i.test(name) && !name.startsWith('__MACOSX/'),
  )
  if (workbook === undefined) throw invalid('it holds no .xls or .xlsx file')
  if (others.length === 0) return workbook
  const names = [workbook, ...others.slice(0, 19)].map(({ name }) => `'${name}'`)
  throw invalid(`it holds ${others.length + 1} workbooks: ${names.join(', ')}`)
}

function invalid(message: string, cause?: unknown): ToolkitError {
  return new ToolkitError('DATA_FILE_INVALID', message, {
    hint: 'the archive must be a zip with one Excel workbook in it',
    cause,
  })
}
