/**
 * Installs the pinned toolchain and libraries, once: `npm ci` when
 * node_modules does not belong to package-lock.json. Plain JavaScript for the
 * machine's own Node (20 or later), because the project's Node comes with it.
 *
 * Two at once: the second waits. A killed install starts over.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  linkSync,
  lstatSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const stampPath = join(root, 'node_modules', '.mlpt-installed')
const lockPath = join(root, '.install.lock')
const minimumMajor = 24

const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')

if (!isInstalled()) {
  await takeLock()
  try {
    if (!isInstalled()) install()
  } finally {
    rmSync(lockPath, { force: true })
  }
}

function isInstalled() {
  return existsSync(stampPath) && readFileSync(stampPath, 'utf8') === wanted
}

function install() {
  // npm would empty the folder behind the link, which belongs to somebody else.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail('node_modules is a link to a folder of another package-lock.json', [
      'remove the link, or run make install where it leads to',
    ])
  }
  process.stderr.write('installing the pinned toolchain and libraries with npm ci\n')
  // npm's answer to an older Node is a warning a line; the Node that counts is among what it installs.
  const result = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (result.status !== 0) {
    fail(`npm ci failed${result.error === undefined ? '' : `: ${result.error.message}`}`, [
      'look at what npm says above; a registry that cannot be reached is the usual cause',
    ])
  }
  linkNode()
  checkNode()
  writeFileSync(stampPath, wanted)
}

/** npm 10, which comes with Node 20, installs the package of the Node binary but does not link it. */
function linkNode() {
  const link = join(root, 'node_modules', '.bin', 'node')
  if (existsSync(link)) return
  const { optionalDependencies } = JSON.parse(
    readFileSync(join(root, 'toolchain', 'package.json'), 'utf8'),
  )
  const binary = Object.keys(optionalDependencies)
    .map((name) => join('..', name, 'bin', 'node'))
    .find((path) => existsSync(join(root, 'node_modules', '.bin', path)))
  if (binary !== undefined) symlinkSync(binary, link)
}

function checkNode() {
  const node = join(root, 'node_modules', '.bin', 'node')
  const version = execFileSync(existsSync(node) ? node : process.execPath, ['--version'], {
    encoding: 'utf8',
  }).trim()
  if (Number(version.slice(1).split('.')[0]) >= minimumMajor) return
  fail(`Node ${version} is too old, and npm has no Node for this platform`, [
    `install Node ${minimumMajor} or later yourself`,
  ])
}

/** The file names its owner, so that a dead one's lock can be taken over. */
async function takeLock() {
  const claimPath = `${lockPath}.${process.pid}.tmp`
  writeFileSync(claimPath, String(process.pid))
  for (let isTold = false; ;) {
    try {
      // A link appears with its content, so that no lock is ever without an owner.
      linkSync(claimPath, lockPath)
      rmSync(claimPath)
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const owner = Number(readOwner())
    if (owner > 0 && !isAlive(owner)) rmSync(lockPath, { force: true })
    else if (!isTold) {
      process.stderr.write(`another install (process ${owner}) is at work; waiting for it\n`)
      isTold = true
    }
    await sleep(200)
  }
}

function readOwner() {
  try {
    return readFileSync(lockPath, 'utf8')
  } catch {
    return ''
  }
}

function isAlive(processId) {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function fail(message, hints) {
  process.stderr.write(`error: ${message}\n${hints.map((hint) => `  hint: ${hint}\n`).join('')}`)
  rmSync(lockPath, { force: true })
  process.exit(1)
}
