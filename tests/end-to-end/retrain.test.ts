import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ModelVersion } from '../../src/core/tracking.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { createFinishedWorkspace, mlpt, type Workspace } from './workspace.ts'

/** The tests follow one another, as the days of a project do. */
let workspace: Workspace

before(() => {
  workspace = createFinishedWorkspace()
})
after(() => workspace[Symbol.dispose]())

describe('retraining', () => {
  test('a number that changed runs only what depends on it', () => {
    setParameter('rounds: 200', 'rounds: 3')
    const outcome = run('--json')
    assert.equal(outcome.status, 0, outcome.stderr)
    const { stages } = JSON.parse(outcome.stdout) as { stages: { name: string; outcome: string }[] }
    assert.deepEqual(
      stages.filter((stage) => stage.outcome === 'ran').map((stage) => stage.name),
      ['train@boosting', 'evaluate@boosting', 'promote'],
    )
  })

  test('a model that is not better is registered, but the champion stays, and exit is 0', async () => {
    assert.deepEqual(await versions(), [
      ['2', ['challenger']],
      ['1', ['champion']],
    ])
    const verdict = readVerdict()
    assert.equal(verdict.decision, 'kept-champion')
    assert.match(
      verdict.reason,
      /does not beat the champion by more than 0: roc_auc better by -0\.\d+ \[/,
    )
  })

  test('each version tells what it was made of: run, data and dvc.lock', async () => {
    await using store = await openTrackingStore({ directory: join(workspace.directory, '.mlpt') })
    const [second, first] = await store.listModelVersions('credit_default')
    for (const { runId, tags } of [first!, second!]) {
      assert.equal((await store.getRun(runId!)).tags['mlpt.model'], tags['mlpt.model'])
      assert.match(tags['mlpt.data_sha256']!, /^[0-9a-f]{64}$/)
      assert.match(tags['mlpt.dvc.lock']!, /^[0-9a-f]{64}$/)
    }
    assert.notEqual(first!.tags['mlpt.dvc.lock'], second!.tags['mlpt.dvc.lock'])
  })

  test('promoting once more changes nothing', async () => {
    const earlier = readFileSync(join(workspace.directory, 'reports/promotion.json'), 'utf8')
    assert.equal(run('--force').status, 0)
    assert.equal(readFileSync(join(workspace.directory, 'reports/promotion.json'), 'utf8'), earlier)
    assert.equal((await versions()).length, 2)
  })

  test('back at the old number the champion comes out as it was, without a new version', async () => {
    setParameter('rounds: 3', 'rounds: 200')
    assert.equal(run().status, 0)
    assert.equal(readVerdict().decision, 'promoted')
    assert.deepEqual(await versions(), [
      ['2', ['challenger']],
      ['1', ['champion']],
    ])
  })

  test('a gate that nothing passes ends with exit 3, and the champion stays, unless it is forced', async () => {
    setParameter('min_roc_auc: 0.7', 'min_roc_auc: 0.99')
    const outcome = run()
    assert.equal(outcome.status, 3, outcome.stderr)
    assert.match(
      outcome.stderr,
      /PROMOTION_REFUSED: 'boosting' has an AUC of 0\.\d+, below the gate of 0\.99/,
    )
    assert.deepEqual((await versions()).at(-1), ['1', ['champion']])
    const forced = mlpt(workspace.directory, ['promote', '--override', 'the board asked'])
    assert.equal(forced.status, 0, forced.stderr)
    const verdict = readFileSync(join(workspace.directory, 'reports/promotion.json'), 'utf8')
    assert.match(verdict, /'boosting' promoted by force by .+: the board asked \(/)
    assert.deepEqual((await versions())[0], ['3', ['champion']])
    setParameter('min_roc_auc: 0.99', 'min_roc_auc: 0.7')
    assert.equal(run().status, 0)
  })

  test('mlpt drift finds data against itself unmoved, and other data moved with exit 3', () => {
    const raw = 'data/raw/credit_default.parquet'
    assert.equal(mlpt(workspace.directory, ['drift', raw, raw]).status, 0)
    const other = mlpt(workspace.directory, ['demo', 'other', '--rows', '2000', '--seed', '8'])
    assert.equal(other.status, 0, other.stderr)
    const csv = 'other/generated/credit_default.csv'
    const text = readFileSync(join(workspace.directory, csv), 'utf8')
    const older = text.replaceAll(/^(\d+,\d+,\d,\d,\d),(\d+),/gm, '$1,90,')
    writeFileSync(join(workspace.directory, csv), older)
    const moved = mlpt(workspace.directory, ['drift', raw, csv])
    assert.equal(moved.status, 3, moved.stderr)
    assert.match(moved.stderr, /DATA_DRIFTED: .*AGE/)
  })
})

function run(...flags: readonly string[]): ReturnType<typeof mlpt> {
  return mlpt(workspace.directory, ['run', ...flags], workspace.environment)
}

function setParameter(from: string, to: string): void {
  const path = join(workspace.directory, 'params.yaml')
  const text = readFileSync(path, 'utf8')
  assert.ok(text.includes(from), from)
  writeFileSync(path, text.replace(from, to))
}

function readVerdict(): { decision: string; reason: string } {
  const text = readFileSync(join(workspace.directory, 'reports/promotion.json'), 'utf8')
  return JSON.parse(text) as { decision: string; reason: string }
}

async function versions(): Promise<[string, readonly string[]][]> {
  await using store = await openTrackingStore({ directory: join(workspace.directory, '.mlpt') })
  const all: readonly ModelVersion[] = await store.listModelVersions('credit_default')
  return all.map(({ version, aliases }) => [version, aliases])
}
