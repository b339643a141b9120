import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { createYamlParser } from '../../src/pipeline/repository/parsed-yaml-store.ts'
import { formatYaml } from '../../src/pipeline/yaml/format-yaml.ts'
import { packYamlNode, unpackYamlNode } from '../../src/pipeline/yaml/pack-yaml-node.ts'
import { createProblems } from '../../src/pipeline/yaml/problems.ts'
import { parseYamlNode, toYamlValue, type YamlNode } from '../../src/pipeline/yaml/yaml-node.ts'

describe('a packed YAML node', () => {
  test('reads back as it was: values, places and what is shared', () => {
    const scalar = fc.oneof(
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => !Object.is(x, -0)),
    )
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        scalar,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc
          .array(fc.tuple(fc.string({ minLength: 1 }), tie('tree')), { maxLength: 4 })
          .map((e) => new Map(e)),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        const text = formatYaml(new Map([['top', value as never]]))
        const node = parse(text)
        if (node === undefined) return
        assert.deepEqual(unpackYamlNode(packYamlNode(node), 'dvc.yaml'), node)
      }),
    )
  })

  test('an alias gives the very node of its anchor', () => {
    const node = parse('a: &x {k: [1, 2.5]}\nb: *x\n')
    const copy = unpackYamlNode(packYamlNode(node!), 'dvc.yaml')
    assert.ok(copy?.kind === 'map')
    assert.equal(copy.entries[0]!.value, copy.entries[1]!.value)
  })

  test('what JSON does not have is not packed', () => {
    for (const text of ['a: .nan\n', 'a: .inf\n', 'a: -0.0\n']) {
      assert.equal(packYamlNode(parse(text)!), undefined, text)
    }
  })

  for (const text of [
    undefined,
    '',
    '{',
    '1',
    '[]',
    '[9,1,1]',
    '[7,0]',
    '[6,1,1,1,1,1,1,"k"]',
    '[6,1,1,1,5,1,1,0,0,1,1,null]',
    '[5,1,1,-1,7,9]',
    '[5,1,1,2,7,0]',
    '[3,1,1,"x"]',
    '[0,1,1,null,0]',
    '[1,1,1]',
  ]) {
    test(`${text} is none`, () => assert.equal(unpackYamlNode(text, 'dvc.yaml'), undefined))
  }
})

describe('parsing large files', () => {
  test('gives the same from memory, and after the memory was damaged', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlpt-parsed-'))
    try {
      const text = `stages:\n${Array.from({ length: 400 }, (_, i) => `  s${i}: {cmd: echo ${i}, outs: [o${i}]}\n`).join('')}`
      const parser = createYamlParser(folder)
      const first = parser(text, 'dvc.yaml', createProblems())
      assert.deepEqual(parser(text, 'dvc.yaml', createProblems()), first)
      const path = join(folder, 'parsed', readdirSync(join(folder, 'parsed'))[0]!)
      const written = readFileSync(path, 'utf8')
      for (let length = 0; length < written.length; length += 9973) {
        writeFileSync(path, written.slice(0, length))
        assert.deepEqual(parser(text, 'dvc.yaml', createProblems()), first)
      }
      // It is read, and not only written: a packed node that was changed shows.
      writeFileSync(path, written.replace('"echo 7"', '"echo seven"'))
      const changed = parser(text, 'dvc.yaml', createProblems())
      assert.match(inspect(toYamlValue(changed!), { depth: 5, maxArrayLength: 20 }), /echo seven/)
      // Another text of the same length is another file.
      const other = text.replace('echo 7}', 'echo 8}').replace('echo 7,', 'echo 8,')
      assert.deepEqual(parser(other, 'dvc.yaml', createProblems()), parse(other))
      assert.deepEqual(parser(text, 'dvc.yaml', createProblems()), first)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('remembers every file of a large repository, and of a revision none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlpt-parsed-'))
    try {
      const names = Array.from({ length: 300 }, (_, i) => `d${i}.dvc`)
      const parser = createYamlParser(folder)
      for (const name of names) parser('a: 1\n', name, createProblems())
      createYamlParser(folder, false)('a: 1\n', 'other.dvc', createProblems())
      assert.equal(readdirSync(join(folder, 'parsed')).length, names.length)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('tells what is wrong every time', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlpt-parsed-'))
    try {
      const parser = createYamlParser(folder)
      for (let i = 0; i < 2; i++) {
        const problems = createProblems()
        parser(`${'# filler\n'.repeat(2000)}a: [1\n`, 'dvc.yaml', problems)
        assert.throws(() => problems.check(), { code: 'PIPELINE_INVALID' })
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

function parse(text: string): YamlNode | undefined {
  return parseYamlNode(text, 'dvc.yaml', createProblems())
}
