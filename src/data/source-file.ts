import { mkdir, open, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { asWriteError, systemCode } from '../core/atomic-file.ts'
import { ToolkitError } from '../core/errors.ts'
import { showAddress } from '../core/show-address.ts'
import { fetchBytes, type FetchLimits } from './fetch-client.ts'
import { unpackWorkbook } from './reading/unpack-workbook.ts'
import { describeNonCsv, findSignature } from './sniff.ts'
import type { DataSource, SourceReading } from './source.ts'

/** Where sources are looked for, and how much of them is read. */
export interface SourceOptions {
  readonly projectDirectory: string
  /** Replaces the path of every folder source. */
  readonly mirror: string | undefined
  /** Where fetched files are kept while they are read. */
  readonly temporaryDirectory: string
  readonly limits: FetchLimits
}

/** A table file on disk, where it came from in words, and how it is read. */
export interface LocatedSource {
  readonly path: string
  readonly description: string
  readonly read: SourceReading
}

/**
 * Finds the first source that answers and gives its file. A source that
 * answers with something else than a table is an error, not a reason to go on: a
 * damaged mirror must not be hidden by a good one.
 *
 * @throws {ToolkitError} `DATA_SOURCE_UNAVAILABLE` naming every source and why it failed, `DATA_FILE_INVALID`
 */
export async function locateSource(
  sources: readonly DataSource[],
  options: SourceOptions,
): Promise<LocatedSource> {
  const failures: string[] = []
  for (const source of sources) {
    try {
      return await openSource(source, options)
    } catch (error) {
      if (!(error instanceof ToolkitError) || error.code !== 'DATA_SOURCE_UNAVAILABLE') throw error
      failures.push(error.message)
    }
  }
  throw new ToolkitError(
    'DATA_SOURCE_UNAVAILABLE',
    `no source of the data answered:\n${failures.map((failure) => `    - ${failure}`).join('\n')}`,
    {
      hint: "put the CSV in a folder and set MLPT_DATA_MIRROR to it, or run 'make demo' to see the pipeline on generated data",
      details: { failures },
    },
  )
}

async function openSource(source: DataSource, options: SourceOptions): Promise<LocatedSource> {
  switch (source.kind) {
    case 'folder':
      return openFolder(resolve(options.projectDirectory, options.mirror ?? source.path), source)
    case 'csv': {
      const bytes = await fetchBytes(source.url, options.limits)
      return { ...(await keepFetched(bytes, source.url, options)), read: source.read ?? {} }
    }
    case 'zip-excel': {
      const archive = await fetchBytes(source.url, options.limits)
      const workbook = unpackWorkbook(archive, showAddress(source.url))
      const { headerLine } = source
      return { ...(await keepFetched(workbook, source.url, options)), read: { headerLine } }
    }
  }
}

async function openFolder(
  folder: string,
  { files, read = {} }: { readonly files: readonly string[]; readonly read?: SourceReading },
): Promise<LocatedSource> {
  for (const name of files) {
    const path = join(folder, name)
    const head = await readHeadIfPresent(path)
    if (head === undefined) continue
    checkIsTable(head, path)
    return { path, description: path, read }
  }
  throw new ToolkitError(
    'DATA_SOURCE_UNAVAILABLE',
    `the folder '${folder}' has no ${files.join(' and no ')}`,
  )
}

const headBytes = 4096

/** As much of a file as tells what it is. */
async function readHeadIfPresent(path: string): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes))
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new ToolkitError('FILE_READ_FAILED', `cannot read '${path}': ${code ?? 'unknown'}`, {
      hint: 'give this user read permission, or set MLPT_DATA_MIRROR to another folder',
      cause: error,
    })
  }
}

async function keepFetched(
  bytes: Uint8Array,
  url: string,
  options: SourceOptions,
): Promise<Omit<LocatedSource, 'read'>> {
  const place = showAddress(url)
  checkIsTable(bytes, place)
  const path = join(options.temporaryDirectory, `fetched-${process.pid}`)
  try {
    await mkdir(options.temporaryDirectory, { recursive: true })
    await writeFile(path, bytes)
  } catch (error) {
    throw asWriteError(path, error)
  }
  return { path, description: place }
}

function checkIsTable(bytes: Uint8Array, place: string): void {
  if (findSignature(bytes)?.format !== undefined) return
  const other = describeNonCsv(bytes)
  if (other === undefined) return
  throw new ToolkitError('DATA_FILE_INVALID', `${place} is ${other}, expected a table`, {
    hint: 'replace the file by the one of the data set',
  })
}
