import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import {
  accompanyRun,
  type AccompanyOptions,
  type RunCompany,
} from '../../src/pipeline/automation/accompany-run-process.ts'
import { openHistory } from '../../src/pipeline/automation/history-store.ts'
import { openRepository } from '../../src/pipeline/repository/repository-file.ts'
import type { PipelineEvent } from '../../src/pipeline/run/events.ts'
import { makeFolder, runIn, type Folder } from './folder.ts'

describe('what goes along with a run', () => {
  test('keeps its history, calls its hooks and warns of undeclared imports', async () => {
    using folder = makeFolder(pipeline)
    const { company, warnings } = accompany(folder)
    company.report(started('train'))
    company.report(finished('train'))
    await company.end(undefined)
    assert.deepEqual(warnings, [
      'train imports lib.js, train.js without declaring it: a change there would not run it (mlpt deps --fix)',
    ])
    assert.equal((JSON.parse(folder.read('stage.json')) as { run: number }).run, 1)
    assert.equal((JSON.parse(folder.read('run.json')) as { event: string }).event, 'run-finished')
    using history = openHistory(join(folder.directory, '.dvc/tmp/mlpt'))
    const run = history.readRun(1)
    assert.deepEqual(
      [run?.outcome, run?.trigger, run?.folder, run?.targets, run?.stages[0]?.logPath],
      ['succeeded', 'watch', '.', ['train'], '.dvc/tmp/mlpt/logs/train.log'],
    )
  })

  test('records the commit that is checked out, and nothing where there is none', async () => {
    using folder = makeFolder(pipeline)
    runIn(folder.directory, 'git', 'init', '-q')
    await accompany(folder).company.end(undefined)
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
    runIn(folder.directory, 'git', ...identity, 'commit', '-q', '--allow-empty', '-m', 'first')
    const commit = runIn(folder.directory, 'git', 'rev-parse', 'HEAD').output.trim()
    await accompany(folder).company.end(undefined)
    using history = openHistory(join(folder.directory, '.dvc/tmp/mlpt'))
    assert.deepEqual(
      history.listRuns({ limit: 2 }).map(({ gitCommit }) => gitCommit),
      [commit, undefined],
    )
  })

  test('stops no run: not a damaged history, a hook that fails, or a dvc.yaml that broke meanwhile', async () => {
    using folder = makeFolder({
      ...pipeline,
      '.dvc/tmp/mlpt/history.sqlite': 'notes\n'.repeat(200),
    })
    const { company, warnings } = accompany(folder, {
      hooks: { finished: 'exit 9', failed: 'exit 9' },
    })
    folder.write({ 'dvc.yaml': 'stages: [\n' })
    company.report(started('train'))
    company.report(finished('train'))
    await company.end(new ToolkitError('PIPELINE_STAGE_FAILED', 'no'))
    assert.equal(warnings.length, 2)
    assert.match(warnings[0] ?? '', /FILE_READ_FAILED: the run history/)
    assert.match(
      warnings[1] ?? '',
      /the hook 'exit 9' was not told of run-failed: it exited with 9/,
    )
  })
})

function accompany(
  folder: Folder,
  changes: Partial<AccompanyOptions> = {},
): { readonly company: RunCompany; readonly warnings: readonly string[] } {
  const warnings: string[] = []
  const company = accompanyRun({
    repository: openRepository(folder.directory, { env: process.env, allowsNew: true }),
    targets: ['train'],
    trigger: 'watch',
    hooks: { finished: 'cat > run.json', failed: undefined },
    environment: process.env,
    processId: process.pid,
    clock: () => 5000,
    warn: (message) => warnings.push(message),
    ...changes,
  })
  return { company, warnings }
}

function started(stage: string): PipelineEvent {
  return { kind: 'stage-started', stage, reasons: [] }
}

function finished(stage: string): PipelineEvent {
  return { kind: 'stage-finished', stage, outcome: 'ran', durationMs: 1, reasons: [], attempts: 1 }
}

const pipeline = {
  'dvc.yaml': `stages:
  train:
    cmd: node train.js
    meta: {mlpt: {hooks: {finished: cat > stage.json}}}
`,
  'train.js': `import './lib.js'`,
  'lib.js': '',
  '.dvc/config': '',
}
