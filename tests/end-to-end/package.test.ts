import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { isBuildFresh } from '../mlpt-program.ts'
import { repository } from './workspace.ts'

test('the packed package works in somebody else’s project: installs, imports, compiles, runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlpt-consumer-'))
  try {
    const run = (command: string, ...args: string[]): string =>
      execFileSync(command, args, {
        cwd: folder,
        encoding: 'utf8',
        env: strangersEnvironment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    if (!isBuildFresh()) execFileSync('npm', ['run', 'build'], { cwd: repository, stdio: 'pipe' })
    execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: repository, stdio: 'pipe' })
    writeFileSync(join(folder, 'package.json'), '{"name": "consumer", "type": "module"}')
    run('npm', 'install', '--no-audit', '--no-fund', './ml-pipeline-toolkit-0.1.0.tgz')
    writeFileSync(
      join(folder, 'use.ts'),
      `import { rocAucScore, defineSchema } from 'ml-pipeline-toolkit'
       import { createPredictor } from 'ml-pipeline-toolkit/predictor'
       import { servingPlugin } from 'ml-pipeline-toolkit/serving'
       const schema = defineSchema({ age: { type: 'integer', min: 18 } })
       const auc: number = rocAucScore([0, 1], [0.1, 0.9])
       console.log(Object.keys(schema.fields).join() + auc + typeof createPredictor + typeof servingPlugin)`,
    )
    assert.equal(run(process.execPath, 'use.ts'), 'age1functionfunction\n')
    assert.match(run('npx', 'mlpt', '--version'), /^0\.1\.0/)
    // A library's error is the program's too: both are made of the same parts.
    writeFileSync(join(folder, 'dvc.yaml'), 'stages: {a: {cmd: echo 1 > a, outs: [a]}}')
    run('npx', 'mlpt', 'init', '--no-scm')
    run('npx', 'mlpt', 'run')
    assert.match(run('npx', 'mlpt', 'run'), /up to date/)
    assert.match(await page(folder), /<!doctype html>/i)
    run(
      join(repository, 'node_modules', '.bin', 'tsc'),
      ...'--noEmit --strict --module nodenext --target es2024 --skipLibCheck use.ts'.split(' '),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** What the dashboard of the installed package shows first. */
async function page(folder: string): Promise<string> {
  const args = ['mlpt', 'server', '--port', '0']
  const server = spawn('npx', args, { cwd: folder, env: strangersEnvironment(), detached: true })
  try {
    for await (const line of createInterface(server.stdout)) {
      const address = /http:\S+/.exec(line)?.[0]
      if (address !== undefined) return await (await fetch(address)).text()
    }
    throw new Error('the server said no address')
  } finally {
    // npx starts the server as a process of its own.
    process.kill(-server.pid!, 'SIGTERM')
  }
}

/** Without what the npm that runs this test hands down, such as this repository's .npmrc. */
function strangersEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !name.toLowerCase().startsWith('npm_') && name !== 'NODE_OPTIONS',
  )
  return Object.fromEntries(own)
}
