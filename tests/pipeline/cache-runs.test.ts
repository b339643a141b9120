import assert from 'node:assert/strict'
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { nameRun, parseRun } from '../../src/pipeline/cache/run-cache-key.ts'
import { findRuns, saveRun } from '../../src/pipeline/cache/run-cache-store.ts'
import { parseLock } from '../../src/pipeline/stages/dvc-lock.ts'
import { formatYaml } from '../../src/pipeline/yaml/format-yaml.ts'
import { isYamlMap, type YamlMap } from '../../src/pipeline/yaml/yaml-value.ts'
import { makeCacheFolder, type CacheFolder } from './cache-folder.ts'

const input = '764efa883dda1e11db47671c4a3bbd9e'
const output = '6ddb4095eb719e2a9f0a3f95677d24e0'

describe('the run cache', () => {
  test('names an entry as DVC does', () => {
    // What `_get_cache_hash` of dvc 3.67.1 gives for this entry.
    assert.deepEqual(nameRun(entryOf({})), {
      key: '4616d9af8561fdd8068d4767ca3bd327130d67520561da9400e14317d2010499',
      value: '795e6b89bbed3fe6cc2368a13231729177847a10197b2508d277e8c60fc6c867',
    })
  })

  test('gives back what was saved, as the lock would have it', () => {
    using data = makeCacheFolder({})
    saveRun(data.home, entryOf({ output }))
    const [path] = data.objects()
    const { key, value } = nameRun(entryOf({ output }))
    assert.equal(path, `runs/${key.slice(0, 2)}/${key}/${value}`)
    assert.equal(readFileSync(pathOf(data), 'utf8'), formatYaml(entryOf({ output })))
    assert.equal(statSync(pathOf(data)).mode & 0o777, 0o666 & ~process.umask())
    // Asked before the run, when nobody knows what comes out.
    const [run, ...others] = findRuns(data.home, entryOf({ output: 'a'.repeat(32) }))
    assert.deepEqual(
      run!.outputs,
      new Map([
        [
          'out.txt',
          { md5: output, sizeBytes: 4, fileCount: undefined, isExecutable: false, isLegacy: false },
        ],
      ]),
    )
    assert.deepEqual(others, [])
  })

  test('knows nothing of another command, dependency or parameter', () => {
    using data = makeCacheFolder({})
    saveRun(data.home, entryOf({}))
    for (const change of [
      { command: 'other' },
      { input: output },
      { rate: '0.2' },
      { path: 'b.txt' },
    ]) {
      assert.deepEqual(findRuns(data.home, entryOf(change)), [])
    }
    assert.equal(findRuns(data.home, entryOf({})).length, 1)
  })

  test('does not take one value of a parameter named size for another, though the key is the same', () => {
    using data = makeCacheFolder({})
    const [three, four] = [entryOf({ key: 'size', rate: '3' }), entryOf({ key: 'size', rate: '4' })]
    saveRun(data.home, three)
    assert.equal(nameRun(three).key, nameRun(four).key)
    assert.deepEqual(findRuns(data.home, four), [])
    assert.equal(findRuns(data.home, three).length, 1)
  })

  test('finds the right run behind a newer one with the same key', () => {
    using data = makeCacheFolder({})
    const right = entryOf({ key: 'size', rate: '3' })
    const newer = entryOf({ key: 'size', rate: '4', output: input })
    saveRun(data.home, right)
    utimesSync(pathOf(data), 1, 1)
    saveRun(data.home, newer)
    assert.equal(data.objects().length, 2)
    assert.deepEqual(
      findRuns(data.home, right).map(({ outputs }) => outputs.get('out.txt')?.md5),
      [output],
    )
  })

  test('gives the newest first when the same inputs gave different outputs', () => {
    using data = makeCacheFolder({})
    saveRun(data.home, entryOf({ output }))
    utimesSync(pathOf(data), 1, 1)
    saveRun(data.home, entryOf({ output: input }))
    assert.deepEqual(
      findRuns(data.home, entryOf({})).map(({ outputs }) => outputs.get('out.txt')?.md5),
      [input, output],
    )
  })

  test('finds a command whose blanks the file has lost', () => {
    using data = makeCacheFolder({})
    const command = `echo ${'long   words with   blanks '.repeat(6)}`
    saveRun(data.home, entryOf({ command }))
    assert.equal(findRuns(data.home, entryOf({ command })).length, 1)
  })

  test('skips an entry that is damaged', () => {
    using data = makeCacheFolder({})
    saveRun(data.home, entryOf({}))
    for (const text of [
      '',
      'cmd: [',
      '- a',
      'cmd: x\nouts: []\n',
      'cmd: x\nouts:\n- path: a\n  md5: ../../x\n',
    ]) {
      writeFileSync(pathOf(data), text)
      assert.deepEqual(findRuns(data.home, entryOf({})), [], text)
    }
  })

  test('any text is an entry or none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        parseRun(text)
      }),
    )
  })
})

interface EntryParts {
  readonly command?: string
  readonly input?: string
  readonly output?: string
  readonly key?: string
  readonly rate?: string
  readonly path?: string
}

function entryOf(parts: EntryParts): YamlMap {
  const text = `schema: '2.0'
stages:
  a:
    cmd: ${JSON.stringify(parts.command ?? 'cp in.txt out.txt')}
    deps:
    - path: in.txt
      hash: md5
      md5: ${parts.input ?? input}
      size: 3
    params:
      params.yaml:
        ${parts.key ?? 'lr'}: ${parts.rate ?? '0.1'}
    outs:
    - path: ${parts.path ?? 'out.txt'}
      hash: md5
      md5: ${parts.output ?? output}
      size: 4
`
  const stages = parseLock(text).document.get('stages')
  const entry = isYamlMap(stages) ? stages.get('a') : undefined
  assert.ok(isYamlMap(entry))
  return entry
}

function pathOf(data: CacheFolder): string {
  return join(data.home.cacheFolder, data.objects()[0]!)
}
