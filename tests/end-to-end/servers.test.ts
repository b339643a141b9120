import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { openPredictor } from '../../src/index.ts'
import {
  createFinishedWorkspace,
  mlpt,
  startMlpt,
  waitForOutput,
  type Workspace,
} from './workspace.ts'

let workspace: Workspace

before(() => {
  workspace = createFinishedWorkspace()
})
after(() => workspace[Symbol.dispose]())

describe('mlpt serve', () => {
  test('serves the champion: its answer is what the model folder says', async () => {
    await using served = await start(['serve', '--port', '0'], /predict {2}(http:\S+)\/predict/)
    assert.match(served.printed, /serving credit_default, version 1/)
    const predictor = await openPredictor(`${workspace.directory}/models/boosting`)
    const row = Object.keys(predictor.inputs).map((name) => predictor.example[name] ?? NaN)
    const [expected] = predictor.predict({
      rows: 1,
      columns: row.length,
      values: Float32Array.from(row),
    })
    const answer = await post(`${served.address}/predict`, predictor.example)
    assert.equal(answer.status, 200)
    const { probability } = (await answer.json()) as { probability: number }
    assert.equal(probability, expected)
  })

  test('the curl line it prints works as it stands', async () => {
    await using served = await start(['serve', '--port', '0'], /predict {2}(http:\S+)\/predict/)
    const [, url, body] = /curl -s (\S+) .* -d '(.*)'/.exec(served.printed)!
    const answer = await post(url!, JSON.parse(body!))
    assert.equal(answer.status, 200)
  })

  test('is live and ready, has its documentation, and ends in order on SIGTERM', async () => {
    await using served = await start(['serve', '--port', '0'], /predict {2}(http:\S+)\/predict/)
    for (const path of ['/health/live', '/health/ready', '/docs']) {
      assert.equal((await fetch(served.address + path)).status, 200, path)
    }
    served.child.kill('SIGTERM')
    const [code] = (await once(served.child, 'exit')) as [number | null]
    assert.equal(code, 0)
  })

  test('a version that is not there: the selector and what makes one, exit 1', () => {
    const outcome = run('serve', 'models:/credit_default/99', '--port', '0')
    assert.equal(outcome.status, 1)
    assert.match(
      outcome.stderr,
      /MODEL_NOT_FOUND: the registry has no 'models:\/credit_default\/99'/,
    )
    assert.match(outcome.stderr, /hint: .*mlpt run/)
  })
})

describe('mlpt server', () => {
  test('shows the runs of the pipeline over MLflow’s REST API, and the page', async () => {
    await using served = await start(['server', '--port', '0'], /dashboard: (http:\S+)/)
    const found = await post(`${served.address}/api/2.0/mlflow/runs/search`, {
      experiment_ids: ['1'],
    })
    const { runs } = (await found.json()) as {
      runs: { info: { run_name: string; status: string } }[]
    }
    assert.deepEqual(runs.map(({ info }) => [info.run_name, info.status]).sort(), [
      ['boosting', 'FINISHED'],
      ['logistic', 'FINISHED'],
    ])
    const page = await fetch(served.address)
    assert.match(await page.text(), /<title>/)
  })
})

for (const command of ['serve', 'server']) {
  test(`mlpt ${command} on a port in use: the port, and how to take another, exit 1`, async () => {
    const occupant = createServer()
    await new Promise<void>((resolve) => {
      occupant.listen(0, '127.0.0.1', resolve)
    })
    const address = occupant.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const outcome = run(command, '--port', port)
    occupant.close()
    assert.equal(outcome.status, 1, outcome.stderr)
    assert.match(outcome.stderr, new RegExp(`PORT_UNAVAILABLE: .*${port}`))
    assert.match(outcome.stderr, /hint: .*--port/)
  })
}

function run(...args: readonly string[]): ReturnType<typeof mlpt> {
  return mlpt(workspace.directory, args, workspace.environment)
}

interface Served extends AsyncDisposable {
  readonly child: ChildProcess
  readonly address: string
  readonly printed: string
}

/** @param ready - matches what is printed once it listens; its first group is the address */
async function start(args: readonly string[], ready: RegExp): Promise<Served> {
  const child = startMlpt(workspace, args)
  const printed = await waitForOutput(child, args[0] === 'serve' ? /curl -s .*\n/ : ready)
  return {
    child,
    printed,
    address: ready.exec(printed)![1]!,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}
