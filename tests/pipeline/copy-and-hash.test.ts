import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { copyAndHash } from '../../src/pipeline/cache/copy-and-hash-file.ts'
import { hashFile } from '../../src/pipeline/cache/hash-file.ts'

const mebibyte = 1 << 20
const options = { signal: undefined, isLegacy: false }

describe('a file that is hashed while it is copied', () => {
  test('has the bytes and the MD5 of its source, at every edge of a piece', async () => {
    using folder = makeFolder()
    for (const size of [
      0,
      1,
      mebibyte - 1,
      mebibyte,
      mebibyte + 1,
      3 * mebibyte,
      17 * mebibyte + 5,
    ]) {
      const [source, target] = [join(folder.path, `from-${size}`), join(folder.path, `to-${size}`)]
      const bytes = randomBytes(size)
      writeFileSync(source, bytes)
      const md5 = createHash('md5').update(bytes).digest('hex')
      assert.deepEqual(await copyAndHash(source, target, options), { md5, sizeBytes: size })
      assert.ok(readFileSync(target).equals(bytes))
    }
  })

  test('has the hash of DVC 2 where that is asked for, and its own bytes all the same', async () => {
    using folder = makeFolder()
    const [source, target] = [join(folder.path, 'from'), join(folder.path, 'to')]
    writeFileSync(source, 'one\r\ntwo\r\n'.repeat(200_000))
    const legacy = { signal: undefined, isLegacy: true }
    const expected = await hashFile(source, undefined, legacy)
    assert.deepEqual(await copyAndHash(source, target, legacy), expected)
    assert.notEqual((await hashFile(source, undefined)).md5, expected.md5)
    assert.ok(readFileSync(target).equals(readFileSync(source)))
  })

  test('says which path cannot be read or written, and stops at its signal', async () => {
    using folder = makeFolder()
    const [source, target] = [join(folder.path, 'from'), join(folder.path, 'to')]
    await assert.rejects(copyAndHash(source, target, options), { code: 'FILE_READ_FAILED' })
    assert.equal(existsSync(target), false)
    writeFileSync(source, 'x'.repeat(mebibyte))
    writeFileSync(target, 'there')
    await assert.rejects(copyAndHash(source, target, options), { code: 'FILE_WRITE_FAILED' })
    assert.equal(readFileSync(target, 'utf8'), 'there')
    const signal = AbortSignal.abort(new Error('enough'))
    const aborted = copyAndHash(source, `${target}2`, { signal, isLegacy: false })
    await assert.rejects(aborted, /enough/)
  })
})

function makeFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'mlpt-copy-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
