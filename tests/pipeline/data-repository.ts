/** A repository with data in it, in a temporary folder under git, on which commands are called in this process. */

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openCache } from '../../src/pipeline/cache/open-cache-store.ts'
import type { Cache } from '../../src/pipeline/cache/cache.ts'
import { openRepository } from '../../src/pipeline/repository/repository-file.ts'
import type { Repository } from '../../src/pipeline/repository/repository.ts'
import { addData, type AddOptions, type AddResult } from '../../src/pipeline/versioning/add-data.ts'
import {
  checkoutData,
  type CheckoutOptions,
  type CheckoutResult,
} from '../../src/pipeline/versioning/checkout-data.ts'
import { initRepository } from '../../src/pipeline/versioning/init-repository-file.ts'
import { makeFolder, type Folder } from './folder.ts'

export interface DataRepository extends Folder {
  /** As it is now: settings are read anew. */
  readonly repository: Repository
  readonly cache: Cache
  add(...paths: readonly string[]): Promise<AddResult>
  addWith(options: AddOptions): Promise<AddResult>
  checkout(options?: CheckoutOptions): Promise<CheckoutResult>
  git(...args: readonly string[]): string
  /** Whether there is anything at a path. */
  has(path: string): boolean
  /** The names of all objects in the cache. */
  objects(): string[]
  /** The path of an object. */
  objectPath(md5: string): string
}

export async function makeDataRepository(
  files: Readonly<Record<string, string>> = {},
): Promise<DataRepository> {
  const folder = makeFolder(files)
  const { directory } = folder
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@localhost', ...args], {
      cwd: directory,
      encoding: 'utf8',
    })
  git('init', '-q')
  await initRepository({ directory })
  const open = (): Repository => openRepository(directory, { env: {} })
  const cacheFolder = join(directory, '.dvc/cache/files/md5')
  return {
    ...folder,
    get repository() {
      return open()
    },
    get cache() {
      return openCache(open())
    },
    add: async (...paths) => addData(open(), openCache(open()), { paths }),
    addWith: async (options) => addData(open(), openCache(open()), options),
    checkout: async (options) => checkoutData(open(), openCache(open()), options),
    git,
    has: (path) => existsSync(join(directory, path)),
    objects: () =>
      existsSync(cacheFolder)
        ? readdirSync(cacheFolder).flatMap((prefix) =>
            readdirSync(join(cacheFolder, prefix)).map((rest) => prefix + rest),
          )
        : [],
    objectPath: (md5) => join(cacheFolder, md5.slice(0, 2), md5.slice(2)),
  }
}
