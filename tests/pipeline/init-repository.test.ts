import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolder, mlpt, type Folder } from './folder.ts'

test('a repository is made at the root of git, and its files are handed to git', () => {
  using folder = makeGitFolder({})
  const answer = mlpt(folder, 'init')
  assert.equal(answer.exitCode, 0, answer.errors)
  assert.deepEqual(
    [folder.read('.dvc/config'), folder.read('.dvc/.gitignore')],
    ['', '/config.local\n/tmp\n/cache\n'],
  )
  const status = execFileSync('git', ['status', '--porcelain', '-uall'], { cwd: folder.directory })
  assert.equal(status.toString(), 'A  .dvc/.gitignore\nA  .dvc/config\nA  .dvcignore\n')
})

test('a .dvcignore that is there is kept', () => {
  using folder = makeGitFolder({ '.dvcignore': '*.log\n' })
  assert.equal(mlpt(folder, 'init').exitCode, 0)
  assert.equal(folder.read('.dvcignore'), '*.log\n')
})

test('without git, a folder has to say that it wants none', () => {
  using folder = makeFolder({})
  const refused = mlpt(folder, 'init')
  assert.equal(refused.exitCode, 1)
  assert.match(
    refused.errors,
    /PATH_FORBIDDEN: '.*' is not the root of a git repository\n.*--no-scm/,
  )
  assert.equal(existsSync(join(folder.directory, '.dvc')), false)
  assert.equal(mlpt(folder, 'init', '--no-scm').exitCode, 0)
  assert.equal(folder.read('.dvc/config'), '[core]\n    no_scm = True\n')
  folder.write({ a: 'a\n' })
  assert.equal(mlpt(folder, 'add', 'a').exitCode, 0)
  assert.equal(existsSync(join(folder.directory, '.gitignore')), false)
})

test('below the root of git, --subdir is needed', () => {
  using folder = makeGitFolder({ 'sub/x': 'x\n' })
  const inside = { ...folder, directory: join(folder.directory, 'sub') }
  assert.equal(mlpt(inside, 'init').exitCode, 1)
  assert.equal(mlpt(inside, 'init', '--subdir').exitCode, 0)
  assert.equal(existsSync(join(inside.directory, '.dvc/config')), true)
})

test('a repository is made anew only with force', () => {
  using folder = makeGitFolder({})
  mlpt(folder, 'init')
  folder.write({ '.dvc/config': '[core]\n    autostage = true\n' })
  const refused = mlpt(folder, 'init')
  assert.equal(refused.exitCode, 1)
  assert.match(refused.errors, /exists/)
  assert.match(folder.read('.dvc/config'), /autostage/)
  assert.equal(mlpt(folder, 'init', '-f').exitCode, 0)
  assert.equal(folder.read('.dvc/config'), '')
})

test('a folder that git ignores cannot become one', () => {
  using folder = makeGitFolder({ '.gitignore': '.dvc\n' })
  assert.match(mlpt(folder, 'init').errors, /PATH_FORBIDDEN: git ignores/)
})

test('flags that contradict each other are a usage error', () => {
  using folder = makeGitFolder({})
  assert.equal(mlpt(folder, 'init', '--no-scm', '--subdir').exitCode, 2)
})

function makeGitFolder(files: Readonly<Record<string, string>>): Folder {
  const folder = makeFolder(files)
  execFileSync('git', ['init', '-q'], { cwd: folder.directory })
  return folder
}
