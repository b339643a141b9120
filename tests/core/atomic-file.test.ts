import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  createAtomicWriter,
  replaceFileWith,
  temporaryPathFor,
  writeFileAtomically,
  writeFolderAtomically,
} from '../../src/core/atomic-file.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

describe('writeFileAtomically', () => {
  test('creates the folders and leaves no temporary behind', async () => {
    const folder = scratch()
    await writeFileAtomically(join(folder, 'a', 'b.txt'), 'text')
    assert.equal(readFileSync(join(folder, 'a', 'b.txt'), 'utf8'), 'text')
    assert.deepEqual(readdirSync(join(folder, 'a')), ['b.txt'])
  })

  test('a file where a folder must be is named in the error', async () => {
    const folder = scratch()
    writeFileSync(join(folder, 'a'), '')
    await assert.rejects(writeFileAtomically(join(folder, 'a', 'b.txt'), 'text'), {
      code: 'FILE_WRITE_FAILED',
      message: /'.*b\.txt': E(EXIST|NOTDIR)/,
    })
  })

  test('refuses to put a file in the place of a pipe or a device', async () => {
    const pipe = join(scratch(), 'pipe')
    execFileSync('mkfifo', [pipe])
    for (const path of [pipe, '/dev/null']) {
      await assert.rejects(writeFileAtomically(path, 'text'), {
        code: 'FILE_WRITE_FAILED',
        message: /no regular file/,
      })
    }
    assert.ok(statSync(pipe).isFIFO() && statSync('/dev/null').isCharacterDevice())
  })

  test(
    'gives up where no folder can be made',
    { skip: !existsSync('/proc/self'), timeout: 20_000 },
    async () => {
      await assert.rejects(writeFileAtomically('/proc/mlpt-absent/a/b.txt', 'text'), {
        code: 'FILE_WRITE_FAILED',
        message: /ENOENT/,
      })
    },
  )

  test('a name may be as long as the file system allows', async () => {
    const folder = makeScratchFolder()
    for (const name of ['n'.repeat(255), `${'n'.repeat(254)}m`, 'é'.repeat(127), '😀'.repeat(63)]) {
      const path = join(folder, name)
      await writeFileAtomically(path, name)
      assert.equal(readFileSync(path, 'utf8'), name)
      const left = temporaryPathFor(path).replace(`.${process.pid}.`, `.${2 ** 22 + 1}.`)
      writeFileSync(left, 'half')
      await writeFileAtomically(path, name)
      assert.equal(existsSync(left), false)
    }
    const [one, other] = ['1', '2'].map((end) => temporaryPathFor('n'.repeat(254) + end))
    assert.notEqual(one, other)
    await assert.rejects(writeFileAtomically(join(folder, 'n'.repeat(256)), ''), {
      code: 'FILE_WRITE_FAILED',
      hint: /shorter name/,
    })
  })

  test('clears what a killed writer left, and nothing of a living one', async () => {
    const folder = scratch()
    writeFileSync(join(folder, '.a.txt.999999999.tmp'), 'half')
    writeFileSync(join(folder, '.a.txt.1.tmp'), 'process 1 is always alive')
    writeFileSync(join(folder, '.other.txt.999999999.tmp'), 'of another file')
    await writeFileAtomically(join(folder, 'a.txt'), 'whole')
    assert.deepEqual(readdirSync(folder).sort(), [
      '.a.txt.1.tmp',
      '.other.txt.999999999.tmp',
      'a.txt',
    ])
  })
})

test('a writer of one file looks once for what a killed one left', async () => {
  const folder = makeScratchFolder()
  const left = join(folder, '.a.txt.999999999.tmp')
  const write = createAtomicWriter(join(folder, 'a.txt'))
  writeFileSync(left, 'half')
  await write('one')
  assert.deepEqual(readdirSync(folder), ['a.txt'])
  writeFileSync(left, 'half')
  await write('two')
  assert.deepEqual(readdirSync(folder), ['.a.txt.999999999.tmp', 'a.txt'])
  assert.equal(readFileSync(join(folder, 'a.txt'), 'utf8'), 'two')
})

test('a write that fails leaves what was there before', async () => {
  const folder = scratch()
  const path = join(folder, 'a.txt')
  writeFileSync(path, 'before')
  const failure = new Error('no')
  await assert.rejects(
    replaceFileWith(path, async (temporary) => {
      writeFileSync(temporary, 'half')
      throw failure
    }),
    failure,
  )
  assert.equal(readFileSync(path, 'utf8'), 'before')
  assert.deepEqual(readdirSync(folder), ['a.txt'])
})

test('a folder is replaced as a whole: files of the old one are gone', async () => {
  const folder = join(scratch(), 'model')
  mkdirSync(folder)
  writeFileSync(join(folder, 'old'), '')
  await writeFolderAtomically(folder, new Map([['sub/new', 'content']]))
  assert.deepEqual(readdirSync(folder, { recursive: true }).sort(), ['sub', 'sub/new'])
})

test('a folder has nothing of what a killed process left, also one that had the id of this one', async () => {
  const place = scratch()
  for (const owner of [process.pid, 999_999_999]) {
    mkdirSync(join(place, `.model.${owner}.tmp/sub`), { recursive: true })
    writeFileSync(join(place, `.model.${owner}.tmp/sub/left`), 'half')
  }
  await writeFolderAtomically(join(place, 'model'), new Map([['sub/new', 'content']]))
  assert.deepEqual(readdirSync(place, { recursive: true }).sort(), [
    'model',
    'model/sub',
    'model/sub/new',
  ])
})

function scratch(): string {
  return makeScratchFolder()
}
