/** The same commands by the real dvc and by us on equal repositories leave equal files behind. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { dvcProgram, makeTwins, peer, runDvc, runMlpt } from './twins.ts'
import { startServer, type WebServer } from './web-server.ts'

describe('dvc and mlpt', { skip: peer.skip }, () => {
  test('make the same repository', () => {
    const twins = makeTwins({ isEmpty: true })
    twins.run('', 'init')
    twins.run('git init -q', 'init')
    twins.run('', 'init')
    twins.run('echo "*.log" > .dvcignore; touch .dvc/x', 'init', '-f')
    twins.run('mkdir sub', '-C', 'sub', 'init')
    twins.run('', '-C', 'sub', 'init', '--subdir')
    twins.run('mkdir plain', '-C', 'plain', 'init', '--no-scm')
    twins.run('', '-C', 'plain', 'init', '--no-scm', '--subdir', '-f')
  })

  test('add files and folders, new and changed, and refuse the same paths', () => {
    const twins = makeTwins()
    twins.run(
      `mkdir -p data/raw/sub; echo a > data/raw/a; echo b > data/raw/sub/b; printf 'x\\r\\ny' > 'data/# [x]*.csv'
       : > empty; mkdir none; echo t > tool.sh; chmod +x tool.sh`,
      'add',
      'data/raw',
      'data/# [x]*.csv',
      'empty',
      'none',
      'tool.sh',
    )
    twins.run('echo more >> empty; echo c > data/raw/c', 'add', 'data/raw', 'empty')
    twins.run('', '-C', 'data', 'add', 'raw/../raw', '../tool.sh')
    twins.run('', 'add', 'data')
    twins.run('', 'add', 'missing')
    twins.run('', 'add', 'data/raw.dvc')
    twins.run('', 'add', '.dvc/config')
    twins.run('echo o > ../outside', 'add', '../outside')
    twins.run('ln -s data/raw link', 'add', 'link')
    twins.run('mkdir real; echo 1 > real/x; ln -s real way', 'add', 'way/x')
    twins.run('ln -s nowhere broken', 'add', 'broken')
    twins.run('rm broken; ln -s empty file-link', 'add', 'file-link')
    twins.run('echo t > tracked; git add tracked', 'add', 'tracked')
    twins.run('mkdir td; echo t > td/x; git add td', 'add', 'td')
    twins.run('echo "*.log" >> .dvcignore; echo l > a.log', 'add', 'a.log')
    twins.run('mkdir mix; echo 1 > mix/a; echo 2 > mix/b.log', 'add', 'mix')
    twins.run('mkdir di; echo 1 > di/.dvcignore', 'add', 'di')
    twins.run('echo 1 > g1.csv; echo 2 > g2.csv', 'add', '--glob', 'g*.csv')
    twins.run('', 'add', '--glob', 'zzz*')
    twins.run('', 'add', '../outside', '-o', 'got.txt')
    twins.run('', 'add', '../outside', '-o', 'got.txt')
    twins.run('echo p > ../outside', 'add', '-f', '../outside', '-o', 'got.txt')
    twins.run('', 'add', 'g1.csv', 'g2.csv', '-o', 'zz')
    twins.run('echo n > later', 'add', '--no-commit', 'later')
    twins.run('', 'commit', 'later.dvc')
    twins.agreeOnStatus()
  })

  test('update a part of a tracked folder', () => {
    const twins = makeTwins()
    twins.run('mkdir -p raw/sub; echo a > raw/a; echo b > raw/sub/b', 'add', 'raw')
    twins.run('echo new > raw/new; echo other > raw/a', 'add', 'raw/new')
    twins.run('', 'add', 'raw/a')
    twins.run('mkdir raw/more; echo 1 > raw/more/1; echo 2 > raw/more/2', 'add', 'raw/more')
    twins.run('rm raw/sub/b', 'add', 'raw/sub/b')
    twins.run('', 'add', 'raw/never')
    twins.run('', 'add', 'raw/a', 'raw')
    twins.run('echo f > file', 'add', 'file')
    twins.agreeOnStatus()
  })

  test('keep what a person wrote into a .dvc file, and entries of version 2', () => {
    const twins = makeTwins()
    twins.run(
      `echo hello > a.txt; mkdir -p .dvc/cache/b1
       cp a.txt .dvc/cache/b1/946ac92492d2347c6235b4d2611184; chmod 444 .dvc/cache/b1/*
       cat > a.txt.dvc <<'END'
# head comment
desc: my data   # tail
meta: {k: 1}
outs:
# about out
- path: a.txt   # the path
  md5: b1946ac92492d2347c6235b4d2611184
  desc: inner
END`,
      'add',
      'a.txt',
    )
    twins.run('echo more >> a.txt', 'add', 'a.txt')
    twins.run(
      `mkdir -p w/in; echo 1 > w/in/z; printf 'wdir: in\\nouts:\\n- path: z\\n' > w/w.dvc`,
      'add',
      'w/in/z',
    )
    twins.run(
      `printf 'frozen: true\\nouts:\\n- path: fz\\n  push: false\\n  remote: r\\n' > fr.dvc; echo 1 > fz`,
      'add',
      'fz',
    )
    twins.run(
      `printf 'outs:\\n- path: ncf\\n  cache: false\\n' > nc.dvc; echo 1 > ncf`,
      'add',
      'ncf',
    )
    twins.run(
      `printf 'outs:\\n- path: p1\\n- path: p2\\n' > two.dvc; echo 1 > p1; echo 2 > p2`,
      'add',
      'p1',
    )
    twins.run('', 'commit', '-f', 'two.dvc')
    twins.agreeOnStatus()
  })

  test('check out, and refuse what would lose something', () => {
    const twins = makeTwins()
    twins.run(
      `mkdir -p raw/sub; echo a > raw/a; echo b > raw/sub/b; echo c > raw/c; echo f > f.txt; echo x > x.sh; chmod +x x.sh`,
      'add',
      'raw',
      'f.txt',
      'x.sh',
    )
    twins.run('rm -r raw f.txt x.sh', 'checkout')
    twins.run('rm f.txt', 'checkout', 'f.txt')
    twins.run('rm f.txt', 'checkout', 'f.txt.dvc')
    twins.run('echo changed > f.txt', 'checkout')
    twins.run('', 'checkout', '-f')
    twins.run('echo a2 > raw/a; echo extra > raw/extra; rm raw/c', 'checkout')
    twins.run('', 'checkout', '-f')
    twins.run('echo b > raw/copied', 'checkout')
    twins.run('rm -r raw', 'checkout', 'raw/sub')
    twins.run('', 'checkout', 'nope')
    twins.run('', 'checkout', '-R', '.')
    twins.run('rm -r raw; echo file > raw', 'checkout')
    twins.run('', 'checkout', '-f')
    twins.run('rm f.txt; mkdir f.txt; echo 1 > f.txt/in', 'checkout')
    twins.run('', 'checkout', '-f')
    twins.run('rm raw/a; rm .dvc/cache/files/md5/60/*; rm f.txt', 'checkout', 'f.txt')
    twins.agreeOnStatus()
  })

  test('take away what an older commit tracked', () => {
    const twins = makeTwins()
    twins.run('git commit -qm base; echo f > f.txt; echo g > g.txt', 'add', 'f.txt', 'g.txt')
    twins.run(
      'git add . ; git commit -qm data; git rm -q g.txt.dvc; git commit -qm less',
      'checkout',
    )
    twins.run('git checkout -q HEAD~', 'checkout')
    twins.run('git checkout -q -; echo edited > g.txt', 'checkout')
    const made = `stages: {make: {cmd: "echo m > m.txt; echo e > e.txt", outs: [m.txt, e.txt]}}`
    twins.run(`git checkout -qb made; echo '${made}' > dvc.yaml`, 'repro')
    twins.run('git add .; git commit -qm made; git checkout -q -; echo edited > e.txt', 'checkout')
  })

  test('remove data and stages', () => {
    const twins = makeTwins()
    twins.run(
      'mkdir raw sub; echo a > raw/a; echo f > f.txt; echo g > sub/g',
      'add',
      'raw',
      'f.txt',
      'sub/g',
    )
    twins.run(writePipeline, 'repro')
    twins.run('', 'remove', 'f.txt')
    twins.run('', 'remove', 'f.txt.dvc')
    twins.run('', 'remove', '--outs', 'raw.dvc')
    twins.run('', 'remove', 'sub/g.dvc')
    twins.run('', 'remove', 'nope')
    twins.run('', 'remove', 'nope.dvc')
    twins.run('', 'remove', 'b', '--outs')
    twins.run('', 'remove', 'dvc.yaml:c')
    twins.run('', 'remove', 'a')
  })

  test('move data', () => {
    const twins = makeTwins()
    twins.run('mkdir raw sub; echo a > raw/a; echo f > f.txt', 'add', 'raw', 'f.txt')
    twins.run(
      `mkdir -p w/in; echo 1 > w/in/z; printf 'wdir: in\\nouts:\\n- path: z\\n' > w/w.dvc`,
      'commit',
      '-f',
      'w/w.dvc',
    )
    twins.run('', 'move', 'f.txt', 'F.txt')
    twins.run('', 'move', 'F.txt', 'f2.txt')
    twins.run('', 'move', 'f2.txt', 'sub')
    twins.run('', 'mv', 'sub/f2.txt', 'sub/f3.txt')
    twins.run('', 'move', 'raw', 'sub/deep/raw')
    twins.run('echo changed > raw/a', 'move', 'raw', 'sub/raw2')
    twins.run('', 'move', 'w/in/z', 'w/in/y')
    twins.run('', 'move', 'nope', 'x')
    twins.run('', 'move', 'sub/raw2/a', 'b')
    twins.run('', 'move', 'sub/raw2', '../out')
    twins.run('', '-C', 'sub', 'move', 'raw2', '..')
    twins.run(writePipeline, 'repro')
    twins.run('', 'move', 'a.txt', 'moved.txt')
    twins.run('rm sub/f3.txt', 'move', 'sub/f3.txt', 'f4.txt')
    twins.agreeOnStatus()
  })

  test('commit stages and data', () => {
    const twins = makeTwins()
    twins.run('mkdir dd; echo f > f; echo 1 > dd/1; echo 2 > dd/2', 'add', 'f', 'dd')
    twins.run(writePipeline, 'repro')
    twins.run('echo other > a.txt', 'commit')
    twins.run('', 'commit', 'a')
    twins.run('', 'commit', '-f', 'a')
    twins.run('', 'commit', '-f', 'dvc.yaml:b')
    twins.run('echo g > f; rm dd/1; echo 3 > dd/3', 'commit', 'f.dvc')
    twins.run('', 'commit', '-f')
    twins.run('', 'commit', '-f', 'nope')
    twins.run('rm f', 'commit', '-f', 'f.dvc')
    twins.agreeOnStatus()
  })

  test('freeze and unfreeze', () => {
    const twins = makeTwins()
    twins.run('echo f > f.txt', 'add', 'f.txt')
    twins.run(writePipeline, 'repro')
    twins.run('', 'freeze', 'b', 'f.txt.dvc')
    twins.run('', 'freeze', 'b')
    twins.run('', 'freeze', 'nope')
    twins.run('', 'freeze', 'dvc.yaml')
    twins.run('', 'freeze', 'm@1')
    twins.run('', 'unfreeze', 'dvc.yaml:b', 'f.txt.dvc')
  })

  test('import from this machine, and update', () => {
    const twins = makeTwins()
    twins.run(
      'mkdir -p ../ext/dir; echo one > ../ext/file.txt; echo 1 > ../ext/dir/1; echo 2 > ../ext/dir/2',
      'import-url',
      '../ext/file.txt',
    )
    twins.run('', 'import-url', '../ext/file.txt')
    twins.run('', 'import-url', '-f', '../ext/file.txt')
    twins.run('', 'import-url', '../ext/dir')
    twins.run('echo loc > loc.txt', 'import-url', 'loc.txt', 'loc2.txt')
    twins.run('mkdir into', 'import-url', 'loc.txt', 'into')
    twins.run('', 'import-url', '--no-download', '../ext/file.txt', 'nd.txt')
    twins.run('', 'import-url', '../ext/none')
    twins.run('', 'import-url', '../ext/file.txt', 'no/such/folder')
    twins.run('', 'import-url', 'ftp://localhost/x')
    twins.agreeOnStatus()
    twins.run('', 'update', 'file.txt.dvc')
    twins.run('echo two > ../ext/file.txt; rm ../ext/dir/1', 'update', 'file.txt.dvc', 'dir.dvc')
    twins.run('', 'update', 'nd.txt.dvc')
    twins.run('', 'update', 'nope.dvc')
    twins.run('mkdir sub', 'move', 'file.txt', 'sub')
    twins.agreeOnStatus()
  })

  test('an import that is not frozen is taken again by a run, and so is one without its data', () => {
    const twins = makeTwins()
    twins.run('mkdir ../ext; echo one > ../ext/u', 'import-url', '../ext/u')
    twins.run('', 'import-url', '--no-download', '../ext/u', 'nd')
    twins.prepare(`sed -i '/frozen/d' u.dvc; echo two > ../ext/u
      echo 'stages: {a: {cmd: cat u ../ext/u > a, deps: [u, ../ext/u], outs: [a]}}' > dvc.yaml`)
    const [their, our] = [
      execFileSync(dvcProgram, ['status', '--json'], { cwd: twins.ours }),
      // Exits with 3.
      spawnSync(process.execPath, [...mlptArguments, 'status', '--json'], { cwd: twins.ours })
        .stdout,
    ].map((text) => JSON.parse(text.toString('utf8')) as unknown)
    assert.deepEqual(our, their)
    twins.run('', 'repro', '-P')
    twins.agreeOnStatus()
  })

  describe('with a web server', () => {
    let server: WebServer
    before(async () => {
      server = await startServer()
    })
    after(() => server.close())

    test('import from it, and update', async () => {
      const twins = makeTwins()
      const run = async (...args: string[]): Promise<void> => twins.runAsync('', ...args)
      for (const path of [
        'etag.txt',
        'plain.txt',
        'md5.txt',
        'weak.txt',
        'redirected',
        'dated.csv',
      ]) {
        await run('import-url', `${server.url}/${path}`)
      }
      await run('import-url', `${server.url}/no-length-etag`, 'nl.txt')
      await run('import-url', `${server.url}/etag-query?a=1&b=2`)
      await run('import-url', `${server.url}/missing`)
      await run('import-url', `${server.url}/`)
      await run('import-url', '--no-download', `${server.url}/etag.txt`, 'later.txt')
      await run('update', 'etag.txt.dvc')
      server.body = 'changed\n'
      await run('update', 'etag.txt.dvc')
      await run('update', 'plain.txt.dvc')
      await run('update', 'later.txt.dvc')
      twins.agreeOnStatus()
    })
  })

  test('only we refuse a manifest that leads out of its folder', () => {
    const twins = makeTwins()
    const script = `printf '[{"md5": "b026324c6904b2a9cb4b88d6d61c81d1", "relpath": "../../evil.txt"}]' > mm
      h=$(md5sum mm | cut -c1-32); d=.dvc/cache/files/md5; mkdir -p $d/$(echo $h | cut -c1-2) $d/b0
      cp mm $d/$(echo $h | cut -c1-2)/$(echo $h | cut -c3-).dir
      echo 1 > $d/b0/26324c6904b2a9cb4b88d6d61c81d1; chmod 444 $d/*/*
      printf "outs:\\n- md5: $h.dir\\n  hash: md5\\n  path: evd\\n" > evd.dvc`
    twins.prepare(script)
    assert.equal(runDvc(twins.theirs, ['checkout']), true)
    assert.deepEqual(readdirSync(dirname(twins.theirs)).includes('evil.txt'), true)
    assert.equal(runMlpt(twins.ours, ['checkout']), false)
    assert.deepEqual(readdirSync(dirname(twins.ours)), ['repository'])
  })

  test('only we notice an object that was damaged', () => {
    const twins = makeTwins()
    twins.run('echo a > a; echo b > b', 'add', 'a', 'b')
    twins.prepare(
      `rm a b; o=.dvc/cache/files/md5/60/b725f10c9c85c70d97880dfe8191b3; chmod 644 $o; echo bad > $o; chmod 444 $o`,
    )
    assert.equal(runDvc(twins.theirs, ['checkout']), true)
    assert.equal(readFileSync(join(twins.theirs, 'a'), 'utf8'), 'bad\n')
    assert.equal(runMlpt(twins.ours, ['checkout']), false)
    assert.deepEqual(
      ['a', 'b'].map((name) => readdirSync(twins.ours).includes(name)),
      [false, true],
    )
  })
})

const writePipeline = `cat > dvc.yaml <<'END'
# top
stages:
  # about a
  a:
    cmd: echo 1 > a.txt
    outs: [a.txt]
  b:
    cmd: cp a.txt b.txt
    deps: [a.txt]
    outs:
    - b.txt:
        persist: true
  c:
    cmd: echo 3 > c.txt
    outs:
    - c.txt:
        cache: false
END`
