import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { ModelVersion } from '../../src/core/tracking.ts'
import { parseModelSource } from '../../src/tracking/store/registry/model-source.ts'
import { change, openRegistry } from './open-registry.ts'

describe('sources of model versions', () => {
  const other = 'b'.repeat(32)

  test('what lies in the own run or is opaque is taken', async () => {
    await using registry = await openRegistry()
    const { store, runId, runRoot } = registry
    await store.createRegisteredModel({ name: 'm' }, change)
    for (const version of [
      { source: runRoot, runId },
      { source: `${runRoot}/model`, runId },
      { source: `${runRoot}//model/`, runId },
      { source: `${runRoot}/mod%20el`, runId },
      { source: `runs:/${runId}/model`, runId },
      { source: `runs:/${runId}/model` },
      { source: `runs:/${other}/deep/model` },
      { source: 's3://bucket/model' },
      { source: 's3://bucket/model', runId: other },
      { source: 'gs://bucket/a..b/...' },
      { source: 'dbfs:/model' },
      { source: 'wasbs://c@account.blob.core.windows.net/model' },
    ]) {
      const { source } = await store.registerModelVersion({ name: 'm', ...version }, change)
      assert.equal(source, version.source)
    }
  })

  for (const source of [
    '',
    ' ',
    'model',
    '/etc/passwd',
    '/',
    'file:///etc/passwd',
    'file://host/etc',
    'FILE:/etc',
    'C:\\models',
    'http://169.254.169.254/',
    'https://example.org/model',
    'HTTPS://example.org/model',
    'ftp://example.org/m',
    'sftp://example.org/m',
    'hdfs://example.org/m',
    'data:text/plain,x',
    's3://bucket/../other',
    's3://bucket/%2e%2e/other',
    's3://bucket/%252e%252e/other',
    's3://bucket/%25252e%25252e%25252fother',
    's3://bucket/a\\..\\b',
    's3://bucket/a?x=/..',
    's3://bucket/a\0',
    's3://bucket/a%00',
    's3://bucket/a%0d%0aHost:x',
    's3://bucket/\ud800',
    `s3://bucket/${'x'.repeat(2000)}`,
    'runs:',
    'runs:/',
    'runs://host/x/model',
    `runs:/${other}/../model`,
    'models:/',
    'models:/m',
    'models:/m/1/2',
    'models://host/m/1',
    'models:/m-unknown',
    'mlflow-artifacts:/',
    'mlflow-artifacts:/1',
    'mlflow-artifacts:/1/x/artifacts',
    'dummy-source',
  ]) {
    test(`the source ${JSON.stringify(source).slice(0, 60)} is refused, with a run and without`, async () => {
      await using registry = await openRegistry()
      const { store, runId } = registry
      await store.createRegisteredModel({ name: 'm' }, change)
      for (const ids of [{}, { runId }]) {
        await assert.rejects(
          () => store.registerModelVersion({ name: 'm', source, ...ids }, change),
          {
            code: 'TRACKING_INVALID',
            message: /Invalid model version source/,
          },
        )
      }
      assert.deepEqual(await store.listModelVersions('m'), [])
    })
  }

  test('the artifacts of another run are no source, however they are written', async () => {
    await using registry = await openRegistry()
    const { store, runId, runRoot } = registry
    await store.createRegisteredModel({ name: 'm' }, change)
    for (const version of [
      { source: `${runRoot}/model` },
      { source: `${runRoot}/model`, runId: other },
      { source: `${runRoot}x/model`, runId },
      { source: runRoot.replace(':/', '://host/'), runId },
      { source: runRoot.replace('mlflow-artifacts:', 'file:'), runId },
      { source: `${runRoot}/../../${other}`, runId },
      { source: `runs:/${other}/model`, runId },
      { source: runRoot.slice(0, runRoot.lastIndexOf('/')), runId },
    ]) {
      await assert.rejects(() => store.registerModelVersion({ name: 'm', ...version }, change), {
        code: 'TRACKING_INVALID',
        message: /Invalid model version source/,
      })
    }
  })

  test('a local source lies in the local artifacts of its run', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const artifactLocation = 'file:///srv/mlruns/7'
    const experimentId = await store.createExperiment({ name: 'local', artifactLocation })
    const { runId } = await store.createRun({ experimentId, startTime: 1 })
    await store.createRegisteredModel({ name: 'm' }, change)
    const inside = `/srv/mlruns/7/${runId}/artifacts/model`
    for (const source of [inside, `file://${inside}`, `file:${inside}`]) {
      assert.equal(
        (await store.registerModelVersion({ name: 'm', source, runId }, change)).source,
        source,
      )
    }
    for (const source of ['/srv/mlruns/7', `${inside}/../../../..`, `/srv/mlruns/7/${runId}/x`]) {
      await assert.rejects(() => store.registerModelVersion({ name: 'm', source, runId }, change), {
        code: 'TRACKING_INVALID',
      })
    }
  })

  test('a logged model is a source by its id and with it, and its files lie where they lie', async () => {
    await using registry = await openRegistry()
    const { store, runId, runRoot } = registry
    const model = { experimentId: '1', sourceRunId: runId }
    const { modelId, artifactUri } = await store.createLoggedModel(model)
    await store.createRegisteredModel({ name: 'm' }, change)
    const register = (source: string, ids: object): Promise<ModelVersion> =>
      store.registerModelVersion({ name: 'm', source, ...ids }, change)
    const { version, runId: knownRunId } = await register(`models:/${modelId}`, { modelId })
    assert.equal(knownRunId, runId)
    assert.equal(await store.getDownloadUri('m', version), artifactUri)
    const own = await register(`${artifactUri}/sub`, { modelId })
    assert.equal(await store.getDownloadUri('m', own.version), `${artifactUri}/sub`)
    const refused = { code: 'TRACKING_INVALID' }
    await assert.rejects(() => register(`models:/${modelId}`, {}), refused)
    await assert.rejects(() => register(`models:/${modelId}`, { runId }), refused)
    await assert.rejects(() => register(`models:/${modelId}x`, { modelId }), refused)
    await assert.rejects(() => register(`runs:/${runId}/model`, { modelId, runId }), refused)
    await assert.rejects(() => register(`${runRoot}/model`, { modelId, runId }), refused)
    await store.deleteLoggedModel(modelId)
    await assert.rejects(() => register(`models:/${modelId}`, { modelId }), refused)
  })

  test('a version of a version has its run and its files, also when that one is gone', async () => {
    await using registry = await openRegistry()
    const { store, runId, runRoot, addVersion } = registry
    await addVersion('m', ['champion'])
    await store.createRegisteredModel({ name: 'n' }, change)
    const copy = await store.registerModelVersion(
      { name: 'n', source: 'models:/m@champion' },
      change,
    )
    assert.equal(copy.source, 'models:/m/1')
    assert.equal(copy.runId, runId)
    await store.deleteRegisteredModel('m', change)
    assert.equal(await store.getDownloadUri('n', copy.version), `${runRoot}/model`)
    const second = await store.registerModelVersion({ name: 'n', source: 'models:/n/1' }, change)
    assert.equal(await store.getDownloadUri('n', second.version), `${runRoot}/model`)
    await assert.rejects(
      () => store.registerModelVersion({ name: 'n', source: 'models:/n/1', runId: other }, change),
      { code: 'TRACKING_INVALID', message: /must match the referenced model version/ },
    )
    for (const source of ['models:/n/9', 'models:/n@none', 'models:/gone/1']) {
      await assert.rejects(() => store.registerModelVersion({ name: 'n', source }, change), {
        code: 'TRACKING_NOT_FOUND',
      })
    }
  })

  test('a prompt has one of the sources that clients make up, and nothing else', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const tags = { 'mlflow.prompt.is_prompt': 'true' }
    await store.createRegisteredModel({ name: 'p', tags }, change)
    for (const source of ['dummy-source', 'prompt-template']) {
      await store.registerModelVersion({ name: 'p', source, tags }, change)
    }
    await assert.rejects(
      () => store.registerModelVersion({ name: 'p', source: '/etc/passwd', tags }, change),
      { code: 'TRACKING_INVALID' },
    )
  })

  test('no text makes the parser fail in another way than by refusing', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom('%', '2', '5', 'e', 'f', '/', '.', ':', '\\', 's3', 'models', '@'))
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (source) => {
        try {
          parseModelSource(source)
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, 'TRACKING_INVALID')
        }
      }),
    )
  })
})
