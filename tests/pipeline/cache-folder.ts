/** A folder with a cache in it, without the rest of a repository. */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Config } from '../../src/pipeline/config/config.ts'
import type { CacheHome } from '../../src/pipeline/cache/object-path.ts'

export interface CacheFolder extends Disposable {
  readonly root: string
  readonly home: CacheHome
  path(name: string): string
  write(files: Readonly<Record<string, string | Buffer>>): void
  /** Paths of all files of the cache, relative to it. */
  objects(): string[]
  object(md5: string): string
}

/** @param cache - options of the section `cache` */
export function makeCacheFolder(
  files: Readonly<Record<string, string | Buffer>>,
  cache: Readonly<Record<string, string>> = {},
): CacheFolder {
  const root = mkdtempSync(join(tmpdir(), 'mlpt-cache-'))
  const cacheFolder = join(root, '.dvc/cache')
  const config: Config = {
    sections: new Map([['cache', new Map(Object.entries(cache))]]),
    remotes: new Map(),
  }
  mkdirSync(join(root, '.dvc'))
  const folder: CacheFolder = {
    root,
    home: { cacheFolder, config },
    path: (name) => join(root, name),
    write: (more) => {
      for (const [name, content] of Object.entries(more)) {
        mkdirSync(dirname(join(root, name)), { recursive: true })
        writeFileSync(join(root, name), content)
      }
    },
    objects: () =>
      (existsSync(cacheFolder)
        ? readdirSync(cacheFolder, { recursive: true, withFileTypes: true })
        : []
      )
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name).slice(cacheFolder.length + 1))
        .sort(),
    object: (md5) => join(cacheFolder, 'files/md5', md5.slice(0, 2), md5.slice(2)),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
  folder.write(files)
  return folder
}

/** Changes one byte of an object, keeping the mode that is believed unless another is given. */
export function damage(data: CacheFolder, name: string, { mode = 0o444 } = {}): void {
  const path = data.object(name)
  const bytes = readFileSync(path)
  bytes[0]! ^= 1
  chmodSync(path, 0o644)
  writeFileSync(path, bytes)
  chmodSync(path, mode)
}
