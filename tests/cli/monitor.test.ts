import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, test } from 'node:test'
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
    assert.match(second.errors, /error MONITOR_ALERT: firing: moved/)
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
       sources: [{ kind: 'folder', path: 'data', files: ['credit.csv'] }],
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
