/** What has to hold of a repository at any moment, whoever was killed in it. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { parseManifest } from '../../src/pipeline/cache/manifest.ts'
import { parseReadWriteLock } from '../../src/pipeline/repository/rwlock.ts'
import { parseLock } from '../../src/pipeline/stages/dvc-lock.ts'
import { formatYaml } from '../../src/pipeline/yaml/format-yaml.ts'

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

/** The stages in `dvc.lock`; fails for a lock that is not whole. */
export function readRecorded(directory: string): string[] {
  const path = join(directory, 'dvc.lock')
  if (!existsSync(path)) return []
  const text = readFileSync(path, 'utf8')
  const { document, records } = parseLock(text)
  assert.equal(formatYaml(document), text)
  return [...records.keys()]
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
  readRecorded(directory)
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

/**
 * Files of a pipeline whose outputs are written in pieces, so that a kill can leave half of one; a stage
 * fails at first, and something is left running: not with `isTame`, as dvc does not cope with that.
 * Without `set -e` a shell would go on when one of its commands is killed, and end well.
 */
export function chaosFiles({ isTame = false } = {}): Record<string, string> {
  const marker = '"$DVC_ROOT/.dvc/tmp/first"'
  const failing = `if mkdir ${marker} 2> /dev/null; then exit 1; fi; rmdir ${marker}; `
  return {
    'params.yaml': 'rate: 3\n',
    'dvc.yaml': `stages:
  split:
    cmd: set -e; mkdir parts parts/deep; for i in 1 2 3; do cat in.txt > parts/$i; sleep 0.01; done; cp in.txt parts/deep/x
    deps: [in.txt]
    outs: [parts]
  left:
    cmd: set -e; ${isTame ? '' : 'sleep 30 & '}cat parts/1 > left.txt; sleep 0.04; cat parts/2 >> left.txt
    deps: [parts]
    outs: [left.txt]
  right:
    cmd: set -e; mkdir right; cp params.yaml right/a; sleep 0.03; cp parts/3 right/b
    deps: [parts]
    params: [rate]
    outs: [right]
  flaky:
    cmd:
    - set -e; echo half > flaky.txt; ${isTame ? '' : failing}sleep 0.02
    - cp parts/deep/x flaky.txt
    deps: [parts]
    outs: [flaky.txt]
    meta: {mlpt: {retries: {limit: 3, delay: 10ms}}}
  big:
    cmd: set -e; head -c 1500000 /dev/zero > big.bin; cat left.txt > kept.txt; sleep 0.02; cat left.txt >> big.bin
    deps: [left.txt]
    outs: [big.bin, {kept.txt: {persist: true}}]
  score:
    cmd: set -e; wc -c < big.bin > score.json; sleep 0.02; wc -c < flaky.txt >> score.txt
    deps: [big.bin, flaky.txt]
    outs: [score.txt]
    metrics: [{score.json: {cache: false}}]
  last:
    cmd: set -e; cat score.txt right/a right/b > last.txt
    deps: [score.txt, right]
    outs: [last.txt]
    meta: {mlpt: {mutex: last, timeout: 1m}}
`,
  }
}
