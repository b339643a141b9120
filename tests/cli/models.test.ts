import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judgeMetric } from '../../src/cli/output/metric-verdict.ts'
import type { TrackingStore } from '../../src/tracking/index.ts'
import { mlpt, type Folder } from '../pipeline/folder.ts'
import { makeTrackerFolder, withStore } from './tracker-folder.ts'

describe('mlpt models', () => {
  test('list tells versions and aliases', async () => {
    using folder = await makeTrackerFolder()
    const { output, exitCode } = mlpt(folder, 'models', 'list')
    assert.equal(exitCode, 0)
    assert.match(output, /^model +versions +latest +aliases +changed\n/)
    assert.match(output, /^scorer +2 +3 +champion 3 /m)
  })

  test('list of an empty store says so', async () => {
    using folder = await makeTrackerFolder(async () => undefined)
    assert.equal(mlpt(folder, 'models', 'list').output, 'no model is registered\n')
    assert.deepEqual(JSON.parse(mlpt(folder, 'models', 'list', '--json').output), { models: [] })
  })

  test('show tells where a version comes from, and the log', async () => {
    using folder = await makeTrackerFolder(twoVersions)
    const { output } = mlpt(folder, 'models', 'show', 'scorer', 'champion')
    assert.equal(mlpt(folder, 'models', 'show', 'scorer@champion').output, output)
    assert.match(output, /^version +scorer\/2$/m)
    assert.match(output, /^aliases +champion$/m)
    assert.match(output, /^commit +c2$/m)
    assert.match(output, /^data +h2$/m)
    assert.match(output, /^dvc\.lock +l2$/m)
    assert.match(output, /champion: 1 → 2 +- +better/)
    assert.match(output, /^ {2}auc +0\.9$/m)
    const all = mlpt(folder, 'models', 'show', 'scorer').output
    assert.match(all, /^ {2}2 +champion +Staging /m)
    assert.match(all, /champion: - → 1/)
  })

  test('promote moves the alias and keeps the reason', async () => {
    using folder = await makeTrackerFolder(twoVersions)
    const { output } = mlpt(folder, 'models', 'promote', 'scorer', '1', '--reason', 'it was fine')
    assert.equal(output, 'scorer@champion is version 1 (was version 2)\n')
    assert.equal(await championOf(folder), '1')
    const entries = await withStore(folder, (store) => store.readAudit('scorer'))
    const { reason, userId, fromVersion, toVersion } = entries.at(-1)!
    assert.deepEqual([reason, fromVersion, toVersion], ['it was fine', '2', '1'])
    assert.notEqual(userId, '')
  })

  test('promote takes an alias for a version and another alias to move', async () => {
    using folder = await makeTrackerFolder(twoVersions)
    const args = ['promote', 'scorer', 'champion', '--alias', 'shadow', '--reason', 'x', '--json']
    assert.deepEqual(JSON.parse(mlpt(folder, 'models', ...args).output), {
      name: 'scorer',
      alias: 'shadow',
      from: null,
      to: '2',
      reason: 'x',
    })
  })

  test('rollback steps back, and says when there is nothing before', async () => {
    using folder = await makeTrackerFolder(twoVersions)
    const { output } = mlpt(folder, 'models', 'rollback', 'scorer', '--reason', 'drift')
    assert.equal(output, 'scorer@champion is version 1 (was version 2)\n')
    assert.equal(await championOf(folder), '1')
    const { exitCode, errors } = mlpt(folder, 'models', 'rollback', 'scorer')
    assert.equal(exitCode, 1)
    assert.match(errors, /no version of 'scorer' had the alias 'champion' before version 1/)
    assert.equal(await championOf(folder), '1')
  })

  test('diff tells params, metrics with a verdict, lineage, tags and signature', async () => {
    using folder = await makeTrackerFolder(twoVersions)
    const { output } = mlpt(folder, 'models', 'diff', 'scorer', '1', '2')
    assert.match(output, /^scorer: version 1 → 2$/m)
    assert.match(output, /^ {2}auc +0\.8 → 0\.9 +\+0\.1 +better$/m)
    assert.match(output, /^ {2}log_loss +0\.3 → 0\.4 +\+0\.1 +worse$/m)
    assert.match(output, /^ {2}depth +3 → 4$/m)
    assert.match(output, /^ {2}commit +c1 → c2$/m)
    assert.match(output, /^ {2}data +h1 → h2$/m)
    assert.match(output, /^ {2}dvc\.lock +l1 → l2$/m)
    assert.match(output, /^ {2}stage-note +- → new$/m)
    assert.match(output, /^ {2}inputs age +long → double$/m)
    assert.match(output, /^ {2}inputs income +- → double$/m)
    assert.match(output, /^ {2}dash +- → -$/m)
    assert.match(output, /^ {2}notes +…aaaaaa1 → …aaaaaa2$/m)
    assert.doesNotMatch(output, /same/)
    const diff = JSON.parse(
      mlpt(folder, 'models', 'diff', 'scorer', '1', '2', '--json').output,
    ) as {
      metrics: unknown
    }
    assert.deepEqual(diff.metrics, [
      { name: 'auc', before: 0.8, after: 0.9, verdict: 'better' },
      { name: 'log_loss', before: 0.3, after: 0.4, verdict: 'worse' },
    ])
  })

  test('a version does not differ from itself', async () => {
    using folder = await makeTrackerFolder(twoVersions)
    const { output } = mlpt(folder, 'models', 'diff', 'scorer', '2', 'champion')
    assert.equal(output, 'scorer: version 2 → 2\nthey do not differ\n')
  })

  test('a damaged MLmodel has no signature, and the rest is told', async () => {
    using folder = await makeTrackerFolder()
    const { output, exitCode } = mlpt(folder, 'models', 'diff', 'scorer', '1', '3')
    assert.equal(exitCode, 0)
    assert.match(output, /^ {2}rank +1 → 3$/m)
  })

  test('what is wrong is said with what to do', async () => {
    using folder = await makeTrackerFolder(twoVersions)
    const refused = (args: readonly string[], exitCode: number, message: RegExp): void => {
      const answer = mlpt(folder, 'models', ...args)
      assert.equal(answer.exitCode, exitCode, args.join(' '))
      assert.match(answer.errors, message)
      assert.equal(answer.output, '')
    }
    refused(['show', 'scorre'], 1, /did you mean 'scorer'/)
    refused(
      ['show', 'scorer', '7'],
      1,
      /no version or alias '7'[^]*the versions and aliases are: 2, champion, 1/,
    )
    refused(['promote', 'scorer', '7', '--reason', 'x'], 1, /no version or alias '7'/)
    refused(['promote', 'scorer', '1'], 2, /--reason/)
    refused(['promote', 'scorer', '1', '--reason', 'x', '--alias', 'latest'], 1, /latest/)
    refused(
      ['rollback', 'scorer', '--alias', 'none'],
      1,
      /no version of 'scorer' had the alias 'none'/,
    )
    refused(['rollback', 'scorer', '--tracking-uri', 'http://127.0.0.1:1'], 2, /models promote/)
    refused(['diff', 'scorer', '1'], 2, /missing required argument 'after'/)
    assert.equal(await championOf(folder), '2')
  })
})

for (const [name, before, after, verdict] of [
  ['roc_auc', 0.7, 0.8, 'better'],
  ['val/accuracy', 0.8, 0.7, 'worse'],
  ['logLoss', 0.5, 0.4, 'better'],
  ['rmse', 1, 2, 'worse'],
  ['accuracy_loss', 1, 2, 'worse'],
  ['f1.macro', 0.1, 0.2, 'better'],
  ['temperature', 1, 2, undefined],
  ['terror', 1, 2, undefined],
  ['auc', Number.NaN, 2, undefined],
  ['auc', null, 2, undefined],
] as const) {
  test(`${name} from ${before} to ${after} is ${verdict ?? 'not judged'}`, () => {
    assert.equal(judgeMetric({ name, before, after }), verdict)
  })
}

const championOf = (folder: Folder): Promise<string | undefined> =>
  withStore(folder, async (store) => (await store.findModelVersion('scorer', 'champion'))?.version)

/** Version 1 was champion until version 2 came. */
async function twoVersions(store: TrackingStore): Promise<void> {
  const columns = [
    [{ name: 'age', type: 'long' }],
    [
      { name: 'age', type: 'double' },
      { name: 'income', type: 'double' },
    ],
  ]
  const metrics = [
    { auc: 0.8, log_loss: 0.3, same: 1 },
    { auc: 0.9, log_loss: 0.4, same: 1 },
  ]
  for (const [i, inputs] of columns.entries()) {
    const number = i + 1
    const runId = await store.startRun({
      experimentName: 'e',
      runName: `r${number}`,
      startTime: number,
      tags: { 'mlflow.source.git.commit': `c${number}`, 'mlpt.dvc.lock': `l${number}` },
    })
    await store.logParams(runId, { depth: String(i + 3), same: 'yes' })
    const points = Object.entries(metrics[i]!).map(([key, value]) => ({
      key,
      value,
      timestamp: 1,
      step: 0,
    }))
    await store.logMetrics(runId, points)
    const manifest = `signature:\n  inputs: '${JSON.stringify(inputs)}'\n  outputs: null\n`
    await store.logArtifacts(runId, 'model', new Map([['MLmodel', Buffer.from(manifest)]]))
    await store.createModelVersion({
      name: 'scorer',
      runId,
      artifactPath: 'model',
      description: '',
      tags: {
        'mlpt.data_sha256': `h${number}`,
        notes: `${'a'.repeat(60)}${number}`,
        ...(i === 1 && { 'stage-note': 'new', dash: '-' }),
      },
      aliases: ['champion'],
      reason: i === 1 ? 'better' : 'first',
      timestamp: number * 100_000,
    })
  }
  await store.transitionStage('scorer', '2', 'Staging', {
    timestamp: 300_000,
    archivesOthers: false,
  })
}
