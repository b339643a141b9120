import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  formatManifest,
  hashFile,
  hashPath,
  parseManifest,
} from '../../src/pipeline/cache/hash-file.ts'
import { hashManifest, manifestHash } from '../../src/pipeline/cache/manifest.ts'
import { readIgnoreRules } from '../../src/pipeline/repository/ignore-file.ts'
import { makeCacheFolder } from './cache-folder.ts'

test('an empty file and an empty folder have the hashes DVC gives them', async () => {
  using data = makeCacheFolder({ 'empty.txt': '' })
  mkdirSync(data.path('empty'))
  const file = await hashPath(data.path('empty.txt'), undefined)
  const folder = await hashPath(data.path('empty'), undefined)
  assert.equal(file!.fingerprint.md5, 'd41d8cd98f00b204e9800998ecf8427e')
  assert.equal(folder!.fingerprint.md5, 'd751713988987e9331980363e24189ce.dir')
  assert.equal(await hashPath(data.path('none'), undefined), undefined)
  assert.equal(await hashPath(data.path('empty.txt/none'), undefined), undefined)
})

test('a file of any size has the MD5 of its bytes', async () => {
  for (const sizeBytes of [1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20]) {
    const bytes = Buffer.alloc(sizeBytes, 'some content ')
    using data = makeCacheFolder({ file: bytes })
    assert.deepEqual(await hashFile(data.path('file'), undefined), {
      md5: createHash('md5').update(bytes).digest('hex'),
      sizeBytes,
    })
  }
})

describe('a folder', () => {
  test('lists files and links to files, not links to folders, git or other repositories', async () => {
    using data = makeCacheFolder({
      'd/.git/x': '',
      'd/.hg/x': '',
      'd/other/.dvc/config': '',
      'd/other/y': '',
      'd/.gitignore': '',
      'd/sub/a.txt': 'a',
      'd/b.txt': 'b',
    })
    symlinkSync('b.txt', data.path('d/link.txt'))
    symlinkSync('sub', data.path('d/linked'))
    for (const options of [{}, { ignore: readIgnoreRules(data.root) }]) {
      const content = await hashPath(data.path('d'), undefined, options)
      assert.deepEqual(
        content!.members!.map(({ path }) => path),
        ['.gitignore', 'b.txt', 'link.txt', 'sub/a.txt'],
      )
      assert.equal(content!.fingerprint.sizeBytes, 3)
      assert.equal(content!.fingerprint.fileCount, 4)
    }
  })

  test('is hashed without what .dvcignore hides', async () => {
    using data = makeCacheFolder({ 'd/a.txt': 'a', 'd/tmp/x': '', 'd/b.log': '' })
    const before = await hashPath(data.path('d'), undefined)
    data.write({ '.dvcignore': '*.log\ntmp/\n' })
    const ignore = readIgnoreRules(data.root)
    const after = await hashPath(data.path('d'), undefined, { ignore })
    assert.deepEqual(
      after!.members!.map(({ path }) => path),
      ['a.txt'],
    )
    assert.notEqual(after!.fingerprint.md5, before!.fingerprint.md5)
  })

  test('sorts names by code point, where UTF-16 order differs', async () => {
    // U+FFAE comes before U+1F600, though its UTF-16 unit is larger than a surrogate.
    using data = makeCacheFolder({ 'd/\u{1f600}': '', 'd/\uffae': '' })
    const content = await hashPath(data.path('d'), undefined)
    assert.deepEqual(
      content!.members!.map(({ path }) => path),
      ['\uffae', '\u{1f600}'],
    )
  })

  test('with a pipe, a link to nothing or a .dvcignore in it is refused with the path', async () => {
    using data = makeCacheFolder({ 'a/x': '', 'b/x': '', 'c/.dvcignore': '', 'd/x.dvcignore': '' })
    execFileSync('mkfifo', [data.path('a/pipe')])
    symlinkSync('nowhere', data.path('b/broken'))
    await assert.rejects(hashPath(data.path('a'), undefined), {
      code: 'FILE_READ_FAILED',
      message: /'.*\/a\/pipe' is neither a file nor a folder/,
    })
    await assert.rejects(hashPath(data.path('a/pipe'), undefined), { code: 'FILE_READ_FAILED' })
    await assert.rejects(hashPath(data.path('b'), undefined), {
      message: /broken' is a link to nothing/,
    })
    await assert.rejects(hashPath(data.path('c'), undefined), {
      message: /\.dvcignore' lies inside data/,
    })
    assert.equal((await hashPath(data.path('d'), undefined))!.fingerprint.fileCount, 1)
  })

  test('with a file that may not be read is refused', { skip: isRoot() }, async () => {
    using data = makeCacheFolder({ 'd/x': 'x' })
    chmodSync(data.path('d/x'), 0)
    await assert.rejects(hashPath(data.path('d'), undefined), {
      code: 'FILE_READ_FAILED',
      message: /EACCES/,
    })
  })

  test('with a name that is no UTF-8 is refused', async () => {
    using data = makeCacheFolder({ 'd/x': '' })
    execFileSync('sh', ['-c', `touch "$(printf 'bad\\377name')"`], { cwd: data.path('d') })
    await assert.rejects(hashPath(data.path('d'), undefined), { message: /is not UTF-8/ })
  })
})

describe('the hash of DVC 2', () => {
  test('reads text as if its lines ended in \\n, and leaves what is not text', async () => {
    const text = 'a\r\nb\r\r\nc\r'
    const binary = Buffer.from('\0a\r\nb')
    const latin = Buffer.concat([
      Buffer.alloc(31, 0xe9),
      Buffer.alloc(67, 'x'),
      Buffer.from('\r\n'),
    ])
    using data = makeCacheFolder({ text, binary, latin, empty: '' })
    assert.equal(await legacyHash(data.path('text')), md5('a\nb\r\nc\r'))
    assert.equal(await legacyHash(data.path('binary')), md5(binary))
    assert.equal(await legacyHash(data.path('latin')), md5(latin)) // 31 of 100 bytes are not ASCII.
    assert.equal(await legacyHash(data.path('empty')), md5(''))
  })

  test('decides for each MiB, and a line end across two is left', async () => {
    const first = Buffer.concat([
      Buffer.from('x\r\n'),
      Buffer.alloc((1 << 20) - 4, 'a'),
      Buffer.from('\r'),
    ])
    const second = Buffer.from('\n\0\r\n')
    using data = makeCacheFolder({ file: Buffer.concat([first, second]) })
    const expected = Buffer.concat([Buffer.from('x\n'), first.subarray(3), second])
    assert.equal(await legacyHash(data.path('file')), md5(expected))
  })

  test('keeps the size of the file', async () => {
    using data = makeCacheFolder({ file: 'a\r\nb' })
    const content = await hashPath(data.path('file'), undefined, { isLegacy: true })
    assert.equal(content!.fingerprint.sizeBytes, 4)
    assert.equal(content!.isLegacy, true)
  })
})

describe('a manifest', () => {
  const zero = '0'.repeat(32)

  test('is the JSON that Python writes', () => {
    const members = [
      { path: 'a.txt', md5: '415290769594460e2e485922904f345d' },
      { path: 'sub/é ü.txt', md5: 'fbade9e36a3f36d3d676c1b808451dd7' },
      { path: '😀\u007f"', md5: zero },
    ]
    const text =
      '[{"md5": "415290769594460e2e485922904f345d", "relpath": "a.txt"}, ' +
      '{"md5": "fbade9e36a3f36d3d676c1b808451dd7", "relpath": "sub/\\u00e9 \\u00fc.txt"}, ' +
      `{"md5": "${zero}", "relpath": "\\ud83d\\ude00\\u007f\\""}]`
    assert.equal(formatManifest(members), text)
    assert.deepEqual(parseManifest(text), members)
    // A long one is hashed in pieces.
    const many = Array.from({ length: 1500 }, () => members).flat()
    for (const all of [[], members, many]) {
      assert.equal(hashManifest(all), manifestHash(formatManifest(all)))
    }
  })

  test('keeps names with line breaks and other control characters', () => {
    const members = [{ path: 'a\nb\u0001\t\\', md5: zero }]
    assert.deepEqual(parseManifest(formatManifest(members)), members)
  })

  for (const [what, entries] of Object.entries({
    'that climbs out': [{ md5: zero, relpath: '../x' }],
    'that climbs out from within': [{ md5: zero, relpath: 'a/../../x' }],
    'with an absolute name': [{ md5: zero, relpath: '/x' }],
    'with an empty part': [{ md5: zero, relpath: 'a//b' }],
    'with a dot for a part': [{ md5: zero, relpath: './a' }],
    'with no name': [{ md5: zero, relpath: '' }],
    'with a NUL': [{ md5: zero, relpath: 'a\0b' }],
    'that plants something in .git': [{ md5: zero, relpath: 'sub/.Git/hooks/pre-commit' }],
    'with a hash that is a path': [{ md5: '../../../../../../../../etc/pass', relpath: 'a' }],
    'with a hash of another length': [{ md5: '0', relpath: 'a' }],
    'with a name twice': [
      { md5: zero, relpath: 'a' },
      { md5: zero, relpath: 'a' },
    ],
    'with a file below a file': [
      { md5: zero, relpath: 'a' },
      { md5: zero, relpath: 'a/b/c' },
    ],
    'with a number for a name': [{ md5: zero, relpath: 7 }],
    'with null in it': [null],
  })) {
    test(`${what} is none`, () => assert.equal(parseManifest(JSON.stringify(entries)), undefined))
  }

  test('is none when it is no list in JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const members = parseManifest(text)
        if (members !== undefined && members.length > 0) {
          assert.deepEqual(parseManifest(formatManifest(members)), members)
        }
      }),
    )
    for (const text of ['not json', '{}', '', '[', 'null'])
      assert.equal(parseManifest(text), undefined)
  })
})

test('an aborted signal ends the hashing with its reason', async () => {
  using data = makeCacheFolder({ 'a.txt': 'a' })
  const reason = new Error('enough')
  await assert.rejects(hashPath(data.path('a.txt'), AbortSignal.abort(reason)), reason)
  await assert.rejects(hashPath(data.root, AbortSignal.abort(reason)), reason)
})

async function legacyHash(location: string): Promise<string> {
  return (await hashFile(location, undefined, { isLegacy: true })).md5
}

function md5(content: string | Buffer): string {
  return createHash('md5').update(content).digest('hex')
}

function isRoot(): string | false {
  return process.getuid?.() === 0 && 'skipped: root may read everything'
}
