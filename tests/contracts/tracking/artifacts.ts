import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import {
  bytes,
  createExperiment,
  files,
  newRun,
  notFound,
  refused,
  type TrackerUnderTest,
} from './trackers.ts'

export function describeArtifacts({ open, traits }: TrackerUnderTest): void {
  test('artifacts come back byte for byte, by their path below the folder', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    const odd = `data/${traits.oddFileName}`
    const content = files({ MLmodel: '{}', [odd]: '\0\u{1F600}', empty: '' })
    await tracking.logArtifacts(runId, 'model', content)
    await tracking.logArtifacts(runId, '', files({ 'note.txt': 'root' }))
    assert.deepEqual(bytes(await tracking.readArtifacts(runId, 'model')), bytes(content))
    assert.deepEqual(
      [...(await tracking.readArtifacts(runId, '')).keys()].sort(),
      ['model/MLmodel', `model/${odd}`, 'model/empty', 'note.txt'].sort(),
    )
    await assert.rejects(() => tracking.readArtifacts(runId, 'nothing'), notFound)
  })

  test('a folder is listed by name, with paths from the root and sizes', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    await tracking.logArtifacts(runId, 'model', files({ b: '12345', a: '', 'data/x': 'y' }))
    assert.deepEqual(await tracking.listArtifacts({ runId }, ''), [
      { path: 'model', isFolder: true, sizeBytes: 0 },
    ])
    assert.deepEqual(await tracking.listArtifacts({ runId }, 'model'), [
      { path: 'model/a', isFolder: false, sizeBytes: 0 },
      { path: 'model/b', isFolder: false, sizeBytes: 5 },
      { path: 'model/data', isFolder: true, sizeBytes: 0 },
    ])
    assert.deepEqual(await tracking.listArtifacts({ runId }, 'nothing'), [])
    assert.deepEqual(await tracking.listArtifacts({ runId }, 'model/b'), [])
  })

  test('a stream is stored whole, and read as one', async () => {
    await using tracking = await open()
    const owner = { runId: await tracking.startRun(newRun()) }
    const chunk = Buffer.alloc(100_000, 'abc')
    const chunks = Array.from({ length: 30 }, () => chunk)
    await tracking.writeArtifact(owner, 'big/file.bin', Readable.from(chunks))
    const { sizeBytes, content } = await tracking.openArtifact(owner, 'big/file.bin')
    assert.equal(sizeBytes, 3_000_000)
    assert.ok((await buffer(content)).equals(Buffer.concat(chunks)))
    await assert.rejects(() => tracking.openArtifact(owner, 'big/none.bin'), notFound)
    await assert.rejects(() => tracking.openArtifact(owner, 'big'), refused)
    await assert.rejects(() => tracking.openArtifact(owner, ''), refused)
  })

  test('a logged model has files of its own', async () => {
    await using tracking = await open()
    const experimentId = await createExperiment(tracking)
    const { modelId } = await tracking.createLoggedModel({ experimentId, name: 'm' })
    await tracking.writeArtifact({ modelId }, 'MLmodel', Buffer.from('{}'))
    assert.deepEqual(await tracking.listArtifacts({ modelId }, ''), [
      { path: 'MLmodel', isFolder: false, sizeBytes: 2 },
    ])
    const { content } = await tracking.openArtifact({ modelId }, 'MLmodel')
    assert.equal((await buffer(content)).toString(), '{}')
  })

  test('an artifact that is there is replaced', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    await tracking.logArtifacts(runId, '', files({ a: 'old', 'b/c': 'x' }))
    await tracking.logArtifacts(runId, '', files({ a: 'new' }))
    const found = await tracking.readArtifacts(runId, '')
    assert.deepEqual(bytes(found), bytes(files({ a: 'new', 'b/c': 'x' })))
  })

  // A real server answers 500 to both, after it has been asked several times.
  if (traits.refusesFileForFolder) {
    test('a file and a folder do not take turns', async () => {
      await using tracking = await open()
      const runId = await tracking.startRun(newRun())
      await tracking.logArtifacts(runId, '', files({ a: 'x', 'b/c': 'x' }))
      await assert.rejects(() => tracking.logArtifacts(runId, '', files({ 'a/b': 'x' })), refused)
      await assert.rejects(() => tracking.logArtifacts(runId, '', files({ b: 'x' })), refused)
    })
  }

  for (const path of [
    '..',
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    'a/',
    './a',
    'a\\..\\b',
    'a\0b',
    'C:/x',
    'a\nb',
    '.x.12.tmp',
    'x'.repeat(201),
  ]) {
    test(`the artifact path ${JSON.stringify(path).slice(0, 20)} is refused as folder and as file`, async () => {
      await using tracking = await open()
      const runId = await tracking.startRun(newRun())
      await assert.rejects(() => tracking.logArtifacts(runId, path, files({ fine: 'x' })), refused)
      await assert.rejects(
        () => tracking.logArtifacts(runId, 'a', files({ fine: 'x', [path]: 'x' })),
        refused,
      )
      await assert.rejects(() => tracking.readArtifacts(runId, path), refused)
      await assert.rejects(() => tracking.listArtifacts({ runId }, path), refused)
      await assert.rejects(() => tracking.openArtifact({ runId }, path), refused)
      await assert.rejects(() => tracking.writeArtifact({ runId }, path, Buffer.from('x')), refused)
      await assert.rejects(() => tracking.readArtifacts(runId, 'a'), notFound)
    })
  }
}
