/** Small git repositories with a pipeline, for experiments. */

import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mlptArguments } from '../mlpt-program.ts'
import { makeFolder, mlpt, runIn, type Answer, type Folder } from './folder.ts'
import { until } from './project.ts'

let plain: Folder | undefined

/** @param folder - where the pipeline lies, below git's root */
export function makeRepository(folder = '.'): Folder {
  if (folder !== '.') return initRepository(folder)
  // Made once and copied: git takes longer for it.
  if (plain === undefined) {
    plain = initRepository('.')
    process.on('exit', plain[Symbol.dispose])
  }
  const project = makeFolder({})
  cpSync(plain.directory, project.directory, { recursive: true, preserveTimestamps: true })
  return project
}

function initRepository(folder: string): Folder {
  const files = Object.entries(pipeline).map(([path, text]) => [join(folder, path), text] as const)
  const project = makeFolder(Object.fromEntries(files))
  git(project, 'init', '-q', '-b', 'main')
  git(project, 'config', 'user.name', 'tester')
  git(project, 'config', 'user.email', 'tester@localhost')
  git(project, 'add', '.')
  const date = '2026-01-01T00:00:00Z'
  const env = { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
  const args = ['-c', 'user.name=t', '-c', 'user.email=t@localhost', 'commit', '-qm', 'one']
  runWithProgram(project, env, 'git', args)
  return project
}

/** Gives the data to DVC instead of git. */
export function addRaw(project: Folder): void {
  git(project, 'rm', '-q', '--cached', 'raw')
  git(project, 'commit', '-qm', 'without data')
  mlptOk(project, 'add', 'raw')
  git(project, 'add', '.')
  git(project, 'commit', '-qm', 'with data')
}

export function git(project: Pick<Folder, 'directory'>, ...args: readonly string[]): string {
  const { exitCode, output, errors } = runIn(project.directory, 'git', ...args)
  assert.equal(exitCode, 0, errors)
  return output
}

export function run(project: Folder, ...flags: readonly string[]): Answer {
  return mlpt(project, 'exp', 'run', ...flags)
}

export function mlptOk(project: Folder, ...args: readonly string[]): Answer {
  const answer = mlpt(project, ...args)
  assert.equal(answer.exitCode, 0, answer.errors)
  return answer
}

export function runWith(
  project: Folder,
  env: Readonly<Record<string, string | undefined>>,
  ...args: readonly string[]
): Answer {
  return runWithProgram(project, env, process.execPath, [...mlptArguments, ...args])
}

export function runWithProgram(
  { directory }: Folder,
  env: Readonly<Record<string, string | undefined>>,
  program: string,
  args: readonly string[],
): Answer {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: directory,
    encoding: 'utf8',
    env,
  })
  return { exitCode: status, output: stdout, errors: stderr }
}

export function start({ directory }: Folder, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...mlptArguments, ...args], { cwd: directory, stdio: 'ignore' })
}

/** Commits by name, in the order of the names; not dvc's own references. */
export function refs(project: Folder): Map<string, string> {
  const lines = git(project, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/exps')
  const pattern = /^refs\/exps\/[0-9a-f]{2}\/[0-9a-f]{38}\/(\S+) (\S+)$/gm
  return new Map(
    Array.from(lines.matchAll(pattern), ([, name = '', commit = '']) => [name, commit]),
  )
}

export function refOf(project: Folder, name: string): string {
  return refs(project).get(name) ?? assert.fail(`there is no '${name}'`)
}

/** A file of an experiment. */
export function show(project: Folder, name: string, path: string): string {
  return git(project, 'show', `${refOf(project, name)}:${path}`)
}

/** What `exp show` says of the experiments on HEAD: metric, depth and rate of each, in order. */
export function valuesOf(project: Folder): string[] {
  const lines = mlptOk(project, 'exp', 'show', '--csv', '--hide-workspace')
    .output.trim()
    .split('\r\n')
  return lines
    .slice(2)
    .map((line) => line.split(',').slice(4).join(' '))
    .sort()
}

/** A stage that writes its process id and sleeps, unless the rate is 0. */
export function sleeper(directory: string): string {
  return `stages:
  sleep:
    cmd:
    - test \${train.rate} = 0 || { echo $$ >> ${directory}/.git/pids; exec sleep 60; }
    - echo done > out
    params: [train]
    outs: [out]
`
}

export async function sleepersOf({ directory }: Folder, count: number): Promise<number[]> {
  const path = join(directory, '.git/pids')
  const read = (): string[] =>
    existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  await until(() => read().length === count)
  return read().map(Number)
}

const pipeline = {
  '.dvc/config': '',
  '.dvc/.gitignore': '/config.local\n/tmp\n/cache\n',
  'params.yaml': '# parameters\ntrain:\n  rate: 0.1\n  depth: 3\n',
  'dvc.yaml': `stages:
  prepare: {cmd: cat raw > prepared, deps: [raw], outs: [prepared]}
  train:
    cmd:
    - test \${train.depth} != 13 || { echo unlucky; exit 1; }
    - cat code.txt new.txt > model.log || cp code.txt model.log || true
    - echo "model \${train.rate}" > model
    - 'echo "{\\"acc\\": \${train.rate}}" > metrics.json'
    deps: [prepared]
    params: [train]
    outs: [model]
    metrics: [metrics.json: {cache: false}]
`,
  'code.txt': 'code\n',
  raw: 'raw\n',
}
