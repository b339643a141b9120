/** What every kind of remote must do; each test gets a fresh, empty one. */

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Remote } from '../../src/pipeline/remote/remote.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

/** How a kind of remote is tested. */
export interface RemoteContract {
  readonly skip?: string | false
  /** Gives a remote with nothing in it. */
  readonly open: () => Promise<Remote>
}

const key = 'files/md5/ab/cdef00000000000000000000000000'

export function describeRemote(name: string, { open, skip = false }: RemoteContract): void {
  describe(`${name} as a remote`, { skip }, () => {
    test('what was uploaded comes back byte for byte, with its MD5', async () => {
      await using remote = await open()
      for (const bytes of [
        Buffer.alloc(0),
        Buffer.from('ü\0\n'),
        randomBytes(1 << 20),
        randomBytes(3 << 20),
      ]) {
        const source = write(bytes)
        const md5 = md5Of(bytes)
        assert.equal(await remote.upload(source, key, { md5 }), bytes.length)
        await remote.settle()
        assert.ok((await download(remote, key)).equals(bytes))
      }
    })

    test('a file larger than one part comes back whole', async () => {
      await using remote = await open()
      const bytes = randomBytes((33 << 20) + 7)
      await remote.upload(write(bytes), key, { md5: md5Of(bytes) })
      await remote.settle()
      assert.ok((await download(remote, key)).equals(bytes))
    })

    test('content that is not what its MD5 says is refused, small or large, and nothing appears', async () => {
      await using remote = await open()
      for (const bytes of [Buffer.from('a'), randomBytes(17 << 20)]) {
        await assert.rejects(remote.upload(write(bytes), key, { md5: md5Of(Buffer.from('b')) }), {
          code: 'CACHE_OBJECT_DAMAGED',
        })
        await remote.settle()
        assert.equal((await remote.has([key], {})).size, 0)
      }
    })

    test('a source that is not there is an error of reading', async () => {
      await using remote = await open()
      await assert.rejects(
        remote.upload(join(makeScratchFolder(), 'none'), key, { md5: undefined }),
        { code: 'FILE_READ_FAILED' },
      )
    })

    test('what is not there is said to be missing, and no file is left', async () => {
      await using remote = await open()
      const target = join(makeScratchFolder(), 'x')
      await assert.rejects(remote.download(key, { makePath: () => target }), {
        code: 'REMOTE_OBJECT_MISSING',
        message: new RegExp(`there is no '${key}'`),
      })
      assert.ok(!existsSync(target))
    })

    test('it tells which of many keys it has, few or many, old and new', async () => {
      await using remote = await open()
      const objects = keys(30)
      const others = ['ab/cdef00000000000000000000000000', 'runs/ab/x/y']
      for (const one of [...objects.slice(0, 20), others[0]!]) {
        await remote.upload(write(Buffer.from(one)), one, { md5: undefined })
      }
      await remote.settle()
      assert.deepEqual(
        [...(await remote.has([...objects, ...others], {}))].sort(),
        [...objects.slice(0, 20), others[0]].sort(),
      )
      assert.deepEqual(
        [...(await remote.has(objects.slice(18, 22), {}))].sort(),
        objects.slice(18, 20),
      )
      assert.equal((await remote.has([], {})).size, 0)
    })

    test('it lists what lies below a prefix, with sizes', async () => {
      await using remote = await open()
      for (const one of ['files/md5/ab/c', 'files/md5/ab/d', 'runs/x', 'ab/c']) {
        await remote.upload(write(Buffer.from(one)), one, { md5: undefined })
      }
      await remote.settle()
      assert.deepEqual(await list(remote, 'files/md5/'), [
        ['files/md5/ab/c', 14],
        ['files/md5/ab/d', 14],
      ])
      assert.equal((await list(remote, '')).length, 4)
      assert.deepEqual(await list(remote, 'nothing/'), [])
    })

    test('what is no object, small or large, lies at its path', async () => {
      await using remote = await open()
      const paths = ['loans/feedback/date=2026-01-31/a.parquet', 'a%2Fb/c']
      for (const [i, path] of paths.entries()) {
        const bytes = randomBytes(i * (5 << 20) + 3)
        await remote.upload(write(bytes), path, { md5: undefined })
        await remote.settle()
        assert.ok((await download(remote, path)).equals(bytes))
      }
      assert.deepEqual((await list(remote, '')).map(([path]) => path).toSorted(), paths.toSorted())
    })

    test('what is removed is gone, and what is not there may be removed', async () => {
      await using remote = await open()
      const [first = '', second = ''] = keys(2)
      for (const one of [first, second]) {
        await remote.upload(write(Buffer.from(one)), one, { md5: undefined })
      }
      await remote.settle()
      await remote.remove([first, key], {})
      assert.deepEqual([...(await remote.has([first, second], {}))], [second])
      await remote.remove([], {})
    })

    test('an aborted signal ends each call with its reason', async () => {
      await using remote = await open()
      const signal = AbortSignal.abort(new Error('enough'))
      const source = write(Buffer.from('a'))
      const isAbort = (error: unknown): boolean =>
        error instanceof Error && (error.message === 'enough' || error.name === 'AbortError')
      await assert.rejects(remote.upload(source, key, { md5: undefined, signal }), isAbort)
      await assert.rejects(remote.has([key], { signal }), isAbort)
    })
  })
}

/** The bytes, and that their MD5 is told right when they came as a file. */
async function download(remote: Remote, from: string): Promise<Buffer> {
  const path = join(makeScratchFolder(), 'x')
  const content = await remote.download(from, { makePath: () => path })
  if (content.kind === 'bytes') return Buffer.from(content.bytes)
  const bytes = readFileSync(content.path)
  assert.deepEqual(content, { kind: 'file', path, md5: md5Of(bytes), sizeBytes: bytes.length })
  return bytes
}

function keys(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const md5 = md5Of(Buffer.from(String(i)))
    return `files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`
  }).sort()
}

function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex')
}

function write(bytes: Buffer): string {
  const path = join(makeScratchFolder(), 'source')
  writeFileSync(path, bytes)
  return path
}

async function list(remote: Remote, prefix: string): Promise<[string, number][]> {
  const entries: [string, number][] = []
  for await (const entry of remote.list(prefix, {})) entries.push([entry.key, entry.sizeBytes])
  return entries.sort(([a], [b]) => (a < b ? -1 : 1))
}
