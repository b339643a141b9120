import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notFound, openFreshStore, refused, startRunIn } from './open-store.ts'

test('a new experiment has the next number, its own artifact folder, its tags and its times', async () => {
  await using store = await openFreshStore()
  assert.equal(await store.createExperiment({ name: 'a', tags: { k: 'v', l: '' } }), '1')
  assert.equal(await store.createExperiment({ name: 'b' }), '2')
  assert.deepEqual(await store.getExperiment('1'), {
    experimentId: '1',
    name: 'a',
    artifactLocation: 'mlflow-artifacts:/1',
    lifecycleStage: 'active',
    creationTime: 1000,
    lastUpdateTime: 1000,
    tags: { k: 'v', l: '' },
  })
  assert.equal((await store.findExperimentByName('b'))?.experimentId, '2')
  assert.equal((await store.getExperiment('0')).name, 'Default')
})

test('a foreign artifact location is kept and handed to the runs, and nothing of it is opened', async () => {
  await using store = await openFreshStore()
  const experimentId = await store.createExperiment({
    name: 'a',
    artifactLocation: 's3://bucket/path/',
  })
  assert.equal((await store.getExperiment(experimentId)).artifactLocation, 's3://bucket/path/')
  const relative = await store.createExperiment({ name: 'beside', artifactLocation: './files' })
  assert.equal((await store.getExperiment(relative)).artifactLocation, './files')
  const run = await store.createRun({ experimentId, startTime: 1 })
  assert.equal(run.artifactUri, `s3://bucket/path/${run.runId}/artifacts`)
})

test('a name is taken once, by a deleted experiment too', async () => {
  await using store = await openFreshStore()
  const experimentId = await store.createExperiment({ name: 'a' })
  const taken = { code: 'TRACKING_EXISTS', message: /Experiment\(name=a\) already exists/ }
  await assert.rejects(() => store.createExperiment({ name: 'a' }), taken)
  await store.deleteExperiment(experimentId)
  await assert.rejects(() => store.createExperiment({ name: 'a' }), taken)
  await assert.rejects(() => store.renameExperiment('0', 'a'), taken)
  await assert.rejects(() => startRunIn(store, 'a'), refused(/'a' is deleted/))
  assert.equal(await store.createExperiment({ name: 'A' }), '2')
})

test('any text is a name: blanks, slashes, emoji, and 500 characters of it', async () => {
  await using store = await openFreshStore()
  for (const name of [' ', 'a/b', '../x', '😀'.repeat(500), '__proto__', 'it\'s "quoted"']) {
    const experimentId = await store.createExperiment({ name })
    assert.equal((await store.getExperiment(experimentId)).name, name)
    assert.equal((await store.findExperimentByName(name))?.experimentId, experimentId)
  }
})

for (const [what, name, message] of [
  ['an empty name', '', /Invalid experiment name: ''/],
  ['501 characters', 'x'.repeat(501), /'name' exceeds the maximum length of 500 characters/],
  ['half a character', 'a\ud800', /no text/],
  ['a NUL', 'a\0b', /no text/],
] as const) {
  test(`${what} is refused as a name, when it is made and when it is renamed`, async () => {
    await using store = await openFreshStore()
    await assert.rejects(() => store.createExperiment({ name }), refused(message))
    await assert.rejects(() => store.renameExperiment('0', name), refused(message))
    assert.equal((await store.getExperiment('0')).name, 'Default')
  })
}

for (const [what, artifactLocation] of [
  ['of a run', 'runs:/abc/x'],
  ['with a fragment', 's3://b/x#y'],
  ['with parameters', 's3://b/x;y'],
  ['that climbs', 's3://b/../x'],
  ['that climbs, encoded', 's3://b/%2e%2e/x'],
  ['that climbs in its query', 's3://b/x?y=../z'],
  ['that is too long', `s3://${'x'.repeat(2048)}`],
  ['with a NUL', 's3://b/\0'],
] as const) {
  test(`an artifact location ${what} is refused, and nothing is made`, async () => {
    await using store = await openFreshStore()
    await assert.rejects(
      () => store.createExperiment({ name: 'a', artifactLocation }),
      refused(/artifact|Artifact/),
    )
    assert.equal(await store.findExperimentByName('a'), undefined)
  })
}

test('ids that are no whole numbers are refused, unknown ones are missing', async () => {
  await using store = await openFreshStore()
  for (const id of ['', 'abc', '-1', '1.5', '1e3', ' 1', '9'.repeat(16), '1; DROP TABLE runs']) {
    const wrong = refused(/Invalid experiment ID/)
    await assert.rejects(() => store.getExperiment(id), wrong)
    await assert.rejects(() => store.renameExperiment(id, 'x'), wrong)
    await assert.rejects(() => store.deleteExperiment(id), wrong)
    await assert.rejects(() => store.restoreExperiment(id), wrong)
    await assert.rejects(() => store.setExperimentTag(id, 'k', 'v'), wrong)
    await assert.rejects(() => store.createRun({ experimentId: id, startTime: 1 }), wrong)
  }
  const missing = notFound(/No Experiment with id=77 exists/)
  await assert.rejects(() => store.getExperiment('77'), missing)
  await assert.rejects(() => store.renameExperiment('77', 'x'), missing)
  await assert.rejects(() => store.deleteExperiment('77'), missing)
  await assert.rejects(() => store.restoreExperiment('77'), missing)
  await assert.rejects(() => store.setExperimentTag('77', 'k', 'v'), missing)
  await assert.rejects(() => store.createRun({ experimentId: '77', startTime: 1 }), missing)
})

test('deleting takes all runs along, restoring brings all back; doing it twice finds nothing to do it to', async () => {
  await using store = await openFreshStore()
  const [first, second] = [await startRunIn(store), await startRunIn(store)]
  await store.deleteRun(first)
  await store.deleteExperiment('1')
  const stages = async (): Promise<string[]> =>
    Promise.all([first, second].map(async (id) => (await store.getRun(id)).lifecycleStage))
  assert.deepEqual(await stages(), ['deleted', 'deleted'])
  assert.equal((await store.getExperiment('1')).lifecycleStage, 'deleted')
  assert.equal((await store.findExperimentByName('e'))?.lifecycleStage, 'deleted')
  await assert.rejects(() => store.deleteExperiment('1'), notFound(/No Experiment with id=1/))
  await store.restoreExperiment('1')
  assert.deepEqual(await stages(), ['active', 'active'])
  await assert.rejects(() => store.restoreExperiment('1'), notFound(/No Experiment with id=1/))
})

test('a deleted experiment takes no name, no tag and no run', async () => {
  await using store = await openFreshStore()
  await store.createExperiment({ name: 'a', tags: { k: 'v' } })
  await store.deleteExperiment('1')
  const wrong = refused(/must be in the 'active' state/)
  await assert.rejects(() => store.renameExperiment('1', 'b'), wrong)
  await assert.rejects(() => store.setExperimentTag('1', 'k', 'w'), wrong)
  await assert.rejects(() => store.deleteExperimentTag('1', 'k'), wrong)
  await assert.rejects(() => store.createRun({ experimentId: '1', startTime: 1 }), wrong)
  assert.deepEqual((await store.getExperiment('1')).tags, { k: 'v' })
})

test('renaming changes name and time, and frees the old name', async () => {
  await using store = await openFreshStore()
  await store.createExperiment({ name: 'a' })
  await store.renameExperiment('1', 'b')
  await store.renameExperiment('1', 'b')
  const { name, creationTime, lastUpdateTime } = await store.getExperiment('1')
  assert.deepEqual([name, creationTime, lastUpdateTime], ['b', 1000, 1002])
  assert.equal(await store.createExperiment({ name: 'a' }), '2')
})

test('tags are set, replaced and removed; one that is not there cannot be removed', async () => {
  await using store = await openFreshStore()
  await store.setExperimentTag('0', 'k', 'v'.repeat(20_000))
  await store.setExperimentTag('0', 'k', 'w')
  await store.setExperimentTag('0', '__proto__', 'p')
  assert.deepEqual(Object.entries((await store.getExperiment('0')).tags), [
    ['__proto__', 'p'],
    ['k', 'w'],
  ])
  await store.deleteExperimentTag('0', 'k')
  await assert.rejects(
    () => store.deleteExperimentTag('0', 'k'),
    notFound(/No tag with name: k in experiment with id 0/),
  )
})

test('a tag with a bad key or too long a value is refused, when it is set and when it comes with the experiment', async () => {
  await using store = await openFreshStore()
  for (const [key, value] of [
    ['a//b', 'v'],
    ['../a', 'v'],
    ['a<b>', 'v'],
    ['', 'v'],
    ['k'.repeat(251), 'v'],
    ['k', 'v'.repeat(20_001)],
    ['k', 'v\0'],
  ] as const) {
    const wrong = refused(/Names may|exceeds the maximum length of (250|20000)|no text/)
    await assert.rejects(() => store.setExperimentTag('0', key, value), wrong)
    await assert.rejects(() => store.createExperiment({ name: 'a', tags: { [key]: value } }), wrong)
  }
  assert.deepEqual((await store.getExperiment('0')).tags, {})
  assert.equal(await store.findExperimentByName('a'), undefined)
})
