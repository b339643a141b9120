/** The real dvc as a program that starts in a tenth of the time: its commands are forks of one Python process. */

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeScratchFolder } from '../scratch-folder.ts'
import { findPeer } from './python.ts'

/**
 * Starts the process and gives the path of the program that asks it. Both end with this process. The program
 * is for commands that end by themselves: killing it does not kill the command.
 */
export function startDvcProgram(): string {
  const { python, skip } = findPeer('.venv', 'dvc')
  const folder = makeScratchFolder()
  const program = join(folder, 'dvc')
  if (skip !== false || !existsSync(python)) return program
  const socket = join(folder, 'socket')
  const server = spawn(python, [join(import.meta.dirname, 'dvc_forks.py'), socket], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, DVC_NO_ANALYTICS: '1', PYTHONHASHSEED: '0' },
  })
  server.unref()
  // Its input ends with this process, and so it does.
  if ('unref' in server.stdin && typeof server.stdin.unref === 'function') server.stdin.unref()
  writeFileSync(program, `#!${python} -SI\n${client(socket, python)}`, { mode: 0o755 })
  return program
}

/** What dvc is run with: nothing is sent, and what it keeps of a machine lies in a folder of this process. */
export function makeDvcEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DVC_NO_ANALYTICS: '1',
    DVC_SITE_CACHE_DIR: makeScratchFolder(),
    PYTHONHASHSEED: '0',
    SHELL: '/bin/sh',
  }
}

/** Starts dvc as {@link startDvcProgram}. @returns what runs a command in a folder, and gives its output */
export function startDvc(): (
  folder: { readonly directory: string },
  ...args: readonly string[]
) => string {
  const program = startDvcProgram()
  const env = makeDvcEnvironment()
  return ({ directory: cwd }, ...args) =>
    execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env })
}

function client(socket: string, python: string): string {
  return `
import json, os, socket, sys, time
server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
for _ in range(3000):
    try:
        server.connect(${JSON.stringify(socket)})
        break
    except OSError:
        time.sleep(0.01)
mask = os.umask(0)
request = {"argv": [${JSON.stringify(join(python, '../dvc'))}] + sys.argv[1:], "folder": os.getcwd(), "env": dict(os.environ), "umask": mask}
socket.send_fds(server, [json.dumps(request).encode()], [0, 1, 2])
sys.exit(int(server.recv(16) or 255))
`
}
