/** The rules of docs/architecture.md, as tests: who may import whom, and who may touch the world. */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'

/** Each folder of src and the folders it may import, besides itself. */
const layers: Record<string, readonly string[]> = {
  core: [],
  math: ['core'],
  model: ['core', 'math'],
  data: ['core', 'math', 'model'],
  pipeline: ['core'],
  tracking: ['core'],
  monitoring: ['core', 'math', 'data'],
  training: ['core', 'math', 'model', 'data'],
  serving: ['core', 'math', 'model'],
  predictor: ['core', 'model', 'serving'],
  dashboard: ['core'],
  project: [
    'core',
    'math',
    'model',
    'data',
    'pipeline',
    'tracking',
    'monitoring',
    'training',
    'serving',
  ],
  cli: [
    'core',
    'math',
    'model',
    'data',
    'pipeline',
    'tracking',
    'monitoring',
    'training',
    'serving',
    'dashboard',
    'project',
  ],
}

/** Files that read or write something outside the process say so in their name. */
const worldly = /(-file|-store|-process|-server|-client)\.ts$|^src\/cli\//
const pureBuiltins = new Set([
  'node:util',
  'node:path',
  'node:crypto',
  'node:stream',
  'node:zlib',
  'node:url',
])

const importsOf = new Map(globSync('src/**/*.ts').map((file) => [file, readImports(file)] as const))

describe('architecture', () => {
  test('there is something to check', () => assert.ok(importsOf.size > 5))

  for (const [file, specifiers] of importsOf) {
    const folder = file.split('/')[1]!
    if (folder.endsWith('.ts')) continue

    test(`${file} imports only from the layers below it`, () => {
      const allowed = [folder, ...(layers[folder] ?? assert.fail(`add ${folder} to the layers`))]
      for (const target of specifiers
        .filter(isRelative)
        .map((specifier) => join(dirname(file), specifier))) {
        assert.ok(allowed.includes(target.split('/')[1]!), `${file} → ${target}`)
      }
    })

    if (worldly.test(file)) continue
    test(`${file} keeps IO where its name says`, () => {
      const builtins = specifiers.filter((specifier) => specifier.startsWith('node:'))
      assert.deepEqual(
        builtins.filter((name) => !pureBuiltins.has(name)),
        [],
      )
    })
  }

  test('the page takes nothing but types from elsewhere: the browser asks for its files alone', () => {
    for (const file of globSync('src/dashboard/**/*.ts')) {
      const source = readFileSync(file, 'utf8')
      const values = source.matchAll(/^(?:import|export) (?!type\b)[^;']*? from '(\.[^']+)'/gm)
      const targets = Array.from(values, ([, specifier]) => join(dirname(file), specifier!))
      const elsewhere = targets.filter((target) => !target.startsWith('src/dashboard/'))
      assert.deepEqual(elsewhere, [], file)
    }
  })

  test('no file imports itself through others', () => {
    for (const file of importsOf.keys()) assert.equal(pathBackTo(file), undefined)
  })
})

function readImports(file: string): string[] {
  const source = readFileSync(file, 'utf8')
  return [...source.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!)
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.')
}

function pathBackTo(start: string): string | undefined {
  const seen = new Set<string>()
  const visit = (file: string, trail: readonly string[]): string | undefined => {
    for (const specifier of (importsOf.get(file) ?? []).filter(isRelative)) {
      const target = join(dirname(file), specifier)
      if (target === start) return [...trail, target].join(' → ')
      if (seen.has(target)) continue
      seen.add(target)
      const found = visit(target, [...trail, target])
      if (found !== undefined) return found
    }
    return undefined
  }
  return visit(start, [start])
}
