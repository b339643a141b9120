/** Outputs that must not be links to the cache: those that a stage goes on writing to, and those that git keeps. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { linkSync, lstatSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeProject, outcomes } from './project.ts'

for (const type of ['hardlink', 'symlink']) {
  test(`a persistent output that is a ${type} to the cache is a copy before its stage writes to it`, async () => {
    using project = makeProject({
      '.dvc/config': `[cache]\n    type = ${type}\n`,
      'dvc.yaml': `stages:
  grow:
    cmd: echo line >> log.txt; mkdir -p logs; echo line >> logs/a
    outs: [{log.txt: {persist: true}}, {logs: {persist: true}}]
    always_changed: true
`,
    })
    const bytesOfObjects = (): string[] => {
      const folder = join(project.directory, '.dvc/cache/files/md5')
      const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      return paths
        .filter((path) => path.length > 3 && !path.endsWith('.dir'))
        .map((path) => {
          const md5 = createHash('md5')
            .update(readFileSync(join(folder, path)))
            .digest('hex')
          assert.equal(md5, path.replace('/', ''))
          return md5
        })
    }
    const link = (): void => {
      const [object = ''] = bytesOfObjects()
      const target = join(
        project.directory,
        '.dvc/cache/files/md5',
        object.slice(0, 2),
        object.slice(2),
      )
      for (const path of ['log.txt', 'logs/a']) {
        rmSync(join(project.directory, path))
        if (type === 'symlink') symlinkSync(target, join(project.directory, path))
        else linkSync(target, join(project.directory, path))
      }
    }
    await project.run()
    link()
    await project.run()
    assert.equal(project.read('log.txt') + project.read('logs/a'), 'line\nline\n'.repeat(2))
    assert.equal(bytesOfObjects().length, 2)
  })
}

for (const type of ['hardlink', 'symlink']) {
  test(`with ${type}s, an output that git keeps is a copy however it came`, async () => {
    using project = makeProject({
      '.dvc/config': `[cache]\n    type = ${type}\n`,
      'in.txt': '1\n',
      'dvc.yaml': `stages:
  a: {cmd: 'cp in.txt m.json', deps: [in.txt], metrics: [{m.json: {cache: false}}]}
`,
    })
    const checkIsOwn = (text: string): void => {
      const stats = lstatSync(join(project.directory, 'm.json'))
      assert.deepEqual([stats.isSymbolicLink(), stats.nlink, stats.mode & 0o200], [false, 1, 0o200])
      assert.equal(project.read('m.json'), text)
    }
    await project.run()
    checkIsOwn('1\n')
    rmSync(join(project.directory, 'm.json'))
    assert.deepEqual(outcomes(await project.run()), { a: 'restored' })
    checkIsOwn('1\n')
    project.write({ 'in.txt': '2\n' })
    await project.run()
    project.write({ 'in.txt': '1\n' })
    assert.deepEqual(outcomes(await project.run()), { a: 'restored' })
    checkIsOwn('1\n')
  })
}
