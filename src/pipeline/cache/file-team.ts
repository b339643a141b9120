/** What is asked of those who read files, and what they answer: data that passes between threads. */

import type { Later } from './later.ts'

/** The hash of one file. */
export interface FileHash {
  readonly md5: string
  readonly sizeBytes: number
}

/** A file to hash, mostly of 1 MiB and more. */
export interface LargeFile {
  readonly source: string
  /** Where a copy is made on the way, and nothing is yet. */
  readonly target?: string
  readonly isLegacy: boolean
}

/** So many files are read in one go: enough for a message to cost little beside them. */
export const packCount = 64

/** Small files to hash, and perhaps to copy. */
export interface FilePack {
  readonly files: readonly PackFile[]
  readonly isLegacy: boolean
  /** What copies are made with. */
  readonly mode?: number
  /** The cache whose objects are not copied again. */
  readonly cacheFolder?: string
}

/** One of them. */
export interface PackFile {
  readonly source: string
  /** Where a copy is made, and nothing is yet. */
  readonly target?: string | undefined
  /** The hash without which it is not copied. */
  readonly expected?: string | undefined
}

/** What became of one of them. */
export interface PackHash extends FileHash {
  readonly isCopied: boolean
}

/** Reads files, several at a time. */
export interface FileTeam {
  /**
   * Resolves when somebody has taken the file, which may be after another one is done.
   *
   * @throws {ToolkitError} later: `FILE_READ_FAILED`, `FILE_WRITE_FAILED`; or the signal's reason
   */
  begin(file: LargeFile, signal: AbortSignal | undefined): Promise<Later<FileHash>>
  /** The same for small files; `undefined` for each that is not small after all. */
  beginPack(
    pack: FilePack,
    signal: AbortSignal | undefined,
  ): Promise<Later<readonly (PackHash | undefined)[]>>
}
