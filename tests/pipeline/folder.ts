/** A temporary folder with files in it, in which commands run. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { mlptArguments } from '../mlpt-program.ts'

export interface Folder extends Disposable {
  readonly directory: string
  write(files: Readonly<Record<string, string>>): void
  read(path: string): string
}

export interface Answer {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

export function makeFolder(files: Readonly<Record<string, string>>): Folder {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'mlpt-folder-')))
  const folder: Folder = {
    directory,
    write: (more) => {
      for (const [path, text] of Object.entries(more)) {
        mkdirSync(dirname(join(directory, path)), { recursive: true })
        writeFileSync(join(directory, path), text)
      }
    },
    read: (path) => readFileSync(join(directory, path), 'utf8'),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
  folder.write(files)
  return folder
}

/** Runs `mlpt` in a folder to its end. */
export function mlpt({ directory }: Pick<Folder, 'directory'>, ...args: readonly string[]): Answer {
  return runIn(directory, process.execPath, ...mlptArguments, ...args)
}

/** Runs any program in a folder to its end. */
export function runIn(directory: string, program: string, ...args: readonly string[]): Answer {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { exitCode: status, output: stdout, errors: stderr }
}
