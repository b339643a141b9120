/** `npx mlpt …` is started without npx where that is the same. */

import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { skipNpx } from '../../src/pipeline/run/npx-file.ts'
import { makeProject, outcomes } from './project.ts'

const installed = { 'package.json': '{"name": "mine"}', 'node_modules/.bin/mlpt': '#!/bin/sh\n' }

/** Where no settings of this machine's user are. */
const home = { HOME: '/nonexistent', npm_config_globalconfig: '/nonexistent/npmrc' }

describe('a command that begins with npx mlpt', () => {
  test('starts the installed program, with all that follows as it was', () => {
    using project = makeProject(installed)
    const program = join(project.directory, 'node_modules/.bin/mlpt')
    const cases = {
      'npx mlpt': '',
      'npx mlpt train "$MODEL" && npx mlpt report': ' train "$MODEL" && npx mlpt report',
      'npx --no mlpt ingest': ' ingest',
      'npx --no-install mlpt ingest': ' ingest',
      'npx -- mlpt ingest': ' ingest',
      'npx mlpt; echo done': '; echo done',
      'npx mlpt\nnpx mlpt report': '\nnpx mlpt report',
    }
    for (const [command, rest] of Object.entries(cases)) {
      assert.equal(skipNpx(command, project.directory, home), `${program}${rest}`)
    }
  })

  test('starts that of the nearest folder above, also by a path with quotes and blanks', () => {
    using project = makeProject({
      ...installed,
      "it's here/node_modules/.bin/mlpt": '',
      "it's here/below/file": '',
      'other/node_modules/.bin/another': '',
    })
    const { directory } = project
    const below = skipNpx('npx mlpt', join(directory, "it's here/below"), home)
    assert.equal(below, `'${directory}/it'\\''s here/node_modules/.bin/mlpt'`)
    const other = skipNpx('npx mlpt', join(directory, 'other'), home)
    assert.equal(other, `${directory}/node_modules/.bin/mlpt`)
  })

  test('is left to npx when it says more, or something else', () => {
    using project = makeProject(installed)
    for (const command of [
      'npx mlpt@1 train',
      'npx mlpt-other',
      'npx --yes mlpt',
      'npx -p thing mlpt',
      'npx  mlpt',
      'npx "mlpt"',
      'npx mlpt$X',
      'npx mlpt"x"',
      'npx mlpt\\ x',
      'npx mlpt>out',
      'npx tsx mlpt',
      'cd sub && npx mlpt',
      'A=1 npx mlpt',
      'npx',
      'mlpt train',
      '',
    ]) {
      assert.equal(skipNpx(command, project.directory, home), command)
    }
  })

  test('is left to npx where that would take another program', () => {
    const bins = [
      '{"bin": {"mlpt": "x.js"}}',
      '{"name": "mlpt", "bin": "x.js"}',
      '{"directories": {"bin": "b"}}',
    ]
    for (const text of bins) {
      using project = makeProject({ ...installed, 'package.json': text })
      assert.equal(skipNpx('npx mlpt', project.directory, home), 'npx mlpt')
    }
    for (const line of ['node-options=--inspect', ' script-shell = bash', 'workspaces=true']) {
      using project = makeProject({ ...installed, '.npmrc': `audit=false\n${line}\n` })
      assert.equal(skipNpx('npx mlpt', project.directory, home), 'npx mlpt')
    }
    using project = makeProject(installed)
    for (const name of ['npm_config_package', 'NPM_CONFIG_WORKSPACE', 'npm_config_script_shell']) {
      assert.equal(skipNpx('npx mlpt', project.directory, { ...home, [name]: 'x' }), 'npx mlpt')
    }
  })

  test('is left to npx where nothing is installed', () => {
    const directory = mkdtempSync(join(tmpdir(), 'mlpt-none-'))
    try {
      assert.equal(skipNpx('npx mlpt train', directory, home), 'npx mlpt train')
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  test('is recorded and shown as it is written', async () => {
    using project = makeProject({
      ...installed,
      'node_modules/.bin/mlpt': '#!/bin/sh\necho "$0 $*" > out.txt\n',
      'dvc.yaml': 'stages:\n  a: {cmd: npx mlpt do this, outs: [out.txt]}\n',
    })
    chmodSync(join(project.directory, 'node_modules/.bin/mlpt'), 0o755)
    const env = { ...process.env, ...home, npm_config_userconfig: undefined }
    assert.deepEqual(outcomes(await project.run({ env })), { a: 'ran' })
    assert.match(project.read('out.txt'), /node_modules\/\.bin\/mlpt do this\n$/)
    assert.match(project.read('dvc.lock'), /cmd: npx mlpt do this\n/)
    const started = project.events.find(({ kind }) => kind === 'command-started')
    assert.equal(started?.kind === 'command-started' && started.command, 'npx mlpt do this')
  })
})
