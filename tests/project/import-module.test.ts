import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { makeScratchFolder } from '../scratch-folder.ts'

const loader = resolve(import.meta.dirname, '../../src/project/import-module-file.ts')

const program = `
const { importModule } = await import(${JSON.stringify(loader)})
console.log(JSON.stringify(await importModule(process.argv[1])))
`

const files = {
  'project.ts': `import { three } from './lib/three.ts'
import old from './old.cjs'
import { installed } from 'installed'
export default { three, old, installed }
`,
  'lib/three.ts': `export const three: number = 3\n`,
  'old.cjs': `module.exports = 'old'\n`,
  'node_modules/installed/package.json': '{"type": "commonjs", "main": "index.js"}',
  'node_modules/installed/index.js': `exports.installed = true\n`,
}

describe('project.ts is a module', () => {
  for (const [name, description] of Object.entries({
    'with the type commonjs, as npm init writes it': '{"type": "commonjs"}',
    'without a type': '{}',
    'with the type module': '{"type": "module"}',
  })) {
    test(`in a package ${name}, and so is what it imports`, () => {
      const { status, stdout, stderr } = load({ ...files, 'package.json': description })
      assert.equal(status, 0, stderr)
      assert.equal(stderr, '')
      assert.deepEqual(JSON.parse(stdout), {
        default: { three: 3, old: 'old', installed: true },
      })
    })
  }

  test('and what is wrong in it is told as it is', () => {
    const { status, stderr } = load({
      'package.json': '{"type": "commonjs"}',
      'project.ts': `import { four } from './lib/three.ts'\nexport default four\n`,
      'lib/three.ts': files['lib/three.ts'],
    })
    assert.equal(status, 1)
    assert.match(stderr, /'.\/lib\/three.ts' does not provide an export named 'four'/)
  })
})

function load(contents: Readonly<Record<string, string>>): ReturnType<typeof runNode> {
  const folder = makeScratchFolder()
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return runNode(['--input-type=module', '-e', program, join(folder, 'project.ts')])
}

function runNode(words: readonly string[]): {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
} {
  return spawnSync(process.execPath, words, { encoding: 'utf8' })
}
