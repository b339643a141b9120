/** What is recorded of stages and paths, in `dvc.lock` and in `*.dvc` files. */

import type { YamlValue } from '../yaml/yaml-value.ts'

/** What a path held, or what a server says of what lies at an address. */
export interface Fingerprint {
  /** 32 hexadecimal digits; a folder's end in '.dir'. Of an address what DVC calls its checksum: mostly the ETag. */
  readonly md5: string
  /** Not every server says it. */
  readonly sizeBytes: number | undefined
  /** For folders. */
  readonly fileCount: number | undefined
  readonly isExecutable: boolean
}

/** One stage's entry in the lock. Paths are as dvc.yaml writes them. */
export interface StageRecord {
  /** `undefined` for `*.dvc` files, which have none. */
  readonly command: string | readonly string[] | undefined
  readonly dependencies: ReadonlyMap<string, RecordedPath>
  /** Values by key, by file. */
  readonly parameters: ReadonlyMap<string, ReadonlyMap<string, YamlValue>>
  readonly outputs: ReadonlyMap<string, RecordedPath>
}

/** What a path held when its stage last succeeded. */
export interface RecordedPath {
  /** Of an address, its checksum. */
  readonly md5: string | undefined
  readonly sizeBytes: number | undefined
  /** For folders. */
  readonly fileCount: number | undefined
  readonly isExecutable: boolean
  /** Recorded by DVC 2: the MD5 is of text with its line ends made `\n`, and the object lies elsewhere. */
  readonly isLegacy: boolean
}
