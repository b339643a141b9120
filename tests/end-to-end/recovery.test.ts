import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../../src/core/random.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import {
  collectOutput,
  createWorkspace,
  hashOutputs,
  make,
  startMake,
  type Workspace,
} from './workspace.ts'

const kills = 20
const rows = 2000

describe('make all', () => {
  test(`killed ${kills} times at random moments, ends with the same result`, async () => {
    using untouched = createWorkspace({ rows })
    const start = performance.now()
    const first = make(untouched, 'all')
    assert.equal(first.status, 0, first.stderr)
    const durationMs = performance.now() - start
    const expected = hashOutputs(untouched.directory)

    using workspace = createWorkspace({ rows })
    const seed = Number(process.env['MLPT_TEST_SEED'] ?? Date.now() % 1e6)
    console.log(`the moments come from MLPT_TEST_SEED=${seed}`)
    const random = createRandom(seed)
    let killed = 0
    while (killed < kills) {
      const hasKilled = await runAndKill(workspace, random, random.next() * durationMs * 0.6)
      if (hasKilled) killed++
      else startOver(workspace)
    }
    const last = make(workspace, 'all')
    assert.equal(last.status, 0, last.stderr)
    // Runs that lost their parent may have waited for the lock meanwhile; they must end by themselves.
    await waitForQuiet(workspace.directory)
    assert.deepEqual(hashOutputs(workspace.directory), expected)
    assert.deepEqual(leftovers(workspace.directory), [])
    await assertRegistryIsWhole(workspace)
  })

  test('Ctrl-C ends it and says what is left', async () => {
    using workspace = createWorkspace({ rows })
    const child = startAll(workspace)
    const printed = collectOutput(child)
    await waitForText(child, printed, 'npx mlpt')
    // A terminal sends SIGINT to the whole group in the foreground.
    process.kill(-child.pid!, 'SIGINT')
    await once(child, 'exit')
    assert.match(printed.text, /error INTERRUPTED: interrupted; stages done: .*; left: .*promote/)
  })

  test('two at once end with one result: the second waits for the first', async () => {
    using workspace = createWorkspace({ rows })
    const children = [startAll(workspace), startAll(workspace)]
    const printed = children.map(collectOutput)
    await Promise.all(children.map((child) => once(child, 'exit')))
    assert.deepEqual(
      children.map((child) => child.exitCode),
      [0, 0],
      printed.map(({ text }) => text).join('\n'),
    )
    const all = printed.map(({ text }) => text)
    assert.ok(all.some((text) => text.includes('waiting for another run')))
    assert.ok(all.some((text) => text.includes('everything is up to date')))
  })
})

/** @returns whether the run was still at work when it was killed. */
async function runAndKill(workspace: Workspace, random: Random, afterMs: number): Promise<boolean> {
  const child = startAll(workspace)
  const exited = once(child, 'exit')
  const isOver = await Promise.race([exited.then(() => true), sleep(afterMs).then(() => false)])
  if (isOver) return false
  const family = descendantsOf(child.pid!)
  const victims = random.next() < 0.5 ? family : [family[random.nextInteger(family.length)]!]
  for (const victim of victims) killIfAlive(victim)
  // Whatever survived a partial kill ends or finishes by itself; the next run must cope with it meanwhile.
  if (victims.length === family.length) await exited
  else killIfAlive(child.pid!)
  return true
}

function startAll(workspace: Workspace): ChildProcess {
  return startMake(workspace, 'all')
}

function startOver(workspace: Workspace): void {
  assert.equal(make(workspace, 'clean').status, 0)
  rmSync(join(workspace.directory, 'dvc.lock'), { force: true })
}

async function waitForText(
  child: ChildProcess,
  printed: { readonly text: string },
  text: string,
): Promise<void> {
  while (!printed.text.includes(text)) {
    assert.equal(child.exitCode, null, printed.text)
    await sleep(20)
  }
}

/** The process and all below it, as /proc has them now. */
function descendantsOf(root: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        return [
          [Number(name), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0])] as const,
        ]
      } catch {
        return [] // It ended while the list was read.
      }
    })
  const family = [root]
  for (const member of family) {
    family.push(...parents.filter(([, parent]) => parent === member).map(([id]) => id))
  }
  return family
}

/** Resolves when no process works in the folder any more. */
async function waitForQuiet(directory: string): Promise<void> {
  const deadline = performance.now() + 120_000
  let busy = processesIn(directory)
  while (busy.length > 0) {
    assert.ok(performance.now() < deadline, `still at work: ${busy.join('; ')}`)
    await sleep(100)
    busy = processesIn(directory)
  }
}

/** The command lines of the processes whose working folder is the folder or below it. */
function processesIn(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const folder = readlinkSync(`/proc/${name}/cwd`)
        const isInside = folder === directory || folder.startsWith(`${directory}/`)
        return isInside ? [readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')] : []
      } catch {
        return [] // It ended meanwhile, or is somebody else's.
      }
    })
}

function killIfAlive(processId: number): void {
  try {
    process.kill(processId, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

/** Temporary files and set-aside outputs that nobody would clear any more. */
function leftovers(directory: string): string[] {
  const aside = join(directory, '.dvc', 'tmp', 'mlpt', 'aside')
  const outputs = ['data', 'models', 'metrics', 'plots', 'reports'].flatMap((name) =>
    readdirSync(join(directory, name), { recursive: true, encoding: 'utf8' }),
  )
  return [
    ...outputs.filter((name) => name.endsWith('.tmp')),
    ...(existsSync(aside) ? readdirSync(aside) : []),
  ]
}

/** One version, which is the champion; no run is left open. */
async function assertRegistryIsWhole(workspace: Workspace): Promise<void> {
  await using store = await openTrackingStore({ directory: join(workspace.directory, '.mlpt') })
  const versions = await store.listModelVersions('credit_default')
  assert.deepEqual(
    versions.map(({ version, aliases }) => [version, aliases]),
    [['1', ['champion']]],
  )
  const runs = await store.findRuns('credit_default', {})
  assert.ok(runs.length >= 2)
  assert.ok(runs.every((run) => run.status !== 'RUNNING'))
}
