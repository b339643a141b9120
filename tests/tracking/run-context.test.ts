import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { contextTags, readRunContext } from '../../src/tracking/client/run-context-process.ts'
import { openTemporaryFolder, type TemporaryFolder } from './temporary-folder.ts'

test('a run is told with its commit, branch and whether files had changed', async () => {
  await using folder = await openFolder({ 'a.txt': 'a' })
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: folder.path, encoding: 'utf8' }).trim()
  git('init', '-q', '-b', 'topic')
  assert.equal(readRunContext(folder.path).tags[contextTags.commit], undefined)
  git('add', '.')
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'x')
  const { tags } = readRunContext(folder.path)
  assert.equal(tags[contextTags.commit], git('rev-parse', 'HEAD'))
  assert.equal(tags[contextTags.branch], 'topic')
  assert.equal(tags[contextTags.isDirty], 'false')
  await writeFile(join(folder.path, 'a.txt'), 'b')
  assert.equal(readRunContext(folder.path).tags[contextTags.isDirty], 'true')
  git('checkout', '-q', '--detach')
  assert.equal(readRunContext(folder.path).tags[contextTags.branch], undefined)
})

test('machine, Node and the installed versions of libraries are told', async () => {
  await using folder = await openFolder({
    'package.json': '{"dependencies": {"b": "^1", "a": "*", "absent": "1", "odd": "1"}}',
    'node_modules/a/package.json': '{"version": "1.2.3"}',
    'node_modules/b/package.json': '{"version": "4.5.6"}',
    'node_modules/odd/package.json': 'no JSON',
    'deep/er/x.txt': '',
  })
  for (const directory of [folder.path, join(folder.path, 'deep/er')]) {
    const { tags } = readRunContext(directory)
    assert.equal(tags[contextTags.libraries], '{"a":"1.2.3","b":"4.5.6"}')
    assert.equal(tags[contextTags.host], hostname())
    assert.equal(tags[contextTags.node], process.versions.node)
  }
})

test('params.yaml becomes params, groups joined by dots', async () => {
  await using folder = await openFolder({
    'params.yaml': 'seed: 7\ntrain:\n  l2: 0.5\n  layers: [8, 4]\n  name: "07"\n  none: null\n',
  })
  assert.deepEqual(readRunContext(folder.path).params, {
    seed: '7',
    'train.l2': '0.5',
    'train.layers': '[8,4]',
    'train.name': '07',
    'train.none': 'null',
  })
})

test('the data of dvc.lock are datasets: what one stage writes and another reads', async () => {
  const lock = `schema: '2.0'
stages:
  ingest:
    cmd: ingest
    deps: [{path: src/a.py, md5: c1, size: 3}]
    outs: [{path: data/raw, md5: d1.dir, size: 10, nfiles: 2}, {path: report.json, md5: r1}]
  train:
    deps: [{path: data/raw, md5: d1.dir, size: 10, nfiles: 2}]
    outs: [{path: model, md5: m1}]
  frozen:
    cmd: nothing
`
  await using folder = await openFolder({ 'dvc.lock': lock })
  const { datasets, tags } = readRunContext(folder.path)
  assert.deepEqual(datasets, [
    {
      dataset: {
        name: 'data/raw',
        digest: 'd1.dir',
        sourceType: 'dvc',
        source: '{"path":"data/raw","md5":"d1.dir"}',
        schema: undefined,
        profile: '{"size_bytes":10}',
      },
      tags: { 'mlflow.data.context': 'pipeline' },
    },
  ])
  assert.equal(tags[contextTags.dvcLock], createHash('sha256').update(lock).digest('hex'))
})

test('nothing there is nothing told, and what is no YAML is said', async () => {
  await using folder = await openFolder({})
  const empty = readRunContext(folder.path)
  assert.deepEqual([empty.params, empty.datasets], [{}, []])
  await writeFile(join(folder.path, 'params.yaml'), '')
  assert.deepEqual(readRunContext(folder.path).params, {})
  for (const name of ['params.yaml', 'dvc.lock']) {
    await using broken = await openFolder({ [name]: 'a: [' })
    assert.throws(() => readRunContext(broken.path), {
      code: 'CONFIG_INVALID',
      message: new RegExp(name),
    })
  }
})

/** A folder with these files; outside of every repository. */
async function openFolder(contents: Readonly<Record<string, string>>): Promise<TemporaryFolder> {
  const folder = await openTemporaryFolder()
  for (const [name, text] of Object.entries(contents)) {
    const path = join(folder.path, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  return folder
}
