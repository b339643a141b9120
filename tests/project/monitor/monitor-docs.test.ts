/** docs/monitoring.md against the code. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Command } from 'commander'
import { addMonitorCommand } from '../../../src/cli/commands/monitor.ts'
import { measureNames } from '../../../src/monitoring/watch/alert-condition.ts'
import type { MonitoredTraining, TrainingWish } from '../../../src/core/monitored-training.ts'
import { renderTraining } from '../../../src/monitoring/watch/training-text.ts'
import { formatPrometheus } from '../../../src/monitoring/watch/prometheus-text.ts'
import { parseParameters } from '../../../src/project/parameters/parameters.ts'
import { windowOf } from '../../monitoring/watch/window-of.ts'

const page = readFileSync('docs/monitoring.md', 'utf8')
const others = readFileSync('params.yaml', 'utf8').replace(/^monitor:\n(?: .*\n|#.*\n|\n)*/m, '')

test('the YAML of docs/monitoring.md is a section of params.yaml', () => {
  const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map((match) => match[1]!)
  assert.ok(blocks.length > 0)
  for (const block of blocks) {
    const { monitor } = parseParameters(`${others}\n${block}`, 'params.yaml')
    assert.ok(monitor.alerts.length > 0)
  }
})

test('docs/monitoring.md has every measure and no other', () => {
  const table = /\| Measure[^]*?\n\n/.exec(page)?.[0] ?? ''
  const named = [...table.matchAll(/`(\w+)(?:\(X\))?`/g)].map((match) => match[1]!)
  assert.deepEqual([...new Set(named)].toSorted(), [...measureNames].toSorted())
})

test('docs/monitoring.md has every option of mlpt monitor and no other', () => {
  const program = new Command()
  addMonitorCommand(program)
  const options = program.commands[0]!.options.map(({ long }) => long)
  const table = /\| Option[^]*?\n\n/.exec(page)?.[0] ?? ''
  const named = [...table.matchAll(/^\| `(.*?)`/gm)].flatMap(
    (match) => match[1]!.match(/--[a-z]+(?:-[a-z]+)*/g) ?? [],
  )
  assert.deepEqual(named.toSorted(), options.toSorted())
})

test('docs/monitoring.md names every metric of Prometheus', () => {
  const column = windowOf(0, { auc: 0.7 }).columns[0]!
  const window = {
    ...windowOf(0, { auc: 0.7 }),
    meanScore: 0.1,
    prediction: column,
    probabilities: [column],
  }
  const alert = { name: 'a', severity: 'info', condition: 'rows > 1', isFiring: false }
  const began = { id: 1, alerts: ['a'], startTime: 1500, newRows: 5, attempts: 1, reasons: [] }
  const trainings = [
    { ...began, state: 'running' },
    { ...began, state: 'done', endTime: 4000 },
    { ...began, state: 'killed' },
    { ...began, state: 'done', endTime: 3000 },
  ] as const
  const text = formatPrometheus({ model: 'm', windows: [window], alerts: [alert], trainings })
  assert.match(text, /_seconds\{model="m",outcome="done"\} 4\n.*outcome="killed"\} 1\.5\n$/s)
  const names = [...text.matchAll(/^# TYPE (\w+)/gm)].map((match) => match[1]!)
  assert.ok(names.length >= 12)
  for (const name of names) assert.ok(page.includes(`\`${name}`), name)
})

test('docs/monitoring.md has what the text says of each outcome of a training', () => {
  const table = /\| it says[^]*?\n\n/.exec(page)?.[0] ?? ''
  const began = { id: 1, alerts: ['a'], startTime: 1, newRows: 5, attempts: 1, reasons: [] }
  const gates = [{ gate: 'min_roc_auc', passed: false, value: 0.6, limit: 0.7 }]
  const verdict = { decision: 'promoted', reason: 'r', kind: 'k', gates: [] } as const
  const kept = { ...verdict, decision: 'kept-champion' } as const
  const run = { ...began, runId: 7 }
  const told: readonly (TrainingWish | MonitoredTraining)[] = [
    { state: 'waits', alerts: [], newRows: 1, leastRows: 2 },
    { state: 'waits', alerts: [], reason: 'the cool-down …' },
    { state: 'waits', alerts: [], reason: 'another look …' },
    { ...run, state: 'done', verdict },
    { ...run, state: 'done', verdict: kept },
    { ...began, state: 'refused', stage: 'new rows' },
    { ...run, state: 'refused', stage: 'validate' },
    {
      ...run,
      state: 'refused',
      stage: 'promote',
      verdict: { ...kept, decision: 'refused', gates },
    },
    { ...run, state: 'failed', stage: 'train', attempts: 3 },
  ]
  const texts = told.map((training) => renderTraining(training).join('\n'))
  const said = [...table.matchAll(/^\| (`.*?`) +\|/gm)].flatMap((line) =>
    [...line[1]!.matchAll(/`(.*?)`/g)].map(([, words]) => words!.replace(/ …$/, '')),
  )
  assert.equal(said.length, 13)
  assert.ok(!texts.some((text) => text.includes('PROMOTION_REFUSED')))
  for (const words of said) {
    assert.ok(
      texts.some((text) => text.includes(words)),
      words,
    )
  }
})
