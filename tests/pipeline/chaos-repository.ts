/** What has to hold of a repository at any moment, whoever was killed in it. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { parseManifest } from '../../src/pipeline/cache/manifest.ts'
import { parseReadWriteLock } from '../../src/pipeline/repository/rwlock.ts'
import { parseLock } from '../../src/pipeline/stages/dvc-lock.ts'

/** Every file below a folder, by path. */
function listFiles(root: string, folder = ''): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? listFiles(root, path) : [path]
    })
    .sort()
}

/** Content by path of all that git or a person sees. */
export function listWork(directory: string): Record<string, string> {
  const paths = listFiles(directory).filter(
    (path) => !/^(\.git|\.dvc\/tmp|\.dvc\/cache)\//.test(path),
  )
  return Object.fromEntries(
    paths.map((path) => [path, readFileSync(join(directory, path), 'latin1')]),
  )
}

/** The names of the objects in a cache or a remote. */
export function listObjects(directory: string, folder = '.dvc/cache'): string[] {
  return listFiles(join(directory, folder, 'files/md5')).map((path) => path.replace('/', ''))
}

/**
 * The lock parses, every object is what its name says, read-only and expected, and a manifest means that
 * its files are there.
 */
export function checkSound(
  directory: string,
  expected?: ReadonlySet<string>,
  folder = '.dvc/cache',
): void {
  const lock = join(directory, 'dvc.lock')
  if (existsSync(lock)) parseLock(readFileSync(lock, 'utf8'))
  const uses = join(directory, '.dvc/tmp/rwlock')
  if (existsSync(uses)) assert.ok(parseReadWriteLock(readFileSync(uses, 'utf8')))
  const names = listObjects(directory, folder)
  for (const name of names) {
    assert.ok(expected?.has(name) ?? true, `nobody needs the object ${name}`)
    checkObject(join(directory, folder, 'files/md5'), name, names)
  }
  for (const path of listFiles(join(directory, folder, 'runs'))) {
    const entry: unknown = parse(readFileSync(join(directory, folder, 'runs', path), 'utf8'))
    assert.ok(typeof entry === 'object' && entry !== null && 'outs' in entry, `the run ${path}`)
  }
}

function checkObject(folder: string, name: string, names: readonly string[]): void {
  const path = join(folder, name.slice(0, 2), name.slice(2))
  const bytes = readFileSync(path)
  const md5 = createHash('md5').update(bytes).digest('hex')
  assert.equal(md5, name.replace('.dir', ''), `the object ${name}`)
  assert.equal(statSync(path).mode & 0o777, 0o444, `the mode of ${name}`)
  if (!name.endsWith('.dir')) return
  for (const member of parseManifest(bytes.toString()) ?? assert.fail(`the manifest ${name}`)) {
    assert.ok(names.includes(member.md5), `${member.path} of ${name}`)
  }
}
