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
        `^export (async )?(function|const|interface|type|class) ${name}\\b`,
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
  return clauses.flatMap(([, names, specifier]) => {
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
}
