import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { makeProject, type Project } from './project.ts'

test('added data that is neither there nor in the cache has to be fetched, not run', () => {
  using project = makeProject({
    '.dvc/config': '',
    // md5 of 'in\n'
    'in.txt.dvc':
      'outs:\n- md5: ba8d2b9408ed255ee92a112fe7ba59be\n  size: 3\n  hash: md5\n  path: in.txt\n',
    'dvc.yaml': 'stages: {b: {cmd: cp in.txt b.txt, deps: [in.txt], outs: [b.txt]}}\n',
  })
  assert.equal(
    mlpt(project, 'status'),
    'in.txt.dvc  has to be fetched (mlpt pull): in.txt is missing\n' +
      'b           has to run: it has not run yet, in.txt.dvc has to be fetched\n',
  )
  assert.equal(
    mlpt(project, 'why', 'in.txt.dvc'),
    'in.txt.dvc has to be fetched (mlpt pull):\n  in.txt is missing\n',
  )
  assert.match(
    mlpt(project, 'run', '--dry'),
    /^in\.txt\.dvc {2}has to be fetched +in\.txt is missing\n/,
  )
})

function mlpt(project: Project, ...args: readonly string[]): string {
  return spawnSync(process.execPath, [...mlptArguments, ...args], {
    cwd: project.directory,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  }).stdout
}
