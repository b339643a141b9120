import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, test } from 'node:test'
import { createMonitoringReader } from '../../src/monitoring/watch/monitoring-store.ts'
import { openTracking } from '../../src/tracking/client/open-tracking.ts'
import { setAlias } from '../../src/tracking/client/register-model.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { runIn, type Answer } from '../pipeline/folder.ts'
import { buildHouse, drawRows, type House } from '../project/monitor/monitor-house.ts'

describe('mlpt monitor', () => {
  test('killed with signal 9 while it tells, it tells at the next look; exit 3, one document, and a file for Prometheus', async () => {
    const house = await buildProject(`
  window: 200
  alerts:
    - name: moved
      when: drift(a) > 0.2
      notify: { command: 'test -e killed || { touch killed; kill -9 $PPID; exit; }; cat >> told.jsonl' }
`)
    await house.log(drawRows(400, { change: (row) => ({ ...row, a: 9 }) }))
    const first = mlpt(house, 'monitor', '--log', 'logs', '--json')
    assert.equal(first.exitCode, null)
    assert.equal(first.output, '')
    assert.ok(existsSync(join(house.folder, 'killed')))
    const second = mlpt(house, 'monitor', '--log', 'logs', '--json', '--metrics', 'out/mlpt.prom')
    assert.equal(second.exitCode, 3, second.errors)
    const report = JSON.parse(second.output) as {
      firing: string[]
      windows: unknown[]
      latest: unknown[]
    }
    assert.deepEqual(
      [report.firing, report.windows.length, report.latest.length],
      [['moved'], 0, 1],
    )
    assert.match(second.errors, /"MONITOR_ALERT","message":"firing: moved"/)
    const told = readFileSync(join(house.folder, 'told.jsonl'), 'utf8').trimEnd().split('\n')
    assert.deepEqual(
      told.map((line) => {
        const { value, since, until, ...event } = JSON.parse(line) as Record<string, unknown>
        assert.deepEqual([Number(value) > 0.2, typeof since, until], [true, 'number', null])
        return event
      }),
      [
        {
          event: 'alert-firing',
          model: 'credit',
          version: 'f00d12fc6c2e',
          alert: 'moved',
          severity: 'warning',
          condition: 'drift(a) > 0.2',
          drifted: ['a'],
        },
      ],
    )
    const metrics = readFileSync(join(house.folder, 'out/mlpt.prom'), 'utf8')
    assert.match(
      metrics,
      /^mlpt_alert_firing\{model="credit",alert="moved",severity="warning"\} 1$/m,
    )
  })

  test('a training tells which stage said no and why, one that was killed is shown as killed and goes on, and two looks train once', async () => {
    const house = await buildProject(`
  window: 200
  on_drift: retrain
  retrain_min_rows: 200
  alerts: [{ name: moved, when: drift(a) > 0.2 }]
`)
    // The first run kills who began it, the others say no.
    const command = `test -e killed || { touch killed; kill -9 $(cat looking); exit 1; }; cat says; exit 3`
    const says = `critical: expectations[3] 'a' must be small: 7 of 9 rows do not\nerror DATA_CHECK_FAILED: no\n`
    const stages = { validate: { cmd: command } }
    writeFileSync(join(house.folder, 'dvc.yaml'), JSON.stringify({ stages }))
    writeFileSync(join(house.folder, 'says'), says)
    const rows = drawRows(400, { change: (row) => ({ ...row, a: 9 }) })
    await house.log(rows)
    await house.label(rows.map(({ id }) => ({ id, label: 1 })))
    assert.equal((await startLook(house)).signal, 'SIGKILL')
    const kept = createMonitoringReader(join(house.folder, '.mlpt'))
    const readTrainings = async () =>
      (await kept.readModel('credit', { limit: 1 }))?.trainings ?? []
    assert.deepEqual(
      (await readTrainings()).map(({ state }) => state),
      ['killed'],
    )
    const looks = await Promise.all([startLook(house), startLook(house)])
    assert.deepEqual(
      looks.map(({ code }) => code),
      [3, 3],
    )
    const [refused, killed, ...others] = await readTrainings()
    assert.deepEqual([killed?.state, others], ['killed', []])
    assert.deepEqual(
      [refused?.state, refused?.stage, refused?.runId, refused?.reasons],
      ['refused', 'validate', 2, ["'a' must be small: 7 of 9 rows do not"]],
    )
    const told = looks.map(({ output }) => output).join('\n')
    assert.match(
      told,
      /training because of moved, 400 new rows: refused by 'validate' in run 2, and the champion stays\n +'a' must be small: 7 of 9 rows do not\n +hint: see reports\/validation\.html/,
    )
    assert.equal(told.split('refused by').length, 2 + told.split('last training').length - 1)
  })

  test('what it prints cannot steer the terminal, and a look between moments keeps nothing', async () => {
    const house = await buildProject(' {}')
    await house.log(drawRows(300, { change: (row) => ({ ...row, version: '\u001b[31m7' }) }))
    const look = mlpt(house, 'monitor', '--log', 'logs', '--since', '2026-01-01')
    assert.equal(look.exitCode, 0, look.errors)
    assert.match(look.output, /^ok {4}version 7, 2026-01-01T00:00:00Z to .* \(300 rows/)
    assert.ok(!look.output.includes('\u001b'))
    assert.equal(existsSync(join(house.folder, '.mlpt/monitoring/monitoring.sqlite')), false)
    const absent = mlpt(house, 'monitor', '--log', 'no/such')
    assert.deepEqual(
      [absent.exitCode, /FILE_MISSING: there is no folder 'no\/such'/.test(absent.errors)],
      [1, true],
    )
    const quiet = mlpt(house, 'monitor')
    assert.deepEqual(
      [
        quiet.exitCode,
        /no prediction log of 'credit' in \.mlpt\/predictions yet/.test(quiet.errors),
      ],
      [0, true],
    )
    const usage = mlpt(house, 'monitor', '--since', '2026-01-02', '--until', '2026-01-01')
    assert.deepEqual(
      [usage.exitCode, /--since is not before --until/.test(usage.errors)],
      [2, true],
    )
  })

  test('what servers elsewhere have sent to a remote is judged; a remote that cannot be reached is said', async () => {
    const house = await buildProject(`
  window: 200
  alerts: [{ name: moved, when: drift(a) > 0.2 }]
`)
    await house.log(drawRows(400, { change: (row) => ({ ...row, a: 9 }) }))
    const sent = mlpt(
      house,
      'predictions',
      'push',
      '--log',
      'logs',
      '--remote',
      `${house.folder}/r`,
    )
    assert.match(sent.output, /^sent 1 file, /, sent.errors)
    const look = ['monitor', '--log', 'here', '--json', '--remote']
    const away = mlpt(house, ...look, 'nobody')
    assert.deepEqual([away.exitCode, /REMOTE_UNKNOWN/.test(away.errors)], [2, true])
    const seen = mlpt(house, ...look, `${house.folder}/r`)
    assert.equal(seen.exitCode, 3, seen.errors)
    const { windows, firing } = JSON.parse(seen.output) as { windows: []; firing: [] }
    assert.deepEqual([windows.length, firing], [2, ['moved']])
  })
})

describe('mlpt feedback', () => {
  test('takes the labels that the champion of the registry can be right with, or the project, and says when nobody knows', async () => {
    const house = await buildProject(' {}')
    await house.log(drawRows(3))
    const take = (labels: readonly string[], ...flags: readonly string[]): Answer => {
      const lines = labels.map((label, i) => `r00000${i},${label}\n`)
      writeFileSync(join(house.folder, 'labels.csv'), ['id,label\n', ...lines].join(''))
      return mlpt(house, 'feedback', 'labels.csv', '--log', 'logs', ...flags)
    }
    const refused =
      /labels\.csv:3: 'label' is '2', expected 0 or 1, false or true: whether it turned out/
    const byProject = take(['1', '2'])
    assert.deepEqual([byProject.exitCode, refused.test(byProject.errors)], [1, true])
    await house.register('1', 'f'.repeat(64))
    await using tracking = await openTracking(join(house.folder, '.mlpt'))
    await setAlias(tracking, 'credit', 'champion', { version: '1' })
    writeFileSync(join(house.folder, 'project.ts'), 'nothing that loads')
    const byChampion = take(['1', '2'], '--model', 'credit')
    assert.deepEqual([byChampion.exitCode, refused.test(byChampion.errors)], [1, true])
    assert.match(
      byChampion.errors,
      /warning: project\.ts cannot be loaded: .*; text, numbers and days are/,
    )
    rmSync(join(house.folder, 'project.ts'))
    const unknown = take(['1', '2', 'inf'], '--model', 'other')
    assert.deepEqual(
      [unknown.exitCode, /labels\.csv:4: 'label' is 'inf', expected a number/.test(unknown.errors)],
      [1, true],
    )
    assert.match(unknown.errors, /warning: nobody knows what 'other' gives: any number/)
    const taken = take(['1', '0'], '--model', 'credit')
    assert.deepEqual(
      [taken.exitCode, taken.output, taken.errors],
      [0, '2 labels added to the log of credit\n', ''],
    )
  })
})

/** The house as a user's folder, with a project.ts of its own. */
async function buildProject(monitor: string): Promise<House> {
  const house = await buildHouse(1000)
  const library = pathToFileURL(resolve('src/index.ts')).href
  writeFileSync(
    join(house.folder, 'project.ts'),
    `import { defineProject, defineSchema } from '${library}'
     export default defineProject({
       name: 'credit',
       schema: defineSchema({ id: { type: 'integer' }, a: { type: 'number' }, b: { type: 'category', levels: [0, 1, 2] }, y: { type: 'boolean' } }),
       key: 'id', target: 'y', features: { a: 'standardize', b: 'one-hot' },
       sources: ['data/incoming', 'data'].map((path) => ({ kind: 'folder', path, files: ['credit.parquet'] })),
       citation: { title: 'Credit', url: 'https://example.com', licence: 'CC0' },
     })\n`,
  )
  const parameters = readFileSync(join(house.folder, 'params.yaml'), 'utf8')
  writeFileSync(join(house.folder, 'params.yaml'), `${parameters}\nmonitor:${monitor}\n`)
  return house
}

function mlpt({ folder }: House, ...args: readonly string[]): ReturnType<typeof runIn> {
  return runIn(folder, process.execPath, ...mlptArguments, ...args)
}

/** A look that others may look beside. Its number stands in the file 'looking'. */
async function startLook({ folder }: House): Promise<{
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
}> {
  const child = spawn(process.execPath, [...mlptArguments, 'monitor', '--log', 'logs'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  writeFileSync(join(folder, 'looking'), String(child.pid))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, output }
}
