/** What the package promises: these names, each with a doc comment. A change here is a change for users. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'

interface PublicName {
  readonly name: string
  /** The file that declares it. */
  readonly file: string
}

const exported = listExports('src/index.ts')

describe('the public API', () => {
  test('is these names', (t) => {
    t.assert.snapshot(exported.map(({ name }) => name).sort())
  })

  for (const { name, file } of exported) {
    test(`${name} has a doc comment`, () => {
      const lines = readFileSync(file, 'utf8').split('\n')
      const declaration = new RegExp(
        `^export (async )?(function|const|interface|type|class) ${name.replace(/^.*\./, '')}\\b`,
      )
      const line = lines.findIndex((content) => declaration.test(content))
      assert.ok(line > 0, `${file} does not declare ${name}`)
      assert.match(lines[line - 1]!, /\*\/$/, `${file}:${line + 1}`)
    })
  }
})

/** Follows re-exports to the file that declares each name. */
function listExports(file: string): PublicName[] {
  const source = readFileSync(file, 'utf8')
  const clauses = [...source.matchAll(/export (?:type )?(\*|\{[^}]*\}) from '([^']+)'/g)]
  const gathered = [...source.matchAll(/export \* as (\w+) from '([^']+)'/g)].flatMap(
    ([, as, specifier]) => listGathered(as!, join(dirname(file), specifier!)),
  )
  const named = clauses.flatMap(([, names, specifier]) => {
    const target = join(dirname(file), specifier!)
    const below = target.endsWith('index.ts') ? listExports(target) : undefined
    if (names === '*') return below ?? []
    return names!
      .slice(1, -1)
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== '')
      .map((name) => below?.find((entry) => entry.name === name) ?? { name, file: target })
  })
  return [...named, ...gathered]
}

/** What stands behind one name, as feature.add does. */
function listGathered(as: string, file: string): PublicName[] {
  const declared = readFileSync(file, 'utf8').matchAll(/^export (?:function|const) (\w+)/gm)
  const names = new Set(declared.map((match) => `${as}.${match[1]}`))
  return [...names].map((name) => ({ name, file }))
}
