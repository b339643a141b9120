/** The real dvc and our cache on the same files: ignore rules, objects, links, hashes of DVC 2, run cache. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createRandom, type Random } from '../../src/core/random.ts'
import { addToCache, isInCache, restoreFromCache } from '../../src/pipeline/cache/cache-store.ts'
import { hashFile, hashPath } from '../../src/pipeline/cache/hash-file.ts'
import { linkToCache } from '../../src/pipeline/cache/link-store.ts'
import { nameRun } from '../../src/pipeline/cache/run-cache-key.ts'
import { findRuns, saveRun } from '../../src/pipeline/cache/run-cache-store.ts'
import { readIgnoreRules } from '../../src/pipeline/repository/ignore-file.ts'
import { parseLock } from '../../src/pipeline/stages/dvc-lock.ts'
import { isYamlMap, type YamlMap } from '../../src/pipeline/yaml/yaml-value.ts'
import { makeCacheFolder, type CacheFolder } from '../pipeline/cache-folder.ts'
import { startDvcProgram, makeDvcEnvironment } from './dvc-program.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'dvc')
const dvcProgram = startDvcProgram()
const environment = makeDvcEnvironment()

describe('dvc', { skip: peer.skip }, () => {
  function dvc(data: CacheFolder, ...args: readonly string[]): string {
    return execFileSync(dvcProgram, args, { cwd: data.root, encoding: 'utf8', env: environment })
  }

  /** Runs a script that reads JSON and prints JSON. */
  function python<T>(script: string, input: unknown): T {
    const options = {
      input: JSON.stringify(input),
      encoding: 'utf8',
      env: environment,
      maxBuffer: 1 << 28,
    } as const
    const text = `import json, os, sys\ncases = json.load(sys.stdin)\n${script}`
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return JSON.parse(execFileSync(peer.python, ['-c', text], options)) as T
  }

  function makeRepository(files: Readonly<Record<string, string | Buffer>>): CacheFolder {
    const data = makeCacheFolder(files)
    rmSync(data.path('.dvc'), { recursive: true })
    execFileSync('git', ['init', '-q'], { cwd: data.root })
    dvc(data, 'init', '-q')
    return data
  }

  test('ignores the same paths of random trees with random .dvcignore files', () => {
    using data = makeCacheFolder({})
    const random = createRandom(20)
    const cases = Array.from({ length: 60 }, (_, i) => growTree(data, `tree${i}`, random))
    const theirs = python<(boolean[] | string)[]>(askIgnore, cases)
    let count = 0
    for (const [i, { root, paths }] of cases.entries()) {
      const verdicts = theirs[i]
      const rules = readIgnoreRules(root)
      const ask = (): boolean[] =>
        paths.map((path) =>
          rules.isIgnored(join(root, path), statSync(join(root, path)).isDirectory()),
        )
      if (typeof verdicts === 'string') {
        assert.throws(ask, { code: 'PIPELINE_INVALID' }, verdicts)
        continue
      }
      for (const [k, verdict] of ask().entries()) {
        assert.equal(verdict, verdicts?.[k], `${paths[k]} of tree ${i}`)
        count++
      }
    }
    assert.ok(count > 2000)
  })

  test('hashes as DVC 2 did as we do', async () => {
    using data = makeCacheFolder({})
    const random = createRandom(7)
    const pieces = ['\r\n', '\r', '\n', 'text ', '\0', 'é', '\u00ff\u00fe', 'x'.repeat(300)]
    const names = Array.from({ length: 200 }, (_, i) => {
      const count = random.nextInteger(i % 10 === 0 ? 9000 : 40)
      const text = Array.from({ length: count }, () => pieces[random.nextInteger(pieces.length)]!)
      data.write({ [`f${i}`]: Buffer.from(text.join(''), i % 2 === 0 ? 'utf8' : 'latin1') })
      return data.path(`f${i}`)
    })
    const theirs = python<string[]>(
      `from dvc_data.hashfile.hash import file_md5\njson.dump([file_md5(p, name='md5-dos2unix') for p in cases], sys.stdout)`,
      names,
    )
    for (const [i, name] of names.entries()) {
      const { md5 } = await hashFile(name, undefined, { isLegacy: true })
      assert.equal(md5, theirs[i], name)
    }
  })

  test('adds the same objects, checks out ours, and we restore its', async () => {
    using theirs = makeRepository(dataFiles)
    using ours = makeRepository(dataFiles)
    for (const { root } of [theirs, ours]) {
      symlinkSync('a.txt', join(root, 'd/link'))
      mkdirSync(join(root, 'd/empty/folder'), { recursive: true })
    }
    dvc(theirs, 'add', '-q', 'd')
    const content = (await addToCache(ours.home, ours.path('d'), {
      ignore: readIgnoreRules(ours.root),
    }))!
    assert.deepEqual(ours.objects(), theirs.objects())
    for (const name of ours.objects()) {
      const [one, other] = [ours, theirs].map(({ home }) => join(home.cacheFolder, name))
      assert.deepEqual(readFileSync(one!), readFileSync(other!))
      assert.equal(statSync(one!).mode, statSync(other!).mode)
    }

    cpSync(theirs.path('d.dvc'), ours.path('d.dvc'))
    rmSync(ours.path('d'), { recursive: true })
    dvc(ours, 'checkout', '-q')
    assert.deepEqual((await hashPath(ours.path('d'), undefined))!.fingerprint, content.fingerprint)

    rmSync(theirs.path('d'), { recursive: true })
    const target = { location: theirs.path('d'), isExecutable: false }
    assert.equal(await restoreFromCache(theirs.home, content.fingerprint.md5, target), true)
    assert.equal(dvc(theirs, 'status', '--json').trim(), '{}')
  })

  test('takes our links for its own, and gives the cache back as it was', async () => {
    using data = makeRepository({ 'd/a.txt': 'a', 'd/b.txt': '' })
    dvc(data, 'config', 'cache.type', 'hardlink')
    dvc(data, 'add', '-q', 'd')
    const theirs = statSync(data.path('d/a.txt'))
    const home = {
      ...data.home,
      config: {
        sections: new Map([['cache', new Map([['type', 'hardlink']])]]),
        remotes: new Map(),
      },
    }
    const content = (await addToCache(home, data.path('d')))!
    await linkToCache(home, data.path('d'), content)
    assert.equal(statSync(data.path('d/a.txt')).ino, theirs.ino)
    rmSync(data.path('d'), { recursive: true })
    const target = { location: data.path('d'), isExecutable: false }
    assert.equal(await restoreFromCache(home, content.fingerprint.md5, target), true)
    assert.equal(statSync(data.path('d/a.txt')).ino, theirs.ino)
    assert.equal(statSync(data.path('d/a.txt')).mode, theirs.mode)
    assert.equal(dvc(data, 'status', '--json').trim(), '{}')
  })

  test('believes a damaged object that it would have hashed as little as we do', async () => {
    using data = makeRepository({ file: 'right' })
    dvc(data, 'add', '-q', 'file')
    const md5 = (await hashPath(data.path('file'), undefined))!.fingerprint.md5
    chmodSync(data.object(md5), 0o644)
    assert.equal(await isInCache(data.home, md5), true)
    chmodSync(data.object(md5), 0o644)
    cpSync(data.path('.gitignore'), data.object(md5))
    assert.equal(await isInCache(data.home, md5), false)
    assert.match(dvc(data, 'status', '--json'), /not in cache/)
  })

  test('writes the same run cache, and takes what it needs from ours', () => {
    using data = makeRepository(runFiles)
    dvc(data, 'repro', '-q')
    const runs = data.objects().filter((name) => name.startsWith('runs/'))
    const entries = entriesOf(data)
    using ours = makeCacheFolder({})
    for (const entry of entries) saveRun(ours.home, entry)
    assert.equal(runs.length, 2)
    assert.deepEqual(ours.objects(), runs)
    for (const name of runs) {
      assert.equal(
        readFileSync(join(ours.home.cacheFolder, name), 'utf8'),
        readFileSync(join(data.home.cacheFolder, name), 'utf8'),
      )
    }
    for (const entry of entries) assert.equal(findRuns(data.home, entry).length, 1)

    rmSync(join(data.home.cacheFolder, 'runs'), { recursive: true })
    renameSync(join(ours.home.cacheFolder, 'runs'), join(data.home.cacheFolder, 'runs'))
    for (const name of ['dvc.lock', 'out.txt']) rmSync(data.path(name))
    assert.match(dvc(data, 'repro'), /'a' is cached - skipping run/)
  })

  test('takes one parameter named size for another, which we do not (issue 10296)', () => {
    using data = makeRepository({
      'params.yaml': 'size: 3\n',
      'dvc.yaml':
        'stages:\n  a:\n    cmd: cat params.yaml > out.txt\n    params: [size]\n    outs: [out.txt]\n',
    })
    dvc(data, 'repro', '-q')
    data.write({ 'params.yaml': 'size: 4\n' })
    dvc(data, 'repro', '-q')
    assert.equal(readFileSync(data.path('out.txt'), 'utf8'), 'size: 3\n') // Stale.
    const [entry] = entriesOf(data)
    assert.ok(entry !== undefined)
    const withSize = (size: bigint): YamlMap =>
      new Map(entry).set('params', new Map([['params.yaml', new Map([['size', size]])]]))
    assert.equal(nameRun(withSize(4n)).key, nameRun(withSize(3n)).key)
    assert.deepEqual(findRuns(data.home, withSize(4n)), [])
    assert.equal(findRuns(data.home, withSize(3n)).length, 1)
  })
})

const dataFiles = {
  'd/a.txt': 'a\r\nb',
  'd/sub/é ü.txt': 'text',
  'd/sub/\u{1f600}': '1',
  'd/sub/\uffae': '2',
  'd/same': 'a\r\nb',
  'd/empty.txt': '',
  'd/.gitignore': 'x',
  'd/line\nbreak': '',
  'd/quote" \\ \u007f': 'q',
  'd/skip.log': 'ignored',
  'd/other/.dvc/config': '',
  'd/other/file': 'of another repository',
  'd/large': Buffer.alloc((1 << 20) + 1, 'large'),
  '.dvcignore': '*.log\n',
}

const runFiles = {
  'params.yaml':
    'lr: 1e-3\nbig: 12345678901234567890\nnested: {nfiles: 7, a: [1, 2.5, null, true, "é 😀"]}\n',
  'in.txt': 'hi\n',
  'd/a': '1\n',
  'dvc.yaml': `stages:
  a:
    cmd: echo   words   with   blanks   that go on and on so that the line is folded > out.txt && echo 1 > m.json
    deps: [in.txt, d]
    params: [lr, big, nested]
    outs: [out.txt]
    metrics: [{m.json: {cache: false}}]
  b:
    cmd: [echo 1 > b.txt, echo 2 >> b.txt]
    deps: [in.txt]
    outs: [b.txt]
`,
}

function entriesOf(data: CacheFolder): YamlMap[] {
  const stages = parseLock(readFileSync(data.path('dvc.lock'), 'utf8')).document.get('stages')
  return isYamlMap(stages) ? [...stages.values()].filter(isYamlMap) : []
}

const askIgnore = `
from dvc.ignore import DvcIgnoreFilter
from dvc.fs import LocalFileSystem
answers = []
for case in cases:
    try:
        rules = DvcIgnoreFilter(LocalFileSystem(), case['root'])
        answers.append([rules.check_ignore(os.path.join(case['root'], p)).match for p in case['paths']])
    except Exception as error:
        answers.append(repr(error))
json.dump(answers, sys.stdout)
`

interface Tree {
  readonly root: string
  readonly paths: readonly string[]
}

const names = ['a', 'b', 'foo', 'keep', 'x.log', '[z]', '.git', '#h', 'é', 'a b', '!n']
const segments = ['a', 'b', 'foo', 'keep', '*', '**', '*.log', '?', '[ab]', '[!a]', 'x.*', '\\#h']
segments.push('f*o', '[a', 'a**b', '[]z[]', '\\[z\\]', 'é', 'a b', '\\!n', '[^b]', '.git', '\\*')

function growTree(data: CacheFolder, name: string, random: Random): Tree {
  const root = data.path(name)
  const paths: string[] = []
  const grow = (below: string, depth: number): void => {
    if (depth === 0 || random.next() < 0.3) {
      const lines = Array.from({ length: 1 + random.nextInteger(4) }, () => growPattern(random))
      data.write({ [`${name}/${below}.dvcignore`]: `${lines.join('\n')}\n` })
    }
    for (const part of names) {
      if (random.next() < 0.5) continue
      const path = below + part
      paths.push(path)
      if (depth < 3 && random.next() < 0.6) {
        mkdirSync(join(root, path))
        // In a name with wildcards DVC does not see another repository.
        if (random.next() < 0.05 && !/[#!\\[]/.test(path)) mkdirSync(join(root, path, '.dvc'))
        grow(`${path}/`, depth + 1)
      } else {
        data.write({ [`${name}/${path}`]: '' })
      }
    }
  }
  mkdirSync(join(root, '.dvc'), { recursive: true })
  grow('', 0)
  return { root, paths }
}

function growPattern(random: Random): string {
  const count = 1 + random.nextInteger(3)
  const parts = Array.from({ length: count }, () => segments[random.nextInteger(segments.length)]!)
  const start = (random.next() < 0.25 ? '!' : '') + (random.next() < 0.25 ? '/' : '')
  const text = start + parts.join('/') + (random.next() < 0.25 ? '/' : '')
  return random.next() < 0.01 ? ` ${text}\\ ` : text
}
