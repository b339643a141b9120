import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../src/core/errors.ts'
import { editYaml, type YamlEdit } from '../../src/pipeline/yaml/edit-yaml.ts'
import { formatYaml } from '../../src/pipeline/yaml/format-yaml.ts'
import { formatYamlFlow } from '../../src/pipeline/yaml/format-yaml-flow.ts'
import { createProblems } from '../../src/pipeline/yaml/problems.ts'
import { parseYamlNode, toYamlValue } from '../../src/pipeline/yaml/yaml-node.ts'
import type { YamlMap, YamlScalar, YamlValue } from '../../src/pipeline/yaml/yaml-value.ts'

describe('editing a YAML text', () => {
  test('a new key comes last in its map, and comments stay with what follows', () => {
    assert.equal(
      edit(pipeline, { kind: 'set', path: ['stages', 'prepare', 'frozen'], value: true }),
      pipeline.replace(
        "    - 'b.txt'   # second\n",
        "    - 'b.txt'   # second\n    frozen: true\n",
      ),
    )
  })

  test('a value is replaced in its place, with the comment behind it left alone', () => {
    assert.equal(
      edit('lr: 0.1   # rate\nn: 1\n', { kind: 'set', path: ['lr'], value: 0.25 }),
      'lr: 0.25   # rate\nn: 1\n',
    )
  })

  test('an equal value leaves the text as it is, quotes and folding included', () => {
    const text = 'a: "x"\nb: &m {c: 0x10}\nd: 1_000\n'
    const value = yamlMap({ a: 'x', b: yamlMap({ c: 16n }), d: 1000n })
    assert.equal(edit(text, { kind: 'set', path: [], value }), text)
  })

  test('a number is not equal to the text that looks like it', () => {
    assert.equal(edit("a: '1'\n", { kind: 'set', path: ['a'], value: 1n }), 'a: 1\n')
    assert.equal(edit('a: 1\n', { kind: 'set', path: ['a'], value: 1 }), 'a: 1.0\n')
  })

  test('setting a map touches only what differs', () => {
    const text = 'outs:\n- md5: aaaa # old hash\n  size: 3\n  path: "x"   # mine\nmeta: 1\n'
    const out = yamlMap({ md5: 'bbbb', size: 4n, hash: 'md5', path: 'x' })
    assert.equal(
      edit(text, { kind: 'set', path: [], value: yamlMap({ outs: [out] }) }),
      'outs:\n- md5: bbbb # old hash\n  size: 4\n  path: "x"   # mine\n  hash: md5\n',
    )
  })

  test('setting a list keeps the items that stay, with their comments', () => {
    const text = 'deps:\n  - a # one\n  # note\n  - c # three\n  - d\n'
    assert.equal(
      edit(text, { kind: 'set', path: ['deps'], value: ['a', 'b', 'c', 'd'] }),
      'deps:\n  - a # one\n  - b\n  # note\n  - c # three\n  - d\n',
    )
    assert.equal(
      edit(text, { kind: 'set', path: ['deps'], value: ['a', 'd'] }),
      'deps:\n  - a # one\n  # note\n  - d\n',
    )
  })

  test('an item is added at the end, at the beginning and between', () => {
    const text = 'deps:\n- b\n- d # last\n\n# end\n'
    const insert = (value: string, index?: number): string =>
      edit(text, { kind: 'insert', path: ['deps'], value, ...(index !== undefined && { index }) })
    assert.equal(insert('e'), 'deps:\n- b\n- d # last\n- e\n\n# end\n')
    assert.equal(insert('a', 0), 'deps:\n- a\n- b\n- d # last\n\n# end\n')
    assert.equal(insert('c', 1), 'deps:\n- b\n- c\n- d # last\n\n# end\n')
  })

  test('what stands in brackets or braces stays there, quoted where a comma would mean something', () => {
    assert.equal(
      edit('s: {a: {cmd: x, deps: [q, "r",]}}\n', {
        kind: 'insert',
        path: ['s', 'a', 'deps'],
        value: 'x, y',
      }),
      `s: {a: {cmd: x, deps: [q, "r", 'x, y',]}}\n`,
    )
    assert.equal(
      edit('s: {a: {cmd: x}} # c\n', {
        kind: 'set',
        path: ['s', 'a', 'outs'],
        value: ['o', yamlMap({ p: true })],
      }),
      's: {a: {cmd: x, outs: [o, {p: true}]}} # c\n',
    )
    assert.equal(edit('[a, b]\n', { kind: 'remove', path: [1] }), '[a]\n')
    assert.equal(edit('{a: 1, b: 2}\n', { kind: 'remove', path: ['a'] }), '{b: 2}\n')
    assert.equal(edit('{a}\n', { kind: 'set', path: ['a'], value: 1n }), '{a: 1}\n')
  })

  test('removing a stage takes its own comments, and not those of the next', () => {
    const text =
      'stages:\n  a:\n    cmd: x # why\n    # inside of a\n\n  # about b\n  b:\n    cmd: y\n'
    assert.equal(
      edit(text, { kind: 'remove', path: ['stages', 'a'] }),
      'stages:\n\n  # about b\n  b:\n    cmd: y\n',
    )
    assert.equal(
      edit(text, { kind: 'remove', path: ['stages', 'b'] }),
      'stages:\n  a:\n    cmd: x # why\n    # inside of a\n\n  # about b\n',
    )
  })

  test('the first key behind a dash is removed and the next one takes its place', () => {
    assert.equal(
      edit('- a: 1 # gone\n  # kept\n  b: 2\n- c\n', { kind: 'remove', path: [0, 'a'] }),
      '- # kept\n  b: 2\n- c\n',
    )
  })

  test('what becomes empty says so, and what was empty becomes a block', () => {
    const emptied = edit('a: # c\n  b: 1\nd: 2\n', { kind: 'remove', path: ['a', 'b'] })
    assert.equal(emptied, 'a: {} # c\nd: 2\n')
    assert.equal(
      edit(emptied, { kind: 'set', path: ['a', 'b'], value: yamlMap({ c: [1n] }) }),
      'a: # c\n  b:\n    c:\n    - 1\nd: 2\n',
    )
    assert.equal(edit('a:\nb: 1\n', { kind: 'insert', path: ['a'], value: 'x' }), 'a:\n- x\nb: 1\n')
  })

  test('missing maps on the way are made', () => {
    assert.equal(
      edit('# mine\n', { kind: 'set', path: ['stages', 'a', 'cmd'], value: 'x' }),
      '# mine\nstages:\n  a:\n    cmd: x\n',
    )
    assert.equal(edit('', { kind: 'set', path: ['a'], value: 1n }), 'a: 1\n')
    assert.equal(edit('a: 1', { kind: 'set', path: ['b'], value: 2n }), 'a: 1\nb: 2\n')
  })

  test('a key is renamed in its place', () => {
    assert.equal(
      edit(pipeline, { kind: 'rename', path: ['stages', 'prepare'], key: 'clean up' }),
      pipeline.replace('  prepare:', '  clean up:'),
    )
  })

  test('block texts, folded lines and values on a line of their own are replaced whole', () => {
    assert.equal(
      edit('a: |\n  x\n  y\n\n# c\nb: 1\n', { kind: 'set', path: ['a'], value: 'z' }),
      'a: z\n\n# c\nb: 1\n',
    )
    assert.equal(
      edit('a:  # c\n  x\n  y\nb: 1\n', { kind: 'set', path: ['a'], value: 'z' }),
      'a: z  # c\nb: 1\n',
    )
    assert.equal(
      edit('a:\n- 1\n- 2\nb: 1\n', { kind: 'set', path: ['a'], value: null }),
      'a:\nb: 1\n',
    )
    assert.equal(
      edit('- x # c\n- y\n', { kind: 'set', path: [0], value: yamlMap({ a: 1n, b: 2n }) }),
      '- # c\n  a: 1\n  b: 2\n- y\n',
    )
  })

  test('line ends stay as the file has them', () => {
    assert.equal(
      edit('a: 1 # c\r\nb:\r\n- x\r\n', { kind: 'set', path: ['b'], value: ['x', 'y'] }),
      'a: 1 # c\r\nb:\r\n- x\r\n- y\r\n',
    )
  })

  test('an edit that would change more than it names is refused', () => {
    const shared = 'a: &x\n  cmd: y\nb: *x\n'
    refuses(shared, { kind: 'set', path: ['a', 'frozen'], value: true })
    refuses(shared, { kind: 'set', path: ['a'], value: 'gone' })
    refuses(shared, { kind: 'set', path: ['b', 'cmd'], value: 'z' })
    assert.equal(
      edit(shared, { kind: 'set', path: ['b'], value: 'own' }),
      'a: &x\n  cmd: y\nb: own\n',
    )
  })

  test('an edit that leads nowhere is refused with the place', () => {
    assert.throws(
      () => edit('a: text\n', { kind: 'set', path: ['a', 'b'], value: 1n }),
      /dvc\.yaml:1:1: 'a' cannot be changed: there is no place for 'b' in it/,
    )
    refuses('a: {}\n', { kind: 'insert', path: ['a'], value: 1n })
    refuses('a: 1\n', { kind: 'rename', path: ['b'], key: 'c' })
    refuses('a: 1\nb: 2\n', { kind: 'rename', path: ['b'], key: 'a' })
    refuses('- 1\n', { kind: 'set', path: [5], value: 1n })
    refuses('a: 1\n---\nb: 2\n', { kind: 'set', path: ['a'], value: 2n })
    refuses('a: [1\n', { kind: 'set', path: ['a'], value: 2n })
    assert.equal(edit('a: 1\n', { kind: 'remove', path: ['b', 'c'] }), 'a: 1\n')
  })

  test('whatever is set reads back, and every line it does not touch is kept', () => {
    fc.assert(
      fc.property(documents, fc.nat(), values, (document, choice, value) => {
        const text = decorate(formatYaml(document), choice)
        const keys = [...document.keys()].filter((key) => typeof key === 'string')
        const key = keys[choice % keys.length]!
        const edited = edit(text, { kind: 'set', path: [key], value })
        assert.deepEqual(read(edited), new Map(document).set(key, value))
        for (const line of linesOutside(text, key)) assert.ok(edited.includes(line), line)
      }),
      { numRuns: 400 },
    )
  })

  test('keys and items that are removed are gone, and every line outside is kept', () => {
    fc.assert(
      fc.property(documents, fc.nat(), (document, choice) => {
        const text = decorate(formatYaml(document), choice)
        const keys = [...document.keys()].filter((key) => typeof key === 'string')
        const key = keys[choice % keys.length]!
        const edited = edit(text, { kind: 'remove', path: [key] })
        const left = new Map(document)
        left.delete(key)
        assert.deepEqual(read(edited), left)
        for (const line of linesOutside(text, key)) assert.ok(edited.includes(line), line)
      }),
      { numRuns: 400 },
    )
  })

  test('a whole document can be made equal to any other', () => {
    fc.assert(
      fc.property(documents, documents, fc.nat(), (before, after, choice) => {
        const text = decorate(formatYaml(before), choice)
        assert.deepEqual(read(edit(text, { kind: 'set', path: [], value: after })), after)
      }),
      { numRuns: 400 },
    )
  })

  test('a document in braces can be made equal to any other, and stays in braces', () => {
    fc.assert(
      fc.property(documents, documents, (before, after) => {
        const edited = edit(`top: ${formatYamlFlow(before)} # c\n`, {
          kind: 'set',
          path: ['top'],
          value: after,
        })
        assert.deepEqual(read(edited), yamlMap({ top: after }))
        assert.match(edited, /^top: \{.*\} # c\n$/)
      }),
      { numRuns: 400 },
    )
  })

  test('garbage is edited or refused, and never breaks', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...'ab:-[]{},&*|>"\'#?! \n\t'.split('')),
          maxLength: 30,
        }),
        values,
        (text, value) => {
          try {
            edit(text, { kind: 'set', path: ['a'], value })
          } catch (error) {
            assert.ok(error instanceof ToolkitError, String(error))
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
})

function edit(text: string, ...edits: readonly YamlEdit[]): string {
  return editYaml(text, 'dvc.yaml', edits)
}

function refuses(text: string, refused: YamlEdit): void {
  assert.throws(
    () => edit(text, refused),
    (error) => error instanceof ToolkitError && error.code === 'PIPELINE_INVALID',
  )
}

function read(text: string): YamlValue {
  const problems = createProblems()
  const node = parseYamlNode(text, 'dvc.yaml', problems)
  problems.check()
  return node === undefined ? new Map() : toYamlValue(node)
}

function yamlMap(value: Readonly<Record<string, YamlValue>>): YamlMap {
  return new Map<YamlScalar, YamlValue>(Object.entries(value))
}

/** Puts comments and blank lines between the top-level keys and behind some lines. */
function decorate(text: string, seed: number): string {
  return text
    .split('\n')
    .map((line, i) => {
      const isKey = /^[a-z]\w*:/.test(line)
      const isOpen = isKey && line.endsWith(':')
      const before = isKey && (seed + i) % 3 === 0 ? `\n# above ${i}\n` : ''
      return before + line + (isOpen && (seed + i) % 2 === 0 ? '  # behind' : '')
    })
    .join('\n')
}

/** The lines of the other top-level keys. */
function linesOutside(text: string, key: string): string[] {
  let isInside = false
  return text.split('\n').filter((line) => {
    if (/^\S/.test(line) && !/^[-#]/.test(line)) isInside = line.startsWith(`${key}:`)
    return line.startsWith('# above') || !isInside
  })
}

const scalars: fc.Arbitrary<YamlScalar> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.bigInt({ min: -1000n, max: 1000n }),
  fc.double({ noNaN: true }),
  fc.string({ unit: fc.constantFrom(...'abc :#-,[]{}\'"\n'.split('')), maxLength: 12 }),
  fc.lorem({ maxCount: 30 }),
)
const names = fc.constantFrom('cmd', 'deps', 'outs', 'params', 'meta', 'wdir')
const { values } = fc.letrec<{ values: YamlValue }>((tie) => ({
  values: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalars,
    fc.array(tie('values'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(names, tie('values')), { selector: ([name]) => name, maxLength: 4 })
      .map((entries) => new Map<YamlScalar, YamlValue>(entries)),
  ),
}))
const documents = fc
  .uniqueArray(fc.tuple(names, values), { selector: ([name]) => name, minLength: 1 })
  .map((entries) => new Map<YamlScalar, YamlValue>(entries))

const pipeline = `# how the model is made
stages:
  prepare:
    cmd: >-
      python prepare.py
      --seed 1
    deps:
    - a.txt
    - 'b.txt'   # second

  # about train
  train: {cmd: "train", deps: [a, 'b']}
`
