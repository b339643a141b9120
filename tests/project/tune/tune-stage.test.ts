/** Studies of stages whose trials only pretend to run: a script writes the metric. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Run } from '../../../src/core/tracking.ts'
import { openRepository } from '../../../src/pipeline/repository/repository-file.ts'
import { readStageStudy } from '../../../src/project/tune/stage-study-file.ts'
import { tuneStage, type StageTuneResult } from '../../../src/project/tune/tune-stage.ts'
import { openTrackingStore } from '../../../src/tracking/index.ts'
import { planEvaluations, type TrialOutcome } from '../../../src/training/tune/study.ts'
import { git, makeRepository } from '../../pipeline/experiments-repository.ts'
import type { Folder } from '../../pipeline/folder.ts'

describe('a study of a stage by TPE', () => {
  test('has the trials that TPE proposes of their scores, also when it goes on', async () => {
    using project = makeRepository()
    writeStudy(project, 11)
    await tune(project)
    writeStudy(project, 13)
    const { result, asked } = await tune(project)
    assert.equal(asked.length, 2, asked.join('\n'))
    const expected = propose(project)
    assert.deepEqual(
      result.trials.map(({ trial, score, values }) => [trial, score, values['train.rate']]),
      expected.map(({ trial, loss, values }) => [trial, loss, values['train.rate']]),
    )
    // What is proposed lies nearer to the best than what is drawn.
    const proposed = expected.filter(({ trial }) => trial >= 10).map(({ loss }) => loss)
    const drawn = expected.filter(({ trial }) => trial < 10).map(({ loss }) => loss)
    assert.ok(mean(proposed) < mean(drawn), `${mean(proposed)}, ${mean(drawn)}`)
  })
})

test('runs that MLflow’s client starts in a trial are told to lie below its run; other tags stay', async () => {
  using project = makeRepository()
  writeStudy(project, 2)
  const { runs } = await tune(project, { MLFLOW_RUN_CONTEXT: '{"team": "a"}' })
  const trials = runs.filter(({ tags }) => tags['mlpt.tune.trial'] !== undefined)
  assert.equal(trials.length, 3)
  assert.deepEqual(
    contextsIn(project).sort(),
    trials.map(({ runId }) => `{"mlflow.parentRunId":"${runId}","team":"a"}`).sort(),
  )
  writeStudy(project, 3)
  const more = await tune(project, { MLFLOW_RUN_CONTEXT: 'no JSON' })
  const third = more.runs.find(({ tags }) => tags['mlpt.tune.trial'] === '2')
  assert.equal(contextsIn(project).at(-1), `{"mlflow.parentRunId":"${third?.runId}"}`)
})

/** The metric is written as a stage of two parameters would, one of them null or a list. */
function writeStudy(project: Folder, trials: number): void {
  project.write({
    'params.yaml': `train:
  rate: 0.1
  layers: null
tune:
  train:
    metric: metrics.json:loss
    direction: minimize
    method: tpe
    trials: ${trials}
    space:
      train.rate: { log_uniform: [0.01, 1] }
      train.layers: { choice: [null, [8, 8], [16]] }
`,
    'dvc.yaml': `stages:
  train:
    cmd: this is not run
    params: [train]
    metrics: [metrics.json: {cache: false}]
`,
    'pretend.mjs': `import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
const [, rate, layers] = /rate: (.*)\\n  layers:(.*)/.exec(readFileSync('params.yaml', 'utf8'))
const loss = Math.abs(Math.log(Number(rate) / 0.2)) + (layers === ' null' ? 0 : 1)
writeFileSync('metrics.json', JSON.stringify({ loss }))
appendFileSync(process.argv[2], process.env.MLFLOW_RUN_CONTEXT + '\\n')
`,
  })
  git(project, 'add', '.')
}

const lossOf = ({ values }: Pick<TrialOutcome, 'values'>): number =>
  Math.abs(Math.log(Number(values['train.rate']) / 0.2)) +
  (values['train.layers'] === 'null' ? 0 : 1)

/** What the study should be: its plan, with the scores worked out here. The best first. */
function propose({ directory }: Folder): readonly TrialOutcome[] {
  const repository = openRepository(directory, { env: process.env, allowsNew: true })
  const { settings } = readStageStudy(repository, 'train')
  const outcomes: TrialOutcome[] = []
  for (let next = planEvaluations(settings, outcomes); next.length > 0;) {
    outcomes.push(...next.map((evaluation) => ({ ...evaluation, loss: lossOf(evaluation) })))
    next = planEvaluations(settings, outcomes)
  }
  return outcomes.sort((a, b) => a.loss - b.loss)
}

async function tune(
  { directory }: Folder,
  env: Readonly<Record<string, string>> = {},
): Promise<{
  readonly result: StageTuneResult
  /** The trials that were run, as the log says it. */
  readonly asked: readonly string[]
  readonly runs: readonly Run[]
}> {
  const storeFolder = join(directory, '.mlpt')
  await using tracking = await openTrackingStore({ directory: storeFolder })
  const asked: string[] = []
  const own = { host: 'here', processId: process.pid, isAlive: () => false }
  let time = 0
  const { result } = await tuneStage('train', {
    ...own,
    repository: openRepository(directory, { env: process.env, allowsNew: true }),
    jobs: 2,
    stageJobs: 1,
    program: [process.execPath, join(directory, 'pretend.mjs'), join(directory, '.git/contexts')],
    storeFolder,
    env: { ...process.env, ...env },
    signal: new AbortController().signal,
    clock: () => ++time,
    report: () => undefined,
    home: { ...own, tracking, now: () => ++time, experimentName: 'house', tags: {} },
    log: (line) => {
      if (/^(?:trial \d+|as it is): /.test(line)) asked.push(line)
    },
  })
  return { result, asked, runs: await tracking.findRuns('house', {}) }
}

function contextsIn({ directory }: Folder): string[] {
  return readFileSync(join(directory, '.git/contexts'), 'utf8').trim().split('\n')
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
