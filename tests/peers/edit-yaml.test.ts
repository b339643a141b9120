/** Edits of dvc.yaml and *.dvc files: where dvc keeps a user's text, ours is the same, and dvc reads what ours wrote. */

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { mergeLocks } from '../../src/pipeline/automation/merge-lock.ts'
import { declareDependencies } from '../../src/pipeline/code/declare-dependencies.ts'
import { editYaml, type YamlEdit } from '../../src/pipeline/yaml/edit-yaml.ts'
import type { YamlMap, YamlValue } from '../../src/pipeline/yaml/yaml-value.ts'
import { makeFolder, runIn, type Folder } from '../pipeline/folder.ts'
import { findPeer } from './python.ts'
import { startDvc } from './dvc-program.ts'

const peer = findPeer('.venv', 'dvc')
const dvc = startDvc()

describe('edits beside dvc', { skip: peer.skip }, () => {
  function makeRepository(files: Readonly<Record<string, string>>): Folder {
    const folder = makeFolder(files)
    runIn(folder.directory, 'git', 'init', '-q')
    dvc(folder, 'init', '-q')
    return folder
  }

  test('freeze, a stage that is added, replaced and removed give the same dvc.yaml', () => {
    using folder = makeRepository({ 'dvc.yaml': userText })
    let ours = userText
    const same = (args: readonly string[], edit: YamlEdit): void => {
      dvc(folder, ...args)
      ours = editYaml(ours, 'dvc.yaml', [edit])
      assert.equal(ours, folder.read('dvc.yaml'), args.join(' '))
    }
    same(['freeze', '-q', 'prepare'], {
      kind: 'set',
      path: ['stages', 'prepare', 'frozen'],
      value: true,
    })
    same(['unfreeze', '-q', 'prepare'], { kind: 'remove', path: ['stages', 'prepare', 'frozen'] })
    const long = `python -c "${'print(1); '.repeat(12)}" --name 'a: b'`
    const added = { cmd: long, deps: ['b.txt', 'c.txt'], params: ['lr'], outs: ['d.txt'] }
    same(
      [
        'stage',
        'add',
        '-q',
        '-n',
        'new',
        '-d',
        'c.txt',
        '-d',
        'b.txt',
        '-p',
        'lr',
        '-o',
        'd.txt',
        long,
      ],
      { kind: 'set', path: ['stages', 'new'], value: yaml(added) },
    )
    same(
      ['stage', 'add', '-q', '-f', '-n', 'new', '-d', 'b.txt', '-O', 'e.txt', 'cp b.txt e.txt'],
      {
        kind: 'set',
        path: ['stages', 'new'],
        value: yaml({
          cmd: 'cp b.txt e.txt',
          deps: ['b.txt'],
          outs: [{ 'e.txt': { cache: false } }],
        }),
      },
    )
    same(['remove', 'new'], { kind: 'remove', path: ['stages', 'new'] })
  })

  test('a .dvc file of DVC 2 keeps its comments and the order of its keys when its data changes', () => {
    const text = `# where it came from
outs:
- md5: 5d41402abc4b2a76b9719d911017c592   # old
  size: 5
  path: a.txt   # mine
desc: about   # kept
`
    using folder = makeRepository({ 'a.txt': 'changed', 'a.txt.dvc': text })
    dvc(folder, 'add', '-q', 'a.txt')
    const out = { md5: '8977dfac2f8e04cb96e66882235f5aba', size: 7n, hash: 'md5', path: 'a.txt' }
    const ours = editYaml(text, 'a.txt.dvc', [{ kind: 'set', path: ['outs', 0], value: yaml(out) }])
    assert.equal(ours, folder.read('a.txt.dvc'))
  })

  test('dvc reads dependencies that were added, and a lock that was merged', () => {
    const first = 'stages:\n  a:\n    cmd: cp x.txt a.txt\n    outs:\n    - a.txt\n'
    using folder = makeRepository({
      'x.txt': 'x',
      'y.txt': 'y',
      'dvc.yaml': `${first}  b: {cmd: cp y.txt b.txt, outs: [b.txt]}\n`,
    })
    const text = declareDependencies(folder.read('dvc.yaml'), 'dvc.yaml', [
      { entry: 'a', paths: ['x.txt'] },
      { entry: 'b', paths: ['y.txt'] },
    ])
    folder.write({ 'dvc.yaml': text })
    dvc(folder, 'repro', '-q', 'a')
    const ours = folder.read('dvc.lock')
    rmSync(join(folder.directory, 'dvc.lock'))
    dvc(folder, 'repro', '-q', 'b')
    const theirs = folder.read('dvc.lock')
    const merged = mergeLocks({ base: '', ours, theirs })
    folder.write({ 'dvc.lock': merged.text })
    assert.equal(dvc(folder, 'status', '--json').trim(), '{}')
    // A conflict leaves a stage out, and dvc runs it again.
    const other = ours.replace(/md5: [0-9a-f]{32}/, `md5: ${'a'.repeat(32)}`)
    const left = mergeLocks({ base: theirs, ours: merged.text, theirs: other })
    assert.deepEqual(left.conflicts, ['a'])
    folder.write({ 'dvc.lock': left.text })
    assert.match(
      dvc(folder, 'status', '--json'),
      /^\{"a": \[\{"changed deps": \{"x\.txt": "modified"\}\}/,
    )
  })
})

/** As dvc itself would lay it out, so that it keeps every line: indented by two, lists at their key. */
const userText = `# how the model is made
stages:
  prepare:
    cmd: cp a.txt b.txt   # only a copy
    deps:
    - a.txt   # the source
    outs:
    - b.txt
  train:
    cmd: cp b.txt c.txt
    deps: [b.txt]
    outs:
    - c.txt:
        cache: false
`

type Plain = string | bigint | boolean | readonly Plain[] | { readonly [key: string]: Plain }

function yaml(value: { readonly [key: string]: Plain }): YamlMap {
  return new Map(Object.entries(value).map(([key, item]) => [key, toYaml(item)] as const))
}

function toYaml(value: Plain): YamlValue {
  if (Array.isArray(value)) return value.map(toYaml)
  return typeof value === 'object' ? yaml(value as { readonly [key: string]: Plain }) : value
}
