/** Two equal repositories, one for the real dvc and one for us, that are compared after each command. */

import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { startDvcProgram, makeDvcEnvironment } from './dvc-program.ts'
import { findPeer } from './python.ts'

export interface Twins {
  readonly theirs: string
  readonly ours: string
  /** Runs a shell script in both. */
  prepare(script: string): void
  /** Runs a script in both, then the command with each tool; verdict and files have to be equal. */
  run(script: string, ...args: readonly string[]): void
  runAsync(script: string, ...args: readonly string[]): Promise<void>
  /** Both tools say of both repositories that they are in the same state. */
  agreeOnStatus(): void
}

const dvcEnvironment = makeDvcEnvironment()
const gitEnvironment = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@localhost',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@localhost',
}
export const peer = findPeer('.venv', 'dvc')

export const dvcProgram = startDvcProgram()

/** @param like - twins to begin as copies of */
export function makeTwins({
  isEmpty = false,
  like,
}: { readonly isEmpty?: boolean; readonly like?: Twins } = {}): Twins {
  const [theirs = '', ours = ''] = [0, 1].map(() => join(makeScratchFolder(), 'repository'))
  const prepare = (script: string): void => {
    for (const cwd of [theirs, ours]) {
      execFileSync('sh', ['-ec', script], { cwd, env: { ...process.env, ...gitEnvironment } })
    }
  }
  if (isEmpty) for (const folder of [theirs, ours]) mkdirSync(folder)
  else {
    execFileSync('cp', ['-a', like?.theirs ?? findInitialized(), theirs])
    execFileSync('cp', ['-a', like?.ours ?? findInitialized(), ours])
  }
  const compare = (what: string, verdicts: readonly [boolean, boolean]): void => {
    assert.deepEqual(verdicts[1], verdicts[0], `the verdict on '${what}'`)
    assert.deepEqual(listFiles(ours), listFiles(theirs), `the files after '${what}'`)
  }
  return {
    theirs,
    ours,
    prepare,
    run: (script, ...args) => {
      prepare(script)
      compare(args.join(' '), [runDvc(theirs, args), runMlpt(ours, args)])
    },
    runAsync: async (script, ...args) => {
      prepare(script)
      const verdicts = [await startDvc(theirs, args), await startMlpt(ours, args)] as const
      compare(args.join(' '), verdicts)
    },
    agreeOnStatus: () => {
      const [own = '', other = ''] = [ours, theirs].map((cwd) =>
        execFileSync(dvcProgram, ['status', '--json'], {
          cwd,
          env: dvcEnvironment,
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      )
      assert.deepEqual(JSON.parse(own), JSON.parse(other))
    },
  }
}

let initialized: string | undefined

/** A repository in which nothing has been done, made once: the copies of it cost a tenth. */
function findInitialized(): string {
  if (initialized !== undefined) return initialized
  const folder = join(makeScratchFolder(), 'repository')
  mkdirSync(folder)
  execFileSync('git', ['init', '-q'], { cwd: folder })
  assert.equal(runDvc(folder, ['init', '-q']), true)
  initialized = folder
  return folder
}

/** `-C folder` goes before a command, as with git. */
function splitFolder(cwd: string, args: readonly string[]): { cwd: string; args: string[] } {
  if (args[0] !== '-C') return { cwd, args: [...args] }
  return { cwd: join(cwd, args[1]!), args: args.slice(2) }
}

export function runDvc(folder: string, all: readonly string[]): boolean {
  const { cwd, args } = splitFolder(folder, all)
  const { status } = spawnSync(dvcProgram, args, { cwd, env: dvcEnvironment, stdio: 'ignore' })
  return status === 0
}

export function runMlpt(folder: string, all: readonly string[]): boolean {
  const { cwd, args } = splitFolder(folder, all)
  const command = [...mlptArguments, ...args]
  const { status, stderr } = spawnSync(process.execPath, command, { cwd, encoding: 'utf8' })
  assert.notEqual(status, 70, stderr)
  return status === 0
}

/** Not blocking, for a server in this process. */
async function startDvc(cwd: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(dvcProgram, [...args], { cwd, env: dvcEnvironment, stdio: 'ignore' })
  const [code] = await once(child, 'close')
  return code === 0
}

async function startMlpt(cwd: string, args: readonly string[]): Promise<boolean> {
  const command = [...mlptArguments, ...args]
  const child = spawn(process.execPath, command, { cwd, stdio: 'ignore' })
  const [code] = await once(child, 'close')
  assert.notEqual(code, 70)
  return code === 0
}

/** Content and executable bit by path; of objects in the cache, only the names. */
function listFiles(root: string): Record<string, string> {
  const files: Record<string, string> = {}
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name)
      const isOwn = ['.git', '.dvc/tmp', '.dvc/cache/runs'].includes(path)
      // dvc leaves temporary files in the cache after 'add --out'.
      if (isOwn || path.endsWith('/.dvc/tmp') || path.endsWith('.tmp')) continue
      if (entry.isDirectory()) visit(path)
      else if (entry.isFile() || isFileAt(join(root, path))) files[path] = describeFile(root, path)
    }
  }
  visit('')
  return files
}

/** Unlike dvc, we leave a link as it is when what it leads to is added. */
function isFileAt(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function describeFile(root: string, path: string): string {
  if (path.startsWith('.dvc/cache/')) return 'an object'
  const isExecutable = (statSync(join(root, path)).mode & 0o100) !== 0
  return `${isExecutable ? 'x ' : ''}${readFileSync(join(root, path), 'utf8')}`
}
