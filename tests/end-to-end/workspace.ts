/** A copy of the repository in a folder of its own, on generated data: what a user has after `git clone`. */

import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { isBuildFresh, mlptArguments } from '../mlpt-program.ts'

export const repository = resolve(import.meta.dirname, '../..')

export interface Workspace extends Disposable {
  readonly directory: string
  /** What commands of the workspace get as their environment. */
  readonly environment: NodeJS.ProcessEnv
  /** What `make` gets besides its targets. */
  readonly makeVariables: readonly string[]
}

interface WorkspaceOptions {
  /** Generated rows; without it params.yaml stays, for the real data. */
  readonly rows?: number
  readonly mirror?: string
  /** Whether it is to start as a clone does, from its own sources and by npm's own npx. */
  readonly isAsCloned?: boolean
}

/**
 * Copies every file git knows or does not ignore; node_modules is linked, which
 * the install step accepts, because its stamp belongs to the same package-lock.json.
 *
 * npx takes as long to start as a stage to run, and the program from its sources half of that: unless the
 * workspace is to be as it was cloned, a script stands for npx, and `mlpt` is the one that tests start elsewhere.
 */
export function createWorkspace({ rows, mirror, isAsCloned }: WorkspaceOptions = {}): Workspace {
  const directory = mkdtempSync(join(tmpdir(), 'mlpt-workspace-'))
  copyRepository(directory)
  const isBuilt = isAsCloned !== true && isBuildFresh()
  // project.ts imports the library by its name: what it finds has to be that of the program.
  if (isBuilt) symlinkSync(join(repository, 'dist'), join(directory, 'dist'))
  const programs = `${directory}-programs`
  mkdirSync(programs)
  if (isAsCloned !== true) writeNpx(join(programs, 'npx'))
  if (rows !== undefined) {
    for (const name of ['dvc.lock', 'metrics', 'reports']) {
      rmSync(join(directory, name), { recursive: true, force: true })
    }
    mlpt(repository, ['demo', directory, '--rows', String(rows)])
  }
  return {
    directory,
    environment: {
      ...process.env,
      PATH: `${programs}:${process.env['PATH']}`,
      NODE_OPTIONS: '',
      MLPT_DATA_MIRROR: mirror ?? join(directory, 'generated'),
    },
    makeVariables: isBuilt ? [`MLPT=node ${mlptArguments.join(' ')}`] : [],
    [Symbol.dispose]: () => {
      for (const path of [directory, programs]) rmSync(path, { recursive: true, force: true })
    },
  }
}

function copyRepository(directory: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
  })
  for (const name of listed.split('\0').filter((path) => path !== '')) {
    cpSync(join(repository, name), join(directory, name), { force: true, recursive: true })
  }
  symlinkSync(join(repository, 'node_modules'), join(directory, 'node_modules'))
}

/** Runs `npx mlpt …`. As with npm's, the program is a child of it, which lives on when it is killed. */
export function writeNpx(path: string): void {
  const words = [process.execPath, ...mlptArguments].map((word) => `'${word}'`).join(' ')
  writeFileSync(path, `#!/bin/sh\nshift\n${words} "$@"\nexit $?\n`, { mode: 0o755 })
}

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the `mlpt` of a repository or workspace in it, and waits for its end. */
export function mlpt(
  directory: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Outcome {
  const command = [...nodeArguments(directory), ...args]
  return collect(() =>
    execFileSync(process.execPath, command, {
      cwd: directory,
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
}

/** Runs `make` in a workspace and waits for its end. */
export function make(workspace: Workspace, ...targets: readonly string[]): Outcome {
  return collect(() =>
    execFileSync('make', [...targets, ...workspace.makeVariables], {
      cwd: workspace.directory,
      env: workspace.environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
}

function collect(run: () => string): Outcome {
  try {
    return { status: 0, stdout: run(), stderr: '' }
  } catch (error) {
    // execFileSync puts the outcome of a command that failed on the error.
    const { status, stdout, stderr } = error as Outcome
    return { status, stdout, stderr }
  }
}

function nodeArguments(directory: string): readonly string[] {
  const isBuilt = directory === repository || existsSync(join(directory, 'dist'))
  return isBuilt ? mlptArguments : ['--conditions=mlpt-source', join(directory, 'bin', 'mlpt.js')]
}

/** Starts `mlpt` in the background; the caller ends it. */
export function startMlpt(workspace: Workspace, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...nodeArguments(workspace.directory), ...args], {
    cwd: workspace.directory,
    env: workspace.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Resolves with all that was printed once it matches, rejects when the process ends before. */
export async function waitForOutput(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = ''
  return new Promise((resolvePromise, reject) => {
    const onData = (chunk: Buffer): void => {
      text += chunk.toString()
      if (pattern.test(text)) resolvePromise(text)
    }
    child.stdout?.on('data', onData)
    child.stderr?.on('data', onData)
    child.on('exit', (code) => reject(new Error(`ended with ${code} before ${pattern}: ${text}`)))
  })
}

/** What the pipeline made, by path: the hash of each file, dvc.lock and reports included. */
export function hashOutputs(directory: string): Record<string, string> {
  const roots = ['data/raw', 'data/processed', 'models', 'plots', 'metrics', 'reports', 'dvc.lock']
  const files = roots.flatMap((root) => listFiles(join(directory, root)))
  return Object.fromEntries(
    files.map((file) => [
      file.slice(directory.length + 1),
      createHash('sha256').update(readFileSync(file)).digest('hex'),
    ]),
  )
}

function listFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .sort()
}

/** The folder of the real data, or why there is none. */
export function findRealData(): { readonly mirror: string; readonly skip: string | false } {
  const mirror = process.env['MLPT_DATA_MIRROR'] ?? join(dirname(repository), 'shared', 'data')
  try {
    const names = readdirSync(mirror)
    if (names.includes('credit_default.csv')) return { mirror, skip: false }
  } catch {
    // Told below: there is no mirror on this machine.
  }
  return { mirror, skip: 'skipped: no mirror of the data; set MLPT_DATA_MIRROR' }
}

/** Starts `make` as the head of a process group of its own, as a terminal does. */
export function startMake(
  { directory, environment, makeVariables }: Omit<Workspace, keyof Disposable>,
  target: string,
): ChildProcess {
  return spawn('make', [target, ...makeVariables], {
    cwd: directory,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Collects both streams of a child, in the order in which they come. */
export function collectOutput(child: ChildProcess): { readonly text: string } {
  const printed = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed.text += chunk.toString()
    })
  }
  return printed
}

/** A workspace on generated data in which `make all` has run once. */
export function createFinishedWorkspace(rows = 2000): Workspace {
  const workspace = createWorkspace({ rows })
  const first = make(workspace, 'all')
  assert.equal(first.status, 0, first.stderr)
  return workspace
}
