/** One case: a random repository, twice, and a script that dvc follows in one and we in the other. */

import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { createRandom } from '../../../src/core/random.ts'
import { createDraw } from '../random-draw.ts'
import type { Answer, Dvc } from './dvc-process.ts'
import { logVariable } from './model-files.ts'
import { runOwn } from './own-command.ts'
import { randomModel } from './random-model.ts'
import { createScript } from './random-steps.ts'
import { firstDifference, takeSnapshot } from './snapshot.ts'
import { describeStep, type Command, type Step } from './step.ts'
import { createTolerance, type Tolerance } from './tolerance.ts'

/** How a case ended. */
export interface CaseResult {
  /** The first one; nothing when there was none. */
  readonly difference: string | undefined
  /** What was done until then. */
  readonly script: string
  readonly steps: number
}

/** Where cases run. */
export interface CaseWorld {
  readonly dvc: Dvc
  /** For the case; not there yet. */
  readonly folder: string
  /** A repository in which nothing has been done. */
  readonly template: string
}

/** Runs the case that a seed makes. */
export async function runCase(seed: number, world: CaseWorld): Promise<CaseResult> {
  const draw = createDraw(createRandom(seed))
  const model = randomModel(draw)
  const script = createScript(model, draw)
  // The order in which dvc meets several dvc.yaml is that of its file system.
  const tolerance = createTolerance({ isOrderFree: model.pipelines.length > 1 })
  const match = { ...makeTwins(world), dvc: world.dvc, tolerance, statusFolder: '' }
  const done: Step[] = []
  const follow = async (step: Step): Promise<string | undefined> => {
    done.push(step)
    return takeStep(step, { ...match, statusFolder: done.length % 3 === 1 ? 'raw' : '' })
  }
  const end = (difference: string | undefined): CaseResult => ({
    difference,
    script: done.map(describeStep).join('\n'),
    steps: done.length,
  })
  const count = 2 + draw.random.nextInteger(4)
  for (let i = 0; i <= count + 1; i++) {
    const isFirst = i === 0
    const step = isFirst ? script.first() : i > count ? script.last() : script.next()
    const difference = await follow(step)
    if (difference !== undefined) return end(difference)
    if (tolerance.isOver) return end(undefined)
    if (!tolerance.hasFailed) continue
    const again = await follow(script.heal())
    if (again !== undefined) return end(again)
    if (tolerance.isOver || tolerance.hasFailed) return end(undefined)
  }
  return end(await swapTools(match))
}

interface Twins {
  /** Each holds `repository` and `store`. */
  readonly theirs: string
  readonly ours: string
}

interface Match extends Twins {
  readonly dvc: Dvc
  readonly tolerance: Tolerance
  /** Where the status is asked for: it names everything relative to that. */
  readonly statusFolder: string
}

function makeTwins({ folder, template }: CaseWorld): Twins {
  const twins = { theirs: join(folder, 'theirs'), ours: join(folder, 'ours') }
  for (const twin of Object.values(twins)) {
    mkdirSync(join(twin, 'store'), { recursive: true })
    cpSync(template, join(twin, 'repository'), { recursive: true })
    writeFileSync(
      join(twin, 'repository/.dvc/config'),
      `[core]\n    remote = store\n['remote "store"']\n    url = ../../store\n`,
    )
  }
  return twins
}

async function takeStep(step: Step, match: Match): Promise<string | undefined> {
  const { theirs, ours, tolerance } = match
  for (const twin of [theirs, ours]) changeByHand(step, twin)
  if (step.swapsStores) swapStores(match)
  const { command } = step
  if (command === undefined) return compare(match)
  const [their, our, theirStatus] = await runBoth(command, match)
  const done = { ...step, command }
  tolerance.note(done, their, our)
  if (their.isDone !== our.isDone && !tolerance.isVerdictFree(done, their, our)) {
    return `dvc ${their.isDone ? 'does' : 'refuses'} it, we ${our.isDone ? 'do' : 'do not'}:\n${their.output}${their.errors}\n${our.output}${our.errors}`
  }
  return compareLogs(match) ?? (await compare(match, theirStatus))
}

function changeByHand({ files, script }: Step, twin: string): void {
  const root = join(twin, 'repository')
  for (const [path, text] of files) {
    const location = join(root, path)
    rmSync(location, { force: true })
    if (text === undefined) continue
    mkdirSync(dirname(location), { recursive: true })
    writeFileSync(location, text)
  }
  if (script !== '') execFileSync('/bin/sh', ['-c', script], { cwd: root })
}

function swapStores({ theirs, ours }: Twins): void {
  renameSync(join(theirs, 'store'), join(theirs, 'other'))
  renameSync(join(ours, 'store'), join(theirs, 'store'))
  renameSync(join(theirs, 'other'), join(ours, 'store'))
}

/** The last answer is what dvc then says of its repository. */
async function runBoth(
  { folder, args, jobs }: Command,
  { theirs, ours, dvc, statusFolder }: Match,
): Promise<readonly [Answer, Answer, Answer]> {
  const [their, theirStatus] = await dvc.run(
    [
      { folder: join(theirs, 'repository', folder), args },
      { folder: join(theirs, 'repository', statusFolder), args: statusCommand },
    ],
    { environment: { [logVariable]: logOf(theirs) } },
  )
  return [their!, await runOurs({ folder, args, jobs }, ours), theirStatus!]
}

async function runOurs({ folder, args, jobs }: Command, twin: string): Promise<Answer> {
  process.env[logVariable] = logOf(twin)
  const isRun = args[0] === 'repro'
  const own = isRun ? ['run', ...args.slice(1), '--jobs', String(jobs)] : args
  return runOwn(join(twin, 'repository', folder), own)
}

function logOf(twin: string): string {
  return `${twin}.log`
}

/** Which stages ran; the logs are empty afterwards. */
function compareLogs({ theirs, ours, tolerance }: Match): string | undefined {
  const [their = [], our = []] = [theirs, ours].map((twin) => {
    const path = logOf(twin)
    const names = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
    rmSync(path, { force: true })
    return names
  })
  if (tolerance.areSameRuns(their, our)) return undefined
  return `dvc ran ${their.join(', ')}; we ran ${our.join(', ')}`
}

/** @param theirStatus - what dvc says of its repository as it is now, when it has been asked */
async function compare(match: Match, theirStatus?: Answer): Promise<string | undefined> {
  const { theirs, ours, dvc, tolerance, statusFolder } = match
  const [their, our] = tolerance.reduce(takeSnapshot(theirs), takeSnapshot(ours))
  const difference = firstDifference(their, our)
  if (difference !== undefined) return difference
  if (tolerance.hasFailed || tolerance.isOver) return undefined
  const said =
    theirStatus === undefined
      ? await readTheirStatus(dvc, theirs, statusFolder)
      : parseStatus(theirStatus)
  const own = await readOwnStatus(ours, statusFolder)
  return isDeepStrictEqual(said, own) ? undefined : differentStatus(said, own)
}

function differentStatus(theirs: unknown, ours: unknown): string {
  return `the status is, by dvc:\n${JSON.stringify(theirs)}\nby us:\n${JSON.stringify(ours)}`
}

async function readTheirStatus(dvc: Dvc, twin: string, folder: string): Promise<unknown> {
  const where = join(twin, 'repository', folder)
  const [answer] = await dvc.run([{ folder: where, args: statusCommand }])
  return parseStatus(answer!)
}

const statusCommand = ['status', '--json']

function parseStatus({ output, errors, isDone }: Answer): unknown {
  return isDone ? JSON.parse(output) : `refused: ${errors}`
}

async function readOwnStatus(twin: string, folder: string): Promise<unknown> {
  const { output, errors } = await runOwn(join(twin, 'repository', folder), ['status', '--json'])
  return output === '' ? `refused: ${errors}` : JSON.parse(output)
}

/** Each tool says of the other one's repository what that one says, and finds nothing more to do. */
async function swapTools(match: Match): Promise<string | undefined> {
  const { theirs, ours, dvc } = match
  const before = takeSnapshot(theirs)
  const args = ['repro', '-P']
  const folder = join(ours, 'repository')
  const [theirStatus, their] = await dvc.run(
    [
      { folder, args: statusCommand },
      { folder, args },
    ],
    { environment: { [logVariable]: logOf(ours) } },
  )
  const said = parseStatus(theirStatus!)
  const own = await readOwnStatus(theirs, '')
  if (!isDeepStrictEqual(said, own)) return `after the swap ${differentStatus(said, own)}`
  const our = await runOurs({ folder: '', args, jobs: 1 }, theirs)
  if (!their!.isDone || !our.isDone) return `after the swap one of the runs fails`
  const difference = compareLogs(match) ?? (await compare(match))
  if (difference !== undefined) return `after the swap ${difference}`
  return isClean(said) ? firstDifference(before, takeSnapshot(theirs)) : undefined
}

function isClean(status: unknown): boolean {
  return JSON.stringify(status) === '{}'
}
