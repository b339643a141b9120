/** `mlpt tune` for stages of dvc.yaml: any program, no project.ts. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Run } from '../../src/core/tracking.ts'
import type { StageTuneResult } from '../../src/project/tune/tune-stage.ts'
import { git, makeRepository, refs, show, start } from '../pipeline/experiments-repository.ts'
import { mlpt, type Answer, type Folder } from '../pipeline/folder.ts'
import { until } from '../pipeline/project.ts'
import { runsOf } from './tracker-folder.ts'

describe('mlpt tune of a stage', () => {
  test('kill -9 repeats no trial that had ended; the document is the same for any number of jobs', async () => {
    using project = makeRepository()
    writeStage(project, randomStudy)
    project.write({ '.git/hold': '' })
    const killed = start(project, 'tune', 'train')
    await until(() => ranIn(project).length === 3)
    killed.kill('SIGKILL')
    await once(killed, 'close')
    rmSync(join(project.directory, '.git/hold'))
    const rest = mlpt(project, 'tune', 'train', '--json', '--output', 'found.json')
    assert.equal(rest.exitCode, 0, rest.errors)
    assert.match(
      rest.errors,
      /^train: 3 trials \(random, 1 known from before\), each up to score\n/,
    )
    assert.doesNotMatch(rest.errors, /trial 0:|as it is:/)
    // As it is, and three trials, of which the one that was killed ran twice.
    assert.equal(ranIn(project).length, 5)
    assert.equal(project.read('found.json'), rest.output)

    using other = makeRepository()
    writeStage(other, `# a comment is no other study\n${randomStudy}`)
    const whole = mlpt(other, 'tune', 'train', '--json', '--jobs', '2')
    assert.equal(whole.output, rest.output, whole.errors)
    assert.equal(
      git(other, 'status', '--short', '--untracked-files=no'),
      ' M dvc.yaml\n M params.yaml\n',
    )
    const { best, trials, current } = resultOf(whole)
    assert.equal(current?.score, 0.2)
    for (const { score, values, experiment } of [...trials, best]) {
      const rate = Number(values['train.rate'])
      assert.ok(Math.abs(score - Math.abs(rate - 0.3)) < 1e-6)
      assert.match(
        show(other, experiment, 'params.yaml'),
        new RegExp(`rate: ${rate} # of learning`),
      )
    }
    assert.deepEqual([...refs(other).keys()].sort(), namesOf(await runsOf(other)).sort())

    // What dvc.yaml does not name is no part of a study; what it names is.
    other.write({ 'code.txt': 'other\n' })
    assert.match(mlpt(other, 'tune', 'train').errors, /3 known from before/)
    other.write({ raw: 'stop\n' })
    const stopped = mlpt(other, 'tune', 'train')
    assert.equal(stopped.exitCode, 1)
    assert.match(stopped.errors, /^train: 3 trials \(random\), each up to score\n/)
    assert.match(
      stopped.errors,
      /fails with the values that it has now, so no trial was run: .*'prepare'/,
    )
    assert.equal(refs(other).size, 4)
  })

  test('a trial that fails, or whose metric is no finite number, is told, left out and not run again', async () => {
    using project = makeRepository()
    writeStage(project, failingStudy)
    const first = mlpt(project, 'tune', 'train', '--json', '--jobs', '2')
    assert.equal(first.exitCode, 0, first.errors)
    const { best, trials, failures } = resultOf(first)
    assert.deepEqual(best.values, { 'train.depth': 3 })
    const reasons = new Map(failures.map(({ trial, reason }) => [trial, reason]))
    assert.equal(trials.length + reasons.size, 3)
    const said = new Set([...reasons.values()].map((reason) => reason))
    assert.deepEqual([...said].sort(), [
      "'metrics.json:loss' is .nan, expected a finite number",
      "stage 'train' failed: 'test 13 != 13' exited with 1",
    ])
    assert.match(
      first.errors,
      /stage 'train' .*\n {2}log: \.dvc\/tmp\/mlpt\/exps\/logs\/train-\w+-\d\.log/,
    )
    const failed = [...(await runsOf(project)).values()].filter(({ status }) => status === 'FAILED')
    assert.equal(failed.length, reasons.size)
    const ran = ranIn(project).length
    assert.equal(mlpt(project, 'tune', 'train', '--json').output, first.output)
    assert.equal(ranIn(project).length, ran)
    // Unless its run is gone.
    assert.equal(mlpt(project, 'runs', 'delete', failed[0]!.runId).exitCode, 0)
    const again = mlpt(project, 'tune', 'train', '--json')
    assert.equal(again.output, first.output)
    assert.equal(again.errors.match(/^trial \d/gm)?.length, 1, again.errors)
  })

  test('halving runs the resource up; null, lists and other files are searched and applied, comments stay', () => {
    using project = makeRepository()
    writeStage(project, halvingStudy)
    project.write({ 'model.json': '{\n    "layers": [8]\n}\n' })
    const answer = mlpt(project, 'tune', 'train', '--json', '--apply', '--jobs', '2')
    assert.equal(answer.exitCode, 0, answer.errors)
    const { best, trials } = resultOf(answer)
    assert.deepEqual(
      trials.map(({ values }) => values['train.depth']),
      [9, 3, 3],
    )
    assert.match(best.experiment, /^train-\w{7}-\d-rung-1$/)
    const { 'train.rate': rate, 'train.kind': kind, 'model.json:layers': layers } = best.values
    assert.ok(kind === null || kind === 'tree')
    assert.equal(
      project.read('params.yaml').split('\n', 5).join('\n'),
      `# parameters\ntrain:\n  rate: ${String(rate)} # of learning\n  depth: 9\n  kind: ${kind}`,
    )
    assert.deepEqual(JSON.parse(project.read('model.json')), { layers })
    assert.equal(show(project, best.experiment, 'params.yaml'), project.read('params.yaml'))
  })

  test('what is wrong is told at once, each with its place and the nearest name', () => {
    using project = makeRepository()
    writeStage(project, wrongStudy)
    project.write({ 'metrics.json': '{"loss": 1, "kind": "x"}' })
    const lines = (name: string): readonly string[] => {
      const answer = mlpt(project, 'tune', name)
      assert.equal(answer.exitCode, 2, answer.errors)
      assert.equal(answer.output, '')
      return answer.errors
        .split('\n')
        .flatMap((line) => /params\.yaml:\d+:\d+: .*/.exec(line) ?? [])
    }
    assert.deepEqual(lines('trian'), [
      `params.yaml:10:5: there is no parameter 'tune.trian.trails' (did you mean 'trials'?)`,
      `params.yaml:8:3: 'tune.trian.trials' is missing`,
      `params.yaml:11:5: 'tune.trian.direction' is "up", expected one of maximize, minimize`,
      `params.yaml:8:3: 'tune.trian.halving' is missing: it names the parameter that says how long a fit is, as in { resource: epochs, min: 1, max: 27 }`,
      `params.yaml:8:3: there is no stage 'trian' in dvc.yaml (did you mean 'train'?)`,
      `params.yaml:9:5: 'metrics.json' has no 'los' (did you mean 'loss'?)`,
      `params.yaml:14:7: 'params.yaml' has no parameter 'train.rat' (did you mean 'train.rate'?)`,
      `params.yaml:15:7: 'train.kind' of 'params.yaml' is a text now: give it a choice, not a range of numbers`,
    ])
    assert.deepEqual(lines('score'), [
      `params.yaml:17:5: 'metrics.json:kind' is a text, expected a number`,
      `params.yaml:24:25: there is no parameter file 'other.yaml'`,
    ])
    assert.deepEqual(lines('prepare'), [
      `params.yaml:26:5: dvc.yaml has no metric file 'metric.json' (did you mean 'metrics.json'?)`,
    ])
    assert.deepEqual(lines('train'), [
      `params.yaml:35:7: no stage that a trial runs depends on 'seed' (list it below 'params' of the stage)`,
    ])
    assert.equal(existsSync(join(project.directory, '.git/ran')), false)
    const unknown = mlpt(project, 'tune', 'scor')
    assert.match(unknown.errors, /there is no model 'scor', nor 'tune\.scor' of a stage[^]*'score'/)
  })
})

const metric = 'metric: metrics.json:loss\n    direction: minimize'

const randomStudy = `tune:
  train:
    ${metric}
    method: random
    trials: 3
    space:
      train.rate: { uniform: [0.1, 0.5] }
`

const failingStudy = `tune:
  train:
    ${metric}
    method: random
    trials: 3
    space:
      train.depth: { choice: [3, 7, 13] }
`

const halvingStudy = `tune:
  train:
    ${metric}
    method: halving
    trials: 3
    halving: { resource: train.depth, min: 3, max: 9 }
    space:
      train.rate: { uniform: [0.2, 0.4] }
      train.kind: { choice: [tree, null] }
      model.json:layers: { choice: [[8, 8], [16]] }
`

const wrongStudy = `tune:
  trian:
    metric: metrics.json:los
    trails: 3
    direction: up
    method: halving
    space:
      train.rat: { uniform: [0.1, 0.5] }
      train.kind: { uniform: [0.1, 0.5] }
  score:
    metric: metrics.json:kind
    direction: minimize
    method: halving
    trials: 3
    space:
      train.rate: { uniform: [0.1, 0.5] }
    halving:
      { min: 1, max: 9, resource: other.yaml:epochs }
  prepare:
    metric: metric.json:loss
    direction: minimize
    trials: 3
    space: { train.rate: { uniform: [0.1, 0.5] } }
  train:
    ${metric}
    trials: 3
    space:
      seed: { integer: [1, 9] }
`

/** Experiments by the runs of their trials. */
function namesOf(runs: ReadonlyMap<string, Run>): string[] {
  return [...runs.values()].flatMap(({ tags }) => tags['mlpt.experiment'] ?? [])
}

function resultOf({ output }: Answer): StageTuneResult {
  return JSON.parse(output) as StageTuneResult
}

/** The rates that the stage was run with, one after another. */
function ranIn({ directory }: Folder): readonly string[] {
  const path = join(directory, '.git/ran')
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
}

/** Two stages: the second writes the metric, |rate − 0.3|, or nan for depth 7; depth 13 ends the first. */
function writeStage(project: Folder, study: string): void {
  // Trials run in work trees of the same repository.
  const place = '$(git rev-parse --git-common-dir)'
  project.write({
    'params.yaml': `# parameters
train:
  rate: 0.1 # of learning
  depth: 3
  kind: tree
seed: 1
${study}`,
    'dvc.yaml': `stages:
  prepare: {cmd: grep -v stop raw > prepared, deps: [raw], outs: [prepared]}
  train:
    cmd:
    - echo \${train.rate} >> ${place}/ran
    - while test -e ${place}/hold -a $(wc -l < ${place}/ran) -gt 2; do sleep 0.1; done
    - test \${train.depth} != 13
    - echo \${train.rate} > model
    deps: [prepared]
    params: [train, model.json: [layers]]
    outs: [model]
  score:
    cmd: >-
      awk '{d = $1 - 0.3; print "{\\"loss\\": " (\${train.depth} == 7 ? "NaN" : d < 0 ? -d : d) "}"}' model > metrics.json
    deps: [model]
    metrics: [metrics.json: {cache: false}]
`,
    'model.json': '{"layers": [8]}',
  })
}
