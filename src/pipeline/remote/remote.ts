/** A place that keeps objects for several machines: what a folder and S3 have in common. */

/** What every call takes. */
export interface CallOptions {
  /** Ends the work early with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** One thing that a remote keeps. */
export interface RemoteEntry {
  /** Path below the remote's URL, with forward slashes: `files/md5/ab/cdef…`. */
  readonly key: string
  readonly sizeBytes: number
}

/** Up to this size content is handed over in memory: for small files that saves most of the time. */
export const smallBytes = 1 << 20

/** What lies at a key: small content in memory, large content in a file. */
export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'file'
      readonly path: string
      /** Of the bytes, computed while they came. */
      readonly md5: string
      readonly sizeBytes: number
    }

/** How to receive. */
export interface DownloadOptions extends CallOptions {
  /** Called once, for content that is not small: a path at which nothing is yet. */
  readonly makePath: () => string
}

/** What to send. */
export interface UploadOptions extends CallOptions {
  /** MD5 that the bytes must have; `undefined` sends them as they are. */
  readonly md5: string | undefined
}

/**
 * A remote. Calls may run at the same time. Each of them fails with `REMOTE_DENIED` or
 * `REMOTE_UNAVAILABLE` when the remote does not let us in or cannot be reached.
 */
export interface Remote extends AsyncDisposable {
  /** Its name in the settings. */
  readonly name: string
  /** Where it is, for messages: without what could be a secret. */
  readonly place: string
  /** How many transfers at a time suit it. */
  readonly jobs: number
  /** Which of these keys are there. */
  has(keys: readonly string[], options: CallOptions): Promise<Set<string>>
  /** Everything whose key starts with a prefix that ends in `/` or is empty. */
  list(prefix: string, options: CallOptions): AsyncIterable<RemoteEntry>
  /**
   * Reads what lies at a key; the caller compares the MD5, and removes the file when it fails.
   *
   * @throws {ToolkitError} `REMOTE_OBJECT_MISSING`, `FILE_WRITE_FAILED`
   */
  download(key: string, options: DownloadOptions): Promise<Content>
  /**
   * Sends a file; it appears at the key whole or not at all, once {@link settle} has resolved.
   *
   * @returns its size in bytes
   * @throws {ToolkitError} `CACHE_OBJECT_DAMAGED` when its MD5 is another, `FILE_READ_FAILED`
   */
  upload(source: string, key: string, options: UploadOptions): Promise<number>
  /** Resolves when all that was uploaded is in place and safe. */
  settle(): Promise<void>
  /** Removes what is there of these keys. */
  remove(keys: readonly string[], options: CallOptions): Promise<void>
}
