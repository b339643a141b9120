/**
 * The workflow of docs/continuous-integration.md, step by step as it stands there, on a project of `mlpt new`: a pull request is
 * judged, and main promotes what was judged. For `gh`, which is on GitHub's machines alone, a script writes down what it was told.
 */

import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse } from 'yaml'
import { createRandom } from '../../src/core/random.ts'
import type { ModelVersion } from '../../src/core/tracking.ts'
import { openTracking } from '../../src/tracking/client/open-tracking.ts'
import { findFreePort } from '../free-port.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { repository, waitForOutput, writeNpx } from './workspace.ts'

interface Step {
  readonly run?: string
  readonly if?: string
}

const folder = makeScratchFolder()
const programs = join(folder, 'programs')
const origin = join(folder, 'origin')
let server: ChildProcess
let trackingUri = ''

/** The tests follow one another, as the days of a team do. */
before(async () => {
  mkdirSync(programs)
  writeNpx(join(programs, 'npx'))
  writeFileSync(join(programs, 'gh'), `#!/bin/sh\necho "$@" >> "$GH_TOLD"\n`, { mode: 0o755 })
  const tracker = join(folder, 'tracker')
  server = spawn(
    process.execPath,
    [...mlptArguments, 'server', '--port', '0', '--store', tracker],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const printed = await waitForOutput(server, /dashboard: http:\S+/)
  trackingUri = /dashboard: (http:\/\/[^/\s]+)/.exec(printed)![1]!
})

after(async () => {
  const ended = once(server, 'exit')
  server.kill()
  await ended
})

test('by hand: the first model goes to the remote and to the tracker', async () => {
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', origin])
  const directory = clone('ada')
  writeFileSync(join(directory, 'loans.csv'), drawLoans(900, 1))
  writeFileSync(join(directory, '.gitignore'), '/node_modules\n')
  writeFileSync(join(directory, 'package.json'), '{"type": "module"}\n')
  sh(directory, 'npx mlpt new loans.csv --target late')
  setParameters(directory, { 'replicates: 500': 'replicates: 100', 'rounds: 200': 'rounds: 5' })
  const lines = linesOf('sh').replace('s3://bucket/loans', join(folder, 'remote'))
  sh(directory, `${lines}\ngit push --quiet origin HEAD:main`)
  assert.deepEqual(await versions(), [['1', ['champion']]])
})

test('a pull request is trained and judged, and promotes nothing', async () => {
  const directory = clone('grace')
  sh(directory, 'git switch --quiet --create more')
  setParameters(directory, { 'rounds: 5': 'rounds: 60' })
  sh(directory, 'git commit --quiet --all --message "More rounds" && git push --quiet origin more')
  const job = runJob('pull_request', 'more')
  assert.match(job.summary, /\| params\.yaml \| train\.boosting\.rounds \| 5 +\| 60 +\|/)
  assert.match(job.summary, /\| metrics\/boosting\.json \| roc_auc +\|/)
  assert.equal(job.told, 'pr comment more --edit-last --create-if-none --body-file comparison.md\n')
  assert.match(job.log, /train@boosting +ran/)
  assert.match(job.log, /train@logistic +restored from cache/)
  assert.doesNotMatch(job.log, /promote/)
  assert.deepEqual(await versions(), [['1', ['champion']]])
  const changed = git(origin, 'diff', '--name-only', 'main', 'more').split('\n')
  assert.ok(['dvc.lock', 'metrics/boosting.json'].every((path) => changed.includes(path)))
})

test('main promotes what was judged, without training it again', async () => {
  const directory = clone('merger')
  sh(directory, 'git merge --quiet origin/more && git push --quiet origin HEAD:main')
  const job = runJob('push', 'main')
  assert.match(job.log, /train@boosting +restored from cache/)
  assert.match(job.log, /promote +ran/)
  const [latest] = await versions()
  assert.equal(latest?.[0], '2')
  assert.match(job.summary, /promoted|champion/)
  assert.match(git(origin, 'log', '-1', '--format=%s', 'main'), /^Train\n/)
  const again = runJob('schedule', 'main')
  assert.doesNotMatch(again.log, /\bran\b/)
  assert.deepEqual((await versions()).length, 2)
})

test('a tracker that is away, or none at all, fails the stage and changes nothing', async () => {
  const directory = join(folder, 'job-2')
  const verdict = readFileSync(join(directory, 'reports/promotion.json'), 'utf8')
  const away = `http://127.0.0.1:${await findFreePort()}`
  for (const [uri, problem] of [
    [away, 'TRACKING_SERVER_FAILED'],
    ['nowhere', "'nowhere' is no tracking URI"],
  ] as const) {
    const { status, output } = attempt(directory, 'npx mlpt promote', { MLPT_TRACKING_URI: uri })
    assert.equal(status, 1)
    assert.ok(output.includes(problem), output)
  }
  assert.equal(readFileSync(join(directory, 'reports/promotion.json'), 'utf8'), verdict)
  assert.equal(existsSync(join(directory, 'nowhere')), false)
})

test('data that breaks its suite fails the job of its pull request', async () => {
  const directory = clone('bob')
  sh(directory, 'git switch --quiet --create data && npx mlpt pull loans.csv')
  const broken = drawLoans(900, 2).replaceAll(/^(\d+),/gm, '$1,-')
  writeFileSync(join(directory, 'loans.csv'), broken)
  sh(directory, 'npx mlpt add loans.csv')
  const pinned = /sha256 to ([0-9a-f]{64})/.exec(failing(directory, 'npx mlpt run ingest'))![1]!
  const params = readFileSync(join(directory, 'params.yaml'), 'utf8')
  const repinned = params.replace(/sha256: [0-9a-f]{64}/, `sha256: ${pinned}`)
  writeFileSync(join(directory, 'params.yaml'), repinned)
  sh(
    directory,
    'npx mlpt push loans.csv && git commit --quiet --all --message New && git push --quiet origin data',
  )
  const checked = runJob('pull_request', 'data', { fails: true })
  assert.match(checked.log, /validate +failed/)
  assert.match(checked.log, /'amount' must be /)
  assert.equal(checked.told, '')
  assert.equal((await versions()).length, 2)
})

interface Job {
  readonly log: string
  /** What stands in GitHub's summary of the job. */
  readonly summary: string
  /** What `gh` was told. */
  readonly told: string
}

let jobs = 0

/** A machine of its own: a fresh clone, and each step whose condition holds. */
function runJob(
  event: string,
  branch: string,
  { fails = false }: { readonly fails?: boolean } = {},
): Job {
  const directory = clone(`job-${++jobs}`)
  sh(directory, `git switch --quiet ${branch} 2> /dev/null || true`)
  const files = { summary: `${directory}.summary`, told: `${directory}.told` }
  for (const path of Object.values(files)) writeFileSync(path, '')
  const environment = {
    BASE: 'main',
    BRANCH: branch,
    GITHUB_STEP_SUMMARY: files.summary,
    GH_TOLD: files.told,
  }
  let log = ''
  const steps = stepsOf().filter((step) => step.run !== 'npm ci' && holds(step.if, event))
  for (const step of steps) {
    if (step.run === undefined) continue
    const { status, output } = attempt(directory, step.run, environment)
    log += output
    if (status === 0) continue
    assert.ok(fails, log)
    return { log, summary: readFileSync(files.summary, 'utf8'), told: '' }
  }
  assert.ok(!fails, 'the job was to fail')
  return {
    log,
    summary: readFileSync(files.summary, 'utf8').replaceAll(/ +\|/g, ' |'),
    told: readFileSync(files.told, 'utf8'),
  }
}

function holds(condition: string | undefined, event: string): boolean {
  if (condition === undefined) return true
  const [, operator, name] = /^github\.event_name ([!=]=) '(\w+)'$/.exec(condition) ?? []
  assert.ok(name !== undefined, condition)
  return (event === name) === (operator === '==')
}

const document = readFileSync(join(repository, 'docs/continuous-integration.md'), 'utf8')

/** The first block of code of a language. */
function linesOf(language: string): string {
  return new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(document)![1]!
}

function stepsOf(): readonly Step[] {
  const { jobs: all } = parse(linesOf('yaml')) as {
    jobs: { train: { steps: readonly Step[] } }
  }
  return all.train.steps
}

async function versions(): Promise<(readonly [string, readonly string[]])[]> {
  await using tracking = await openTracking(trackingUri)
  const listed: readonly ModelVersion[] = await tracking.listModelVersions('loans')
  return listed.map(({ version, aliases }) => [version, aliases] as const)
}

function clone(name: string): string {
  const directory = join(folder, name)
  execFileSync('git', ['clone', '--quiet', origin, directory], { stdio: 'pipe' })
  for (const [key, value] of [
    ['user.name', name],
    ['user.email', `${name}@localhost`],
  ] as const) {
    git(directory, 'config', key, value)
  }
  mkdirSync(join(directory, 'node_modules'))
  symlinkSync(repository, join(directory, 'node_modules/ml-pipeline-toolkit'))
  return directory
}

function git(directory: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: directory, encoding: 'utf8' })
}

/** As GitHub runs a step: bash, which stops at the first command that fails. */
function attempt(
  directory: string,
  script: string,
  environment: NodeJS.ProcessEnv = {},
): { readonly status: number; readonly output: string } {
  try {
    const output = execFileSync('bash', ['-eo', 'pipefail', '-c', `exec 2>&1\n${script}`], {
      cwd: directory,
      encoding: 'utf8',
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        PATH: `${programs}:${process.env['PATH']}`,
        MLPT_TRACKING_URI: trackingUri,
        ...environment,
      },
    })
    return { status: 0, output }
  } catch (error) {
    const { status, stdout } = error as { readonly status: number; readonly stdout: string }
    return { status, output: stdout }
  }
}

function sh(directory: string, script: string): void {
  const { status, output } = attempt(directory, script)
  assert.equal(status, 0, output)
}

function failing(directory: string, script: string): string {
  const { status, output } = attempt(directory, script)
  assert.notEqual(status, 0, output)
  return output
}

function setParameters(directory: string, edits: Readonly<Record<string, string>>): void {
  const path = join(directory, 'params.yaml')
  let params = readFileSync(path, 'utf8')
  for (const [from, to] of Object.entries(edits)) {
    assert.ok(params.includes(from), from)
    params = params.replace(from, to)
  }
  writeFileSync(path, params)
}

/** Very low and very high rates come to grief: only trees can tell. */
function drawLoans(rows: number, seed: number): string {
  const random = createRandom(seed)
  const lines = Array.from({ length: rows }, (_, i) => {
    const amount = 500 + Math.floor(random.next() * 50_000)
    const rate = (1 + random.next() * 19).toFixed(2)
    const region = ['north', 'south', 'east'][Math.floor(random.next() * 3)]
    const isLate = random.next() < 1 / (1 + Math.exp(4 - Math.abs(Number(rate) - 10)))
    return `${i},${amount},${rate},${region},${isLate}`
  })
  return `id,amount,rate,region,late\n${lines.join('\n')}\n`
}
