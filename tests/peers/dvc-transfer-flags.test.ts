/** Flags of what moves data between work tree, cache and remote: the same verdict and the same files as dvc. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { dvcProgram, makeTwins, peer, runDvc, runMlpt, type Twins } from './twins.ts'

test('fetch --type and --max-size bring a part', { skip: peer.skip }, () => {
  const twins = makeTwins()
  twins.prepare(`
mkdir -p sub; cat > dvc.yaml <<'Y'
stages:
  s:
    cmd: mkdir -p d; echo 1 > d/m.json; echo 22 > d/other; echo 333 > m.json; echo 4444 > p.csv; echo 55555 > x
    outs: [d, x]
    metrics: [m.json]
    plots: [p.csv]
metrics: [d/m.json]
plots: [sub/q.csv]
Y
echo 666666 > sub/q.csv`)
  twins.run(':', 'remote', 'add', '-q', '-d', 'store', 'store')
  twins.run(':', 'repro', '-q')
  twins.run(':', 'add', '-q', 'sub/q.csv')
  twins.run(':', 'push', '-q')
  for (const flags of [
    ['--type', 'metrics'],
    ['--type', 'plots'],
    ['--type', 'plots', '--type', 'metrics', '--max-size', '5'],
    ['--type', 'params'],
    ['--max-size', '4'],
    ['--max-size', '6', 'd', 'x'],
    ['--max-size', 'x'],
  ]) {
    twins.run('rm -rf .dvc/cache', 'fetch', ...flags)
  }
})

test('add --to-remote keeps nothing here, and both can pull it', { skip: peer.skip }, () => {
  const twins = makeTwins()
  twins.run(':', 'remote', 'add', '-q', '-d', 'store', 'store')
  twins.run(':', 'remote', 'add', '-q', 'second', 'second')
  twins.prepare('mkdir -p ../out/d/e sub; echo 1 > ../out/d/1; echo 2 > ../out/d/e/2; echo x > x')
  // dvc leaves it to the next pull to keep the data out of git.
  const sameRules = (): void =>
    copyFileSync(join(twins.ours, '.gitignore'), join(twins.theirs, '.gitignore'))
  for (const args of [
    ['--to-remote', '../out/d'],
    ['--to-remote', 'x', '-r', 'second'],
    ['--to-remote', 'x', '-o', 'y', '--remote-jobs', '1'],
  ]) {
    assert.deepEqual(
      [runDvc(twins.theirs, ['add', ...args]), runMlpt(twins.ours, ['add', ...args])],
      [true, true],
    )
    sameRules()
    twins.run(':', 'add', '--to-remote', 'nothing')
  }
  for (const args of [
    ['--to-remote', 'x', 'y'],
    ['--to-remote', 'x', '--glob'],
    ['--to-remote', 'x', '--no-commit'],
    ['x', '-r', 'second'],
    ['x', '--remote-jobs', '1'],
    ['--to-remote', 'x', '-r', 'third'],
  ]) {
    twins.run(':', 'add', ...args)
  }
  twins.run(':', 'pull')
  twins.run(':', 'config', 'cache.type', 'symlink')
  twins.run('echo z > z', 'add', '--no-relink', 'z')
  for (const folder of [twins.theirs, twins.ours]) {
    assert.equal(lstatSync(join(folder, 'z')).isSymbolicLink(), false)
    assert.equal(readFileSync(join(folder, 'd/e/2'), 'utf8'), '2\n')
  }
})

test('push --glob sends what patterns match', { skip: peer.skip }, () => {
  const twins = makeTwins()
  twins.prepare('echo 1 > a1; echo 2 > a2; echo 3 > b; mkdir d; echo 4 > d/a; echo 5 > d/b')
  twins.run(':', 'remote', 'add', '-q', '-d', 'store', 'store')
  twins.run(':', 'add', '-q', 'a1', 'a2', 'b', 'd')
  twins.run(':', 'push', '--glob', 'nothing*')
  twins.run(':', 'push', '--glob', 'a[1].dvc')
  twins.run(':', 'push', '--glob', 'a?')
  twins.run(':', 'push', '--glob', 'd*')
})

describe('data status --not-in-remote', { skip: peer.skip }, () => {
  const prepared = (): Twins => {
    const twins = makeTwins()
    twins.prepare('mkdir -p d/e; echo 1 > d/1; echo 2 > d/e/2; echo x > x; echo y > y')
    twins.run(':', 'remote', 'add', '-q', '-d', 'store', 'store')
    twins.run(':', 'add', '-q', 'd', 'x', 'y')
    twins.run(':', 'push', '-q', 'd', 'x')
    twins.run('echo 3 > d/e/3', 'add', '-q', 'd')
    return twins
  }

  test('names the same paths as dvc', () => {
    const twins = prepared()
    for (const flags of [[], ['--granular'], ['--granular', 'd/e'], ['x', 'y'], ['-r', 'store']]) {
      const args = ['data', 'status', '--json', '--not-in-remote', ...flags]
      assert.deepEqual(
        notInRemote([process.execPath, ...mlptArguments], twins.ours, args),
        notInRemote([dvcProgram], twins.theirs, args),
        flags.join(' '),
      )
    }
  })

  test('leaves out what is not to be pushed', () => {
    const twins = prepared()
    twins.prepare(`printf '  push: false\\n' >> y.dvc`)
    const args = ['data', 'status', '--json', '--not-in-remote']
    assert.deepEqual(
      notInRemote([process.execPath, ...mlptArguments], twins.ours, args),
      notInRemote([dvcProgram], twins.theirs, args),
    )
  })
})

function notInRemote(command: readonly string[], cwd: string, args: readonly string[]): string[] {
  const [file = '', ...before] = command
  const output = execFileSync(file, [...before, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, DVC_NO_ANALYTICS: '1', DVC_SITE_CACHE_DIR: join(cwd, '.git/site') },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const { not_in_remote: paths = [] } = JSON.parse(output) as { not_in_remote?: string[] }
  return paths.toSorted()
}
