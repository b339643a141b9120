import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isProcessAlive } from '../../src/core/alive-process.ts'
import { makeTuneFolder, parametersText } from '../project/tune/tune-folder.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { mlpt, type Folder } from '../pipeline/folder.ts'
import { runsOf } from './tracker-folder.ts'

const section = `
metric: roc_auc
trials: 14
parallel: 2
space:
  learning_rate: {log_uniform: [0.01, 0.3]}
  max_leaves: {integer: [2, 16]}
`

test('mlpt tune: the same document with one job and two, after kill -9 too, and --apply writes the best', async () => {
  using folder = await makeTuneFolder(parametersText(section))
  const before = folder.read('params.yaml')

  const child = spawn(process.execPath, [...mlptArguments, 'tune', 'boosting', '--jobs', '2'], {
    cwd: folder.directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await untilPrinted(child, /trial \d+: [^]*trial \d+: [^]*trial \d+: /)
  const workers = childrenOf(child.pid!)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await untilDead(workers)
  const kept = await finishedTrials(folder)
  assert.ok(kept.length >= 3 && kept.length < 14, `${kept.length} trials`)

  const rest = mlpt(folder, 'tune', 'train@boosting', '--json', '--jobs', '1')
  assert.equal(rest.exitCode, 0, rest.errors)
  assert.match(rest.errors, new RegExp(`14 trials \\(tpe, ${kept.length} known from before\\)`))
  for (const name of kept) assert.doesNotMatch(rest.errors, new RegExp(`^${name}:`, 'm'))

  using other = await makeTuneFolder(before)
  const whole = mlpt(other, 'tune', 'boosting', '--jobs', '2', '--output', 'found/best.json')
  assert.equal(whole.exitCode, 0, whole.errors)
  assert.equal(other.read('found/best.json'), rest.output)
  assert.match(whole.output, /^trial {2}roc_auc +folds +learning_rate +max_leaves\n/)
  assert.match(whole.output, /\nnow .*\n14 trials on 4 folds\n$/)

  const applied = mlpt(folder, 'tune', 'boosting', '--apply', '--top', '1')
  assert.match(
    applied.errors,
    /params\.yaml has the values of trial \d+: mlpt run trains with them/,
  )
  assert.doesNotMatch(applied.errors, /^trial/m)
  const { best } = JSON.parse(rest.output) as {
    best: { values: { learning_rate: number; max_leaves: number } }
  }
  assert.equal(
    folder.read('params.yaml'),
    before
      .replace(/learning_rate: 0\.05$/m, `learning_rate: ${best.values.learning_rate}`)
      .replace(/max_leaves: 10$/m, `max_leaves: ${best.values.max_leaves}`),
  )
  const again = mlpt(folder, 'tune', 'boosting', '--apply')
  assert.match(again.errors, /nothing applied: no trial is better/)
  assert.doesNotMatch(again.errors, /^(trial|as it is)/m)
})

test('mlpt tune: what is wrong is said with what to do', async () => {
  using folder = await makeTuneFolder(parametersText(section))
  const refused = (exitCode: number, message: RegExp, ...args: readonly string[]): void => {
    const answer = mlpt(folder, 'tune', ...args)
    assert.equal(answer.exitCode, exitCode, answer.errors)
    assert.match(answer.errors, message)
    assert.equal(answer.output, '')
  }
  refused(2, /there is no model 'bosting'[^]*did you mean 'boosting'\?/, 'bosting')
  refused(2, /expected a whole number from 1/, 'boosting', '--jobs', '0')
  refused(2, /params\.yaml has no section 'tune\.logistic'[^]*boosting/, 'logistic')
  folder.write({ 'params.yaml': parametersText(section.replace('[2, 16]', '[16, 2]')) })
  refused(
    2,
    /space\.max_leaves' is integer \[16,2\], expected the smaller number first/,
    'boosting',
  )
  folder.write({
    'params.yaml': parametersText(section),
    'data/processed/loans.parquet': 'no table',
  })
  refused(1, /TRAINING_INVALID: no trial can run: [^]*loans\.parquet/, 'boosting')
})

async function finishedTrials(folder: Folder): Promise<readonly string[]> {
  const runs = await runsOf(folder)
  return [...runs.values()]
    .filter(({ runName, status }) => status === 'FINISHED' && /trial/.test(runName))
    .map(({ runName }) => runName.replace('boosting ', ''))
}

async function untilPrinted(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = ''
  for await (const chunk of child.stderr!) {
    text += String(chunk)
    if (pattern.test(text)) return
  }
  assert.fail(`ended before ${pattern}: ${text}`)
}

function childrenOf(processId: number): readonly number[] {
  const text = readFileSync(`/proc/${processId}/task/${processId}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

async function untilDead(processIds: readonly number[]): Promise<void> {
  assert.ok(processIds.length > 0)
  while (processIds.some((id) => isProcessAlive(id))) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20)
    })
  }
}
