/** A cache beside a folder remote, to move objects between them. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { formatManifest } from '../../src/pipeline/cache/hash-file.ts'
import { fetchObjects } from '../../src/pipeline/remote/fetch-objects.ts'
import { openFolderRemote } from '../../src/pipeline/remote/folder-store.ts'
import type { CacheHome } from '../../src/pipeline/cache/object-path.ts'
import { objectKey } from '../../src/pipeline/remote/object-key.ts'
import { pushObjects } from '../../src/pipeline/remote/push-objects.ts'
import type { Remote } from '../../src/pipeline/remote/remote.ts'
import type { TransferResult } from '../../src/pipeline/remote/transfer.ts'
import type { WantedObject } from '../../src/pipeline/remote/wanted.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

export interface World extends AsyncDisposable {
  readonly store: string
  readonly cacheRoot: string
  readonly remote: Remote
  readonly cache: CacheHome
  /** Puts a text into the cache; it is its own label. */
  file(text: string): WantedObject
  folder(texts: Readonly<Record<string, string>>): WantedObject
  legacy(text: string): WantedObject
  wanted(text: string): WantedObject
  push(wanted: readonly WantedObject[]): Promise<TransferResult>
  fetch(wanted: readonly WantedObject[]): Promise<TransferResult>
  /** Removes a text's object from the remote. */
  lose(text: string): void
  emptyCache(): void
}

export function makeWorld(): World {
  const folder = makeScratchFolder()
  const store = join(folder, 'store')
  const cacheRoot = join(folder, 'cache')
  const remote = openFolderRemote({ name: 'store', folder: store, jobs: 4, isShared: false })
  const cache: CacheHome = { cacheFolder: cacheRoot }
  const add = (wanted: WantedObject, text: string): WantedObject => {
    put(join(cacheRoot, objectKey(wanted)), text)
    return wanted
  }
  const wantedOf = (text: string): WantedObject => ({
    md5: md5Of(text),
    isLegacy: false,
    label: text,
  })
  return {
    store,
    cacheRoot,
    remote,
    cache,
    file: (text) => add(wantedOf(text), text),
    folder: (texts) => {
      const members = Object.entries(texts).map(([path, text]) => ({
        path,
        md5: add(wantedOf(text), text).md5,
      }))
      const manifest = formatManifest(members)
      return add({ md5: `${md5Of(manifest)}.dir`, isLegacy: false, label: 'data' }, manifest)
    },
    legacy: (text) =>
      add({ md5: md5Of(text.replaceAll('\r\n', '\n')), isLegacy: true, label: 'old' }, text),
    wanted: wantedOf,
    push: (wanted) => pushObjects(wanted, remote, { cache }),
    fetch: (wanted) => fetchObjects(wanted, remote, { cache }),
    lose: (text) => rmSync(join(store, keyOf(text))),
    emptyCache: () => {
      rmSync(cacheRoot, { recursive: true, force: true })
      mkdirSync(cacheRoot)
    },
    [Symbol.asyncDispose]: async () => {
      await remote[Symbol.asyncDispose]()
    },
  }
}

export function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  if (!existsSync(path)) writeFileSync(path, text, { mode: 0o444 })
}

/** Keeps the mode that DVC trusts. */
export function damage(path: string): void {
  chmodSync(path, 0o644)
  writeFileSync(path, 'something else')
  chmodSync(path, 0o444)
}

export function md5Of(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

export function keyOf(text: string): string {
  return objectKey({ md5: md5Of(text), isLegacy: false })
}

export function labels({ transferred, problems }: TransferResult): string[] {
  assert.deepEqual(problems, [])
  return transferred.map(({ label }) => label).sort()
}

/** Whole paths below a folder. */
export function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}
