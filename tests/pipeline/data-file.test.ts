import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { childOf, toRecordedPath } from '../../src/pipeline/stages/dvc-lock.ts'
import type { RecordedPath } from '../../src/pipeline/stages/record.ts'
import { updateFolder } from '../../src/pipeline/versioning/folder-update.ts'
import {
  formatDataFile,
  updateDataFile,
  type DataHash,
} from '../../src/pipeline/versioning/format-data-file.ts'
import { createProblems } from '../../src/pipeline/yaml/problems.ts'
import { parseYamlNode } from '../../src/pipeline/yaml/yaml-node.ts'

test('a new file says what the data is, and nothing else', () => {
  assert.equal(
    formatDataFile({ output: { path: 'raw', hash: { ...hash, fileCount: 7 } } }),
    'outs:\n- md5: b1946ac92492d2347c6235b4d2611184\n  size: 6\n  nfiles: 7\n  hash: md5\n  path: raw\n',
  )
})

test('an import has a checksum of its definition, which its size and description do not change', () => {
  const dependency = { path: '../ext/file.txt', hash }
  const output = { path: 'file.txt', hash }
  const text = formatDataFile({ isFrozen: true, dependency, output, hasChecksum: true })
  const described = formatDataFile({
    description: 'from elsewhere',
    isFrozen: true,
    dependency,
    output: { ...output, hash: { ...hash, sizeBytes: 7 } },
    hasChecksum: true,
  })
  const line = /^md5: .*$/m
  assert.equal(line.exec(text)?.[0], line.exec(described)?.[0])
  assert.match(described, /^desc: from elsewhere\nmd5: [0-9a-f]{32}\nfrozen: true\ndeps:\n/)
})

test('comments, order and what others wrote survive a new hash; quotes go, as with dvc', () => {
  assert.equal(
    updateDataFile(handWritten, 'a.dvc', { outputs: new Map([['a.txt', hash]]) }),
    handWritten
      .replace("'my data' ", 'my data   ')
      .replace('"a.txt" ', 'a.txt   ')
      .replace('00000000000000000000000000000000', hash.value ?? '')
      .replace('    x: 1\n', '    x: 1\n  size: 6\n  hash: md5\n'),
  )
})

test('what a change does not name stays to the byte', () => {
  assert.equal(updateDataFile(handWritten, 'a.dvc', {}), handWritten)
})

test('defaults go when the file is written, as dvc does it', () => {
  const text =
    'wdir: .\nfrozen: false\nouts:\n- path: a\n  cache: true\n  persist: false\n  desc: ""\n'
  assert.equal(
    updateDataFile(text, 'a.dvc', { outputs: new Map([['a', hash]]) }),
    `outs:\n- path: a\n  md5: ${hash.value}\n  size: 6\n  hash: md5\n`,
  )
})

test('freezing adds one line, and takes the old word for it away', () => {
  const text = 'outs:\n- md5: a0\n  path: a # here\n'
  const frozen = `${text}frozen: true\n`
  assert.equal(updateDataFile(text, 'a.dvc', { isFrozen: true }), frozen)
  assert.equal(updateDataFile(frozen, 'a.dvc', { isFrozen: false }), text)
  assert.equal(updateDataFile(`locked: true\n${text}`, 'a.dvc', { isFrozen: true }), frozen)
})

test('a file that is not YAML is refused with its place', () => {
  assert.throws(() => updateDataFile('outs: [\n', 'sub/a.dvc', {}), /sub\/a\.dvc:2:1/)
})

test('what a web server said is read back, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme-ascii' }), (value) => {
      const source: DataHash = { ...hash, key: 'checksum', value }
      const text = formatDataFile({
        dependency: { path: 'http://localhost/a', hash: source },
        output: { path: 'a', hash },
      })
      assert.equal(recordedSource(text)?.md5, value)
    }),
  )
})

function recordedSource(text: string): RecordedPath | undefined {
  const top = parseYamlNode(text, 'a.dvc', createProblems())
  const list = top?.kind === 'map' ? childOf(top, 'deps') : undefined
  const [entry] = list?.kind === 'list' ? list.items : []
  return entry?.kind === 'map' ? toRecordedPath(entry) : undefined
}

test('any sequence of new hashes gives the same text as the last one alone', () => {
  const arbitraryHash = fc.record({
    value: fc.string({
      unit: fc.constantFrom('0', '1', '9', 'a', 'e', 'f'),
      minLength: 32,
      maxLength: 32,
    }),
    sizeBytes: fc.option(fc.nat(), { nil: undefined }),
    fileCount: fc.option(fc.nat(), { nil: undefined }),
    isExecutable: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(arbitraryHash, { minLength: 1, maxLength: 4 }), (hashes) => {
      const apply = (text: string, next: Partial<DataHash>): string =>
        updateDataFile(text, 'a.dvc', { outputs: new Map([['a.txt', { ...hash, ...next }]]) })
      const all = hashes.reduce(apply, handWritten)
      assert.deepEqual(sortedLines(all), sortedLines(apply(handWritten, hashes.at(-1)!)))
    }),
  )
})

test('a part of a folder is taken over, and the rest of the record left alone', () => {
  const folder = { md5: 'x.dir', sizeBytes: 10, members: [member('a', '1'), member('b/c', '2')] }
  const added = updateFolder(folder, { path: 'b/d', members: [member('', '3')], sizeBytes: 5 })
  assert.deepEqual(added.members, [member('a', '1'), member('b/c', '2'), member('b/d', '3')])
  assert.equal(added.hash.sizeBytes, 15)
  const replaced = updateFolder(folder, { path: 'b', members: [member('e', '4')], sizeBytes: 5 })
  assert.deepEqual(replaced.members, [member('a', '1'), member('b/e', '4')])
  assert.equal(replaced.hash.sizeBytes, undefined)
  const gone = updateFolder(folder, { path: 'b', members: [], sizeBytes: undefined })
  assert.deepEqual(gone.members, [member('a', '1')])
  assert.equal(gone.hadPart, true)
})

const hash: DataHash = {
  key: 'md5',
  value: 'b1946ac92492d2347c6235b4d2611184',
  sizeBytes: 6,
  fileCount: undefined,
  isExecutable: false,
  isLegacy: false,
}

const handWritten = `# head
desc: 'my data'   # tail

outs:
# about it
- path: "a.txt"   # the path
  md5: 00000000000000000000000000000000
  push: false
  meta:
    x: 1
meta: {k: 1,   j: [2]}
`

function member(path: string, md5: string): { path: string; md5: string } {
  return { path, md5: md5.repeat(32) }
}

function sortedLines(text: string): string[] {
  return text.split('\n').sort()
}
