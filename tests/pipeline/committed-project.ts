/** A small repository under git, and `mlpt` as a command in it. */

import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { mlptArguments } from '../mlpt-program.ts'
import { makeProject, type Project } from './project.ts'

/** What a command came to. */
export interface Answer {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

/** A repository with one commit of the files. */
export function makeCommitted(files: Readonly<Record<string, string>>): Project {
  const project = makeProject({ '.dvc/config': '', '.dvc/.gitignore': '/cache\n/tmp\n', ...files })
  git(project, 'init', '-q', '-b', 'main')
  commit(project)
  return project
}

/** Commits everything. */
export function commit(project: Project): void {
  git(project, 'add', '-A')
  git(project, 'commit', '-qm', 'x', '--allow-empty')
}

/** Runs git; what it prints. */
export function git(project: Project, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost']
  return execFileSync('git', ['-C', project.directory, ...identity, ...args], {
    encoding: 'utf8',
  }).trim()
}

/** Runs `mlpt` in the project, or in a folder of it. */
export function mlpt(project: Project, args: readonly string[], folder = '.'): Answer {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...mlptArguments, ...args], {
    cwd: join(project.directory, folder),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { exitCode: status, output: stdout, errors: stderr }
}

/** The document that a command prints. */
export function mlptJson(project: Project, args: readonly string[], folder?: string): unknown {
  const { output, errors } = mlpt(project, [...args, '--json'], folder)
  if (output === '') throw new Error(errors)
  return JSON.parse(output)
}

/** Puts content into the cache; its MD5. */
export function putInCache(project: Project, text: string, suffix = ''): string {
  const md5 = createHash('md5').update(text).digest('hex') + suffix
  project.write({ [`.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`]: text })
  return md5
}
