import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openSpillFolder } from '../../src/data/spill-folder-file.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const folder = makeScratchFolder()

describe('a spill folder', () => {
  test('is there until it is disposed, and a second one beside it', () => {
    const parent = makeParent('two')
    {
      using first = openSpillFolder(parent)
      using second = openSpillFolder(parent)
      assert.notEqual(first!.path, second!.path)
      assert.ok(existsSync(first!.path) && existsSync(second!.path))
    }
    assert.deepEqual(readdirSync(parent), [])
  })

  test('of a process that was killed is removed by the next one, of a living one it is kept', async () => {
    const parent = makeParent('killed')
    const module = import.meta.resolve('../../src/data/spill-folder-file.ts')
    const program = `import { openSpillFolder } from '${module}'
      console.log(openSpillFolder(process.argv[1]).path); setInterval(() => {}, 1000)`
    const words = ['--conditions=mlpt-source', '--input-type=module', '-e', program, parent]
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [printed] = (await once(child.stdout, 'data')) as [Buffer]
    const left = printed.toString().trim()
    {
      using other = openSpillFolder(parent)
      assert.ok(existsSync(left) && existsSync(other!.path))
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.ok(existsSync(left))
    using next = openSpillFolder(parent)
    assert.deepEqual(readdirSync(parent), [next!.path.slice(parent.length + 1)])
  })

  test('leaves alone what is not its kind, and is not made where there is nothing to make it in', () => {
    const parent = makeParent('others')
    const names = ['mlpt-spill-elsewhere-999999999-abc', 'mlpt-spill-', 'other-1']
    for (const name of names) mkdirSync(join(parent, name))
    openSpillFolder(parent)![Symbol.dispose]()
    assert.deepEqual(readdirSync(parent).sort(), names.toSorted())
    assert.equal(openSpillFolder(join(parent, 'absent')), undefined)
  })
})

function makeParent(name: string): string {
  const parent = join(folder, name)
  mkdirSync(parent)
  return parent
}
