import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { mlptArguments } from '../mlpt-program.ts'
import { mlpt, runIn } from '../pipeline/folder.ts'
import { makeTrackerFolder, runsOf, withStore } from './tracker-folder.ts'

describe('mlpt runs list', () => {
  test('tells runs with their metrics, the newest first', async () => {
    using folder = await makeTrackerFolder()
    const { output, exitCode } = mlpt(folder, 'runs', 'list')
    assert.equal(exitCode, 0)
    const [header, ...lines] = output.trimEnd().split('\n')
    assert.match(header!, /^run +name +status +started +metrics$/)
    assert.deepEqual(
      lines.map((line) => line.split(/ +/)[1]),
      ['child', 'parent'],
    )
    assert.match(lines[1]!, /acc 0\.9 {2}loss 1199 {2}odd NaN$/)
  })

  test('takes a filter, an order, an experiment and a limit', async () => {
    using folder = await makeTrackerFolder()
    const names = (...flags: readonly string[]): readonly string[] => {
      const { runs } = JSON.parse(mlpt(folder, 'runs', 'list', '--json', ...flags).output) as {
        runs: { runName: string }[]
      }
      return runs.map(({ runName }) => runName)
    }
    assert.deepEqual(names('--filter', 'metrics.acc > 0.5'), ['parent'])
    assert.deepEqual(names('--order-by', 'attributes.start_time ASC'), ['parent', 'child'])
    assert.match(
      mlpt(folder, 'runs', 'list', '--order-by', 'metrics.odd').output,
      / odd NaN {2}acc 0\.9 /,
    )
    assert.deepEqual(names('-n', '1'), ['child'])
    assert.deepEqual(names('-e', 'Default'), [])
    assert.deepEqual(names('--deleted'), ['gone'])
  })

  test('JSON keeps NaN and infinities as texts', async () => {
    using folder = await makeTrackerFolder()
    const { output } = mlpt(folder, 'runs', 'list', '--json', '-f', 'metrics.acc > 0')
    const { runs } = JSON.parse(output) as {
      runs: { metrics: { key: string; value: unknown }[] }[]
    }
    assert.equal(runs[0]!.metrics.find(({ key }) => key === 'odd')?.value, 'NaN')
  })

  test('what is wrong is said with what to do', async () => {
    using folder = await makeTrackerFolder()
    const refused = (args: readonly string[], exitCode: number, message: RegExp): void => {
      const answer = mlpt(folder, 'runs', ...args)
      assert.equal(answer.exitCode, exitCode, args.join(' '))
      assert.match(answer.errors, message)
      assert.equal(answer.output, '')
    }
    refused(['list', '-e', 'credti'], 1, /did you mean 'credit'/)
    refused(['list', '-f', 'metrics.auc >'], 1, /TRACKING_INVALID/)
    refused(['list', '-n', '0'], 2, /whole number from 1/)
    refused(['list', '--store', 'nowhere'], 1, /no tracking store in 'nowhere'[^]*--store/)
    assert.equal(existsSync(join(folder.directory, 'nowhere')), false)
    refused(['list', '--tracking-uri', 'ftp://x'], 1, /no tracking URI/)
    refused(['list', '--tracking-uri', 'nowhere'], 1, /no tracking URI[^]*--store/)
    refused(['show', 'xyz'], 2, /no id of a run/)
    refused(['show', '0000'], 1, /no run whose id starts with '0000'/)
    refused(['show', '0'.repeat(32)], 1, /not found/)
    refused(['compare', 'abcd'], 2, /only one run/)
    refused(['export', '--format', 'xml'], 2, /xml/)
    refused(['gc', '--dry-run', '--older-than', 'long'], 2, /'long' is no moment/)
    refused(['gc'], 2, /--force/)
    refused(['delete'], 2, /missing required argument/)
    refused(['lst'], 2, /did you mean 'list'/)
  })

  test('a name cannot move the cursor', async () => {
    using folder = await makeTrackerFolder(async (store) => {
      const runName = 'evil\u001B[2J'
      const runId = await store.startRun({ experimentName: 'e', runName, startTime: 1, tags: {} })
      await store.setTags(runId, { tag: '\u001B]0;title\u0007' })
    })
    const { output } = mlpt(folder, 'runs', 'list')
    assert.equal(stripVTControlCharacters(output), output)
    const id = [...(await runsOf(folder)).values()][0]!.runId
    const shown = mlpt(folder, 'runs', 'show', id).output
    assert.equal(stripVTControlCharacters(shown), shown)
    assert.doesNotMatch(shown, /[^\P{Cc}\n]/u)
  })
})

test('mlpt runs show takes the beginning of an id and tells everything', async () => {
  using folder = await makeTrackerFolder()
  const { runId } = (await runsOf(folder)).get('parent')!
  const { output, exitCode } = mlpt(folder, 'runs', 'show', runId.slice(0, 8))
  assert.equal(exitCode, 0)
  assert.match(output, new RegExp(`^run +${runId}$`, 'm'))
  assert.match(output, /^experiment +credit$/m)
  assert.match(output, /^ {2}depth +3$/m)
  assert.match(output, /^ {2}acc +0\.9 +step 2$/m)
  assert.match(output, /^ {2}note +a↵b$/m)
  assert.match(output, /^ {2}model\/$/m)
  assert.match(output, /^data +d x$/m)
})

test('mlpt runs compare shows what differs, and with --all what does not', async () => {
  using folder = await makeTrackerFolder(async (store) => {
    for (const [runName, depth, value] of [
      ['a', '3', 0.5],
      ['b', '4', 0.5],
    ] as const) {
      const runId = await store.startRun({ experimentName: 'e', runName, startTime: 1, tags: {} })
      await store.logParams(runId, { depth, same: 'yes' })
      await store.logMetrics(runId, [{ key: 'auc', value, timestamp: 1, step: 0 }])
    }
  })
  const runs = await runsOf(folder)
  const ids = ['a', 'b'].map((name) => runs.get(name)!.runId)
  const { output } = mlpt(folder, 'runs', 'compare', ...ids)
  assert.match(output, /^params +depth +3 +4$/m)
  assert.doesNotMatch(output, /same|auc/)
  const all = mlpt(folder, 'runs', 'compare', ...ids, '--all', '--json').output
  assert.deepEqual((JSON.parse(all) as { lines: unknown }).lines, [
    { kind: 'param', name: 'depth', values: ['3', '4'] },
    { kind: 'param', name: 'same', values: ['yes', 'yes'] },
    { kind: 'metric', name: 'auc', values: [0.5, 0.5] },
  ])
})

describe('mlpt runs export', () => {
  test('JSON has every point', async () => {
    using folder = await makeTrackerFolder()
    const { errors, output, exitCode } = mlpt(folder, 'runs', 'export', '-o', 'runs.json')
    assert.equal(exitCode, 0)
    assert.equal(output, '')
    assert.match(errors, /2 runs are in runs\.json/)
    const { runs } = JSON.parse(folder.read('runs.json')) as {
      runs: { runName: string; params: object; metrics: { key: string; value: unknown }[] }[]
    }
    assert.deepEqual(
      runs.map(({ runName }) => runName),
      ['parent', 'child'],
    )
    assert.equal(runs[0]!.metrics.length, 1203)
    assert.deepEqual(
      runs[0]!.metrics.filter(({ key }) => key === 'odd').map(({ value }) => value),
      ['NaN', 'Infinity'],
    )
    assert.deepEqual(runs[0]!.params, { depth: '3' })
  })

  test('CSV has a line for each fact, quoted where it must be', async () => {
    using folder = await makeTrackerFolder()
    const { runId } = (await runsOf(folder)).get('parent')!
    const { output } = mlpt(folder, 'runs', 'export', runId, '--format', 'csv')
    assert.match(output, /^run_id,run_name,kind,key,value,step,timestamp\r\n/)
    assert.ok(output.includes(`${runId},parent,param,depth,3,,\r\n`))
    assert.ok(output.includes(`${runId},parent,tag,note,"a\nb",,\r\n`))
    assert.ok(output.includes(`${runId},parent,metric,acc,0.9,2,5\r\n`))
    assert.equal(output.match(/,metric,/g)?.length, 1203)
  })

  const hasFull = existsSync('/dev/full')
  test('a disk that is full is told once', { skip: !hasFull && 'no /dev/full' }, async () => {
    using folder = await makeTrackerFolder()
    const program = [process.execPath, ...mlptArguments, 'runs', 'export', '--format', 'csv']
    const { errors, exitCode } = runIn(
      folder.directory,
      '/bin/sh',
      '-c',
      '"$@" > /dev/full',
      'sh',
      ...program,
    )
    assert.match(errors, /^error FILE_WRITE_FAILED: cannot write 'stdout': ENOSPC\n {2}hint: .*\n$/)
    assert.equal(exitCode, 1)
  })
})

describe('mlpt runs end', () => {
  test('a run that its machine left open is closed; one that is over stays as it is', async () => {
    using folder = await makeTrackerFolder()
    const { experimentId } = (await runsOf(folder)).get('child')!
    const runId = await withStore(folder, async (store) => {
      const run = await store.createRun({ experimentId, runName: 'left', startTime: 1 })
      return run.runId
    })
    const ended = mlpt(folder, 'runs', 'end', runId)
    assert.equal(ended.output, `ended ${runId} left: KILLED\n`)
    const { status, endTime } = (await runsOf(folder)).get('left')!
    assert.equal(status, 'KILLED')
    assert.ok(endTime !== undefined && endTime > 1)
    const again = mlpt(folder, 'runs', 'end', runId, '--status', 'FINISHED')
    assert.equal(again.exitCode, 1)
    assert.match(again.errors, new RegExp(`these runs are over: '${runId}' is KILLED`))
    assert.equal(mlpt(folder, 'runs', 'end', runId, '--status', 'RUNNING').exitCode, 2)
  })
})

describe('mlpt runs delete, restore and gc', () => {
  test('delete can be taken back, until gc', async () => {
    using folder = await makeTrackerFolder()
    const { runId } = (await runsOf(folder)).get('child')!
    const stageOf = async (): Promise<string> => (await runsOf(folder)).get('child')!.lifecycleStage
    assert.equal(mlpt(folder, 'runs', 'delete', runId).output, `deleted ${runId} child\n`)
    assert.equal(await stageOf(), 'deleted')
    assert.equal(mlpt(folder, 'runs', 'restore', runId).output, `restored ${runId} child\n`)
    assert.equal(await stageOf(), 'active')
  })

  test('of several ids all are found before the first is deleted', async () => {
    using folder = await makeTrackerFolder()
    const { runId } = (await runsOf(folder)).get('child')!
    assert.equal(mlpt(folder, 'runs', 'delete', runId, '0000').exitCode, 1)
    assert.equal((await runsOf(folder)).get('child')!.lifecycleStage, 'active')
  })

  test('gc tells first, then removes what is deleted and not registered', async () => {
    using folder = await makeTrackerFolder()
    const runs = await runsOf(folder)
    const [gone, parent] = [runs.get('gone')!.runId, runs.get('parent')!.runId]
    mlpt(folder, 'runs', 'delete', parent)
    const lines = (verb: string): string =>
      `${verb} run ${gone}\nkept run ${parent}: a registered model comes from it\n`
    assert.equal(mlpt(folder, 'runs', 'gc', '--dry-run').output, lines('would remove'))
    assert.equal((await runsOf(folder)).size, 3)
    assert.match(
      mlpt(folder, 'runs', 'gc', '-f', '--older-than', '1d').output,
      /nothing was deleted/,
    )
    assert.equal(mlpt(folder, 'runs', 'gc', '--force').output, lines('removed'))
    await withStore(folder, (store) =>
      assert.rejects(store.getRun(gone), { code: 'TRACKING_NOT_FOUND' }),
    )
  })
})
