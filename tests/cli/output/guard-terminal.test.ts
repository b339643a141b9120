import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mlptArguments } from '../../mlpt-program.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

test('a terminal shows a name from a file instead of obeying it; a pipe gets it as it is', (t) => {
  if (spawnSync('script', ['--version']).status !== 0) return t.skip('skipped: no script(1)')
  const cwd = makeScratchFolder()
  execFileSync('git', ['init', '--quiet'], { cwd })
  const name = 'loss\u001b]0;title\u0007\u001b[5A\u001b[J'
  writeFileSync(join(cwd, 'metrics.json'), JSON.stringify({ [name]: 1 }))
  writeFileSync(join(cwd, 'dvc.yaml'), 'stages: {}\nmetrics: [metrics.json]\n')
  const words = [process.execPath, ...mlptArguments, 'metrics', 'show']
  const line = words.map((word) => `'${word}'`).join(' ')
  const shown = execFileSync('script', ['-qec', line, 'typed'], { cwd, encoding: 'utf8' })
  assert.ok(['\u001b]', '\u0007', '\u001b[5A'].every((sequence) => !shown.includes(sequence)))
  assert.match(shown, /loss\\u001b\]0;title\\u0007\\u001b\[5A\\u001b\[J/)
  const piped = execFileSync(process.execPath, words.slice(1), { cwd, encoding: 'utf8' })
  assert.ok(piped.includes(name))
})
