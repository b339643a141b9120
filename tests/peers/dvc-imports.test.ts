/** Imports whose data or source has changed, by the real dvc and by us: equal files stay equal. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeTwins, peer, runDvc, runMlpt } from './twins.ts'
import { startServer, type WebServer } from './web-server.ts'

describe('dvc and mlpt on imports', { skip: peer.skip }, () => {
  test('take the source of one that is not frozen anew, when that or its output has changed', () => {
    const twins = makeTwins()
    const file = "sed -i '/frozen/d' f.dvc"
    twins.run('mkdir ../ext; echo one > ../ext/f', 'import-url', '../ext/f')
    twins.run(`${file}; echo edited > f`, 'commit', 'f.dvc')
    twins.run('', 'commit', '-f', 'f.dvc')
    twins.run('', 'repro', 'f.dvc')
    // Both versions are in the cache now, so nothing is lost.
    twins.run('echo one > f', 'repro', 'f.dvc')
    twins.run('', 'repro', '-f', 'f.dvc')
    twins.run('rm f', 'repro', 'f.dvc')
    twins.run('echo two > ../ext/f', 'commit', 'f.dvc')
    twins.run('', 'commit', '-f', 'f.dvc')
    twins.run('', 'repro', 'f.dvc')
    twins.run('rm -rf .dvc/cache; echo three > ../ext/f', 'repro', 'f.dvc')
    twins.run('rm -rf .dvc/cache', 'repro', 'f.dvc')
    twins.run("sed -i 's/^md5: ./md5: 0/' f.dvc", 'commit', 'f.dvc')
    twins.run('', 'repro', 'f.dvc')
    twins.run('cp ../ext/f ../ext/g; sed -i s,ext/f,ext/g, f.dvc', 'repro', 'f.dvc')
    twins.agreeOnStatus()
  })

  test('take a folder anew, its files too', () => {
    const twins = makeTwins()
    twins.run(
      'mkdir -p ../ext/d; echo 1 > ../ext/d/1; echo 2 > ../ext/d/2',
      'import-url',
      '../ext/d',
    )
    twins.run("sed -i '/frozen/d' d.dvc; echo e > d/e", 'commit', '-f', 'd.dvc')
    twins.run('', 'repro', '-f', 'd.dvc')
    twins.run('rm ../ext/d/1', 'commit', '-f', 'd.dvc')
    twins.run('echo 3 > ../ext/d/3', 'repro', 'd.dvc')
    twins.agreeOnStatus()
  })

  test('record what is there of one that is frozen, and what its source is', () => {
    const twins = makeTwins()
    twins.run('mkdir ../ext; echo one > ../ext/f', 'import-url', '../ext/f')
    twins.run('echo edited > f', 'repro', 'f.dvc')
    twins.run('echo two > ../ext/f', 'repro', 'f.dvc')
    twins.run('', 'commit', '-f', 'f.dvc')
    twins.run("sed -i 's/^md5: ./md5: 0/' f.dvc", 'repro', 'f.dvc')
    twins.run("sed -i 's/^md5: ./md5: 0/' f.dvc", 'commit', 'f.dvc')
    twins.run('', 'commit', '-f', 'f.dvc')
    twins.run(
      "printf '  cache: true\\n  persist: false\\nalways_changed: false\\n' >> f.dvc",
      'repro',
      'f.dvc',
    )
    twins.agreeOnStatus()
  })

  test('record the data of one from a database, and keep settings of a file system', () => {
    const twins = makeTwins()
    const out = (path: string): string =>
      `outs:\n- md5: b026324c6904b2a9cb4b88d6d61c81d1\n  size: 2\n  hash: md5\n  path: ${path}`
    const database = `frozen: true\ndeps:\n- db:\n    connection: c\n    query: select 1\n${out('d')}`
    twins.run(`echo 1 > d; echo '${database}' > d.dvc`, 'commit', '-f', 'd.dvc')
    twins.run('echo 2 > d', 'repro', 'd.dvc')
    const settings = `${out('e')}\n  fs_config: {checksum_jobs: 2}`
    twins.run(`echo '${settings}' > e.dvc; echo 3 > e`, 'add', 'e')
    twins.agreeOnStatus()
  })

  describe('from a web server', () => {
    let server: WebServer
    before(async () => {
      server = await startServer()
    })
    after(() => server.close())

    test('take the source anew', async () => {
      const twins = makeTwins()
      await twins.runAsync('', 'import-url', `${server.url}/etag.txt`, 'w')
      await twins.runAsync("sed -i '/frozen/d' w.dvc; echo edited > w", 'commit', '-f', 'w.dvc')
      await twins.runAsync('', 'repro', 'w.dvc')
      await twins.runAsync('', 'repro', '-f', 'w.dvc')
      await twins.runAsync('echo edited > w', 'repro', 'w.dvc')
      await twins.runAsync('rm w', 'repro', 'w.dvc')
      await twins.runAsync('rm -r w .dvc/cache', 'repro', 'w.dvc')
    })
  })

  test('only we keep an edit that is nowhere else', () => {
    const twins = makeTwins()
    twins.run('mkdir ../ext; echo one > ../ext/f', 'import-url', '../ext/f')
    twins.prepare("sed -i '/frozen/d' f.dvc; echo edited > f")
    assert.equal(runDvc(twins.theirs, ['repro', 'f.dvc']), true)
    assert.equal(readFileSync(join(twins.theirs, 'f'), 'utf8'), 'one\n')
    assert.equal(runMlpt(twins.ours, ['repro', 'f.dvc']), false)
    assert.equal(readFileSync(join(twins.ours, 'f'), 'utf8'), 'edited\n')
    assert.equal(runMlpt(twins.ours, ['repro', '-f', 'f.dvc']), true)
    assert.equal(readFileSync(join(twins.ours, 'f'), 'utf8'), 'one\n')
  })

  test('only we record data whose source is not on this machine', () => {
    const twins = makeTwins()
    twins.run('mkdir ../ext; echo one > ../ext/f', 'import-url', '../ext/f')
    twins.prepare('rm ../ext/f; echo edited > f')
    assert.equal(runDvc(twins.theirs, ['commit', '-f', 'f.dvc']), false)
    assert.equal(runMlpt(twins.ours, ['commit', '-f', 'f.dvc']), true)
    assert.match(
      readFileSync(join(twins.ours, 'f.dvc'), 'utf8'),
      /5bbf5a52328e7439ae6e719dfe712200/,
    )
  })
})
