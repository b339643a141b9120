import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatManifest, hashPath, parseManifest } from '../../src/pipeline/cache/hash-file.ts'
import { makeProject } from './project.ts'

test('an empty file and an empty folder have the hashes DVC gives them', async () => {
  using project = makeProject({ 'empty.txt': '' })
  mkdirSync(join(project.directory, 'empty'))
  const file = await hashPath(join(project.directory, 'empty.txt'), undefined)
  const folder = await hashPath(join(project.directory, 'empty'), undefined)
  assert.equal(file!.fingerprint.md5, 'd41d8cd98f00b204e9800998ecf8427e')
  assert.equal(folder!.fingerprint.md5, 'd751713988987e9331980363e24189ce.dir')
  assert.equal(await hashPath(join(project.directory, 'none'), undefined), undefined)
})

test('a folder lists files and links to files, not links to folders, git or other repositories', async () => {
  using project = makeProject({
    'd/.git/x': '',
    'd/.dvc/x': '',
    'd/.hg/x': '',
    'd/other/.dvc/config': '',
    'd/other/y': '',
    'd/.gitignore': '',
    'd/sub/a.txt': 'a',
    'd/b.txt': 'b',
  })
  symlinkSync('b.txt', join(project.directory, 'd/link.txt'))
  symlinkSync('sub', join(project.directory, 'd/linked'))
  const content = await hashPath(join(project.directory, 'd'), undefined)
  assert.deepEqual(
    content!.members!.map(({ path }) => path),
    ['.gitignore', 'b.txt', 'link.txt', 'sub/a.txt'],
  )
  assert.equal(content!.fingerprint.sizeBytes, 3)
  assert.equal(content!.fingerprint.fileCount, 4)
})

test('a manifest is the JSON that Python writes', () => {
  const members = [
    { path: 'a.txt', md5: '415290769594460e2e485922904f345d' },
    { path: 'sub/é ü.txt', md5: 'fbade9e36a3f36d3d676c1b808451dd7' },
    { path: '😀\u007f"', md5: '0' },
  ]
  const text =
    '[{"md5": "415290769594460e2e485922904f345d", "relpath": "a.txt"}, ' +
    '{"md5": "fbade9e36a3f36d3d676c1b808451dd7", "relpath": "sub/\\u00e9 \\u00fc.txt"}, ' +
    '{"md5": "0", "relpath": "\\ud83d\\ude00\\u007f\\""}]'
  assert.equal(formatManifest(members), text)
  assert.deepEqual(parseManifest(text), members)
})

test('a manifest that reaches outside of its folder is no manifest', () => {
  for (const path of ['../x', '/x', 'a/../../x']) {
    assert.equal(parseManifest(`[{"md5": "0", "relpath": "${path}"}]`), undefined)
  }
  assert.equal(parseManifest('not json'), undefined)
  assert.equal(parseManifest('{}'), undefined)
})

test('names sort by code point, where UTF-16 order differs', async () => {
  // U+FFAE comes before U+1F600, though its UTF-16 unit is larger than a surrogate.
  using project = makeProject({ 'd/\u{1f600}': '', 'd/\uffae': '' })
  const content = await hashPath(join(project.directory, 'd'), undefined)
  assert.deepEqual(
    content!.members!.map(({ path }) => path),
    ['\uffae', '\u{1f600}'],
  )
})

test('an aborted signal ends the hashing with its reason', async () => {
  using project = makeProject({ 'a.txt': 'a' })
  const reason = new Error('enough')
  await assert.rejects(
    hashPath(join(project.directory, 'a.txt'), AbortSignal.abort(reason)),
    reason,
  )
})
