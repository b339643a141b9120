/** Flags that choose stages, revisions and remotes: the same verdict and the same files as dvc. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { dvcProgram, makeTwins, peer, runDvc, runMlpt, type Twins } from './twins.ts'

const pipelines = `
mkdir -p sub/deep
cat > dvc.yaml <<'Y'
stages:
  one: {cmd: "cp in one && echo one >> $DVC_ROOT/.git/log", deps: [in], outs: [one]}
  two: {cmd: "cp one two && echo two >> $DVC_ROOT/.git/log", deps: [one], outs: [two]}
  side: {cmd: "cp one side && echo side >> $DVC_ROOT/.git/log", deps: [one], outs: [side]}
  alone: {cmd: "cp other alone && echo alone >> $DVC_ROOT/.git/log", deps: [other], outs: [alone]}
  g:
    foreach: [a, b]
    do: {cmd: "echo \${item} > g-\${item} && echo g-\${item} >> $DVC_ROOT/.git/log", outs: ["g-\${item}"]}
Y
cat > sub/dvc.yaml <<'Y'
stages:
  low: {cmd: "cp ../two low && echo low >> $DVC_ROOT/.git/log", deps: [../two], outs: [low]}
Y
cat > sub/deep/dvc.yaml <<'Y'
stages:
  lower: {cmd: "echo lower > lower && echo lower >> $DVC_ROOT/.git/log", outs: [lower]}
Y
echo in > in; echo other > other; : > .git/log
`

describe('which stages repro runs', { skip: peer.skip }, () => {
  for (const [name, args, cwd] of [
    ['-p takes all that hangs together', ['-p', 'two'], '.'],
    ['-p takes what another file reads', ['--pipeline', 'one'], '.'],
    ['-p overrules -s', ['-p', '-s', 'side'], '.'],
    ['-p without targets', ['-p'], 'sub'],
    ['-R takes a folder', ['-R', 'sub/deep'], '.'],
    ['-R takes a folder with what it reads', ['-R', 'sub'], '.'],
    ['-R takes the current folder', ['-R', '.'], '.'],
    ['-R and a stage', ['-R', 'alone'], '.'],
    ['--glob takes names', ['--glob', 't*'], '.'],
    ['--glob takes a set of characters', ['--glob', 'al?n[!a-d]'], '.'],
    ['--glob takes members', ['--glob', 'g@[!a]'], '.'],
    ['--glob takes a group', ['--glob', 'g'], '.'],
    ['--glob takes names of another file', ['--glob', '../dvc.yaml:s*'], 'sub'],
  ] as const) {
    test(name, () => {
      const twins = makeTwins()
      twins.prepare(pipelines)
      runIn(twins, cwd, 'repro', ...args)
      assert.deepEqual(sortedLog(twins.ours), sortedLog(twins.theirs))
    })
  }
})

test('absolute paths are recorded alike, and outputs that .dvcignore hides refused', (t) => {
  if (peer.skip !== false) return t.skip(peer.skip)
  const twins = makeTwins()
  twins.prepare(`mkdir s; echo 1 > in; echo 'a: 1' > p.yaml; cat > s/dvc.yaml <<Y
stages:
  a: {cmd: cp ../in out, deps: ["$PWD/in", "$PWD/s/../in2"], params: ["$PWD/p.yaml": [a]], outs: ["$PWD/s/out/"]}
Y
cp in in2`)
  const [theirs = '', ours = ''] = [twins.theirs, twins.ours].map((root) => {
    assert.ok((root === twins.ours ? runMlpt : runDvc)(root, ['repro', 's/dvc.yaml']))
    return readFileSync(join(root, 's/dvc.lock'), 'utf8')
  })
  assert.equal(ours, theirs)
  twins.agreeOnStatus()
  twins.prepare(`printf '*.log\\n!kept.log\\n' > .dvcignore; rm s/dvc.*; cat > dvc.yaml <<Y
stages:
  kept: {cmd: echo 1 > kept.log, outs: [kept.log]}
Y`)
  twins.run('', 'repro')
  twins.run("echo '  hid: {cmd: echo 1 > a.log, outs: [a.log]}' >> dvc.yaml", 'repro')
  assert.equal(runMlpt(twins.ours, ['repro']), false)
})

test(
  'a pattern that matches nothing makes dvc run everything; we refuse it',
  { skip: peer.skip },
  () => {
    const twins = makeTwins()
    twins.prepare(pipelines)
    assert.equal(runDvc(twins.theirs, ['repro', '--glob', 'x*']), true)
    assert.equal(runMlpt(twins.ours, ['repro', '--glob', 'x*']), false)
    assert.equal(sortedLog(twins.theirs).length, 9)
    assert.deepEqual(sortedLog(twins.ours), [''])
  },
)

test(
  'a file that is a dependency and holds parameters is recorded as both',
  { skip: peer.skip },
  () => {
    const twins = makeTwins()
    twins.run(
      `echo 'stages: {a: {cmd: cp p.yaml a, deps: [p.yaml], params: [p.yaml: [k]], outs: [a]}}' > dvc.yaml
    echo 'k: 1' > p.yaml`,
      'repro',
    )
    for (const change of ["echo 'm: 2' >> p.yaml", "echo 'k: 3' > p.yaml"]) {
      twins.prepare(change)
      twins.agreeOnStatus()
      twins.run('', 'repro')
    }
  },
)

test(
  'a dvc.yaml with nothing in it is taken, and a list with something refused',
  { skip: peer.skip },
  () => {
    const twins = makeTwins()
    for (const text of ['[]', 'null', "''", '0', '[a]', 'a', '1']) {
      twins.run(`echo "${text}" > dvc.yaml`, 'repro')
    }
  },
)

describe('what repro does without data', { skip: peer.skip }, () => {
  const prepared = (): Twins => {
    const twins = makeTwins()
    twins.prepare(pipelines)
    twins.run(':', 'repro', '-P', '-q')
    return twins
  }

  test('--allow-missing leaves alone what is only missing', () => {
    const twins = prepared()
    twins.run('rm -rf .dvc/cache one two sub/low in', 'repro', '--allow-missing')
    twins.run(':', 'repro', '-P', '--allow-missing')
    twins.run(':', 'repro', '--allow-missing', 'sub/dvc.yaml')
    twins.agreeOnStatus()
  })

  test('--allow-missing fails at a stage that needs what is missing', () => {
    const twins = prepared()
    twins.run(
      `rm -rf .dvc/cache one two in && sed -i 's/cp one two/cp one  two/' dvc.yaml`,
      'repro',
      '--allow-missing',
    )
  })

  test('--allow-missing runs what does not need what is missing', () => {
    const twins = prepared()
    twins.run('rm -rf .dvc/cache one two in; echo more > other', 'repro', '--allow-missing')
    twins.agreeOnStatus()
  })

  test('--allow-missing sees that what is missing is no longer what was read', () => {
    const twins = prepared()
    // 'one' is made anew by itself, so that 'two' has been made from another one.
    twins.run('rm -rf .dvc/cache; echo new > in', 'repro', '-s', 'one')
    twins.run('rm one', 'repro', '--allow-missing', '-s', 'two')
    const args = ['repro', '--allow-missing', 'two']
    assert.deepEqual([runDvc(twins.theirs, args), runMlpt(twins.ours, args)], [false, false])
    assert.equal(existsSync(join(twins.theirs, 'two')), false, 'dvc removes what it cannot make')
    assert.equal(existsSync(join(twins.ours, 'two')), true)
  })

  test('--allow-missing --dry tells what it would run', () => {
    const twins = prepared()
    twins.run('rm -rf .dvc/cache one in; echo more > other', 'repro', '--allow-missing', '--dry')
  })

  test('--no-commit records what was made, and a commit keeps it', () => {
    const twins = makeTwins()
    twins.prepare(pipelines)
    twins.run(':', 'repro', '-P', '--no-commit')
    twins.agreeOnStatus()
    twins.run(':', 'commit')
    twins.agreeOnStatus()
    twins.run('echo edited > in', 'repro', '--no-commit')
    twins.run(':', 'status', '-q', 'alone')
  })

  test('--no-commit takes over edited data without keeping it', () => {
    const twins = makeTwins()
    twins.run('echo data > data', 'add', 'data')
    twins.run('echo more > data', 'repro', '--no-commit', 'data.dvc')
    twins.agreeOnStatus()
  })
})

describe('how repro goes on', { skip: peer.skip }, () => {
  test('--force-downstream runs what reads from a stage that was out of date', () => {
    const twins = makeTwins()
    twins.prepare(pipelines)
    twins.run(':', 'repro', '-P', '-q')
    const change = `: > .git/log; sed -i 's/cp in one/cp in  one/' dvc.yaml`
    twins.prepare(change)
    const { theirs, ours } = runBoth(twins, 'repro', '-P', '--dry', '--force-downstream')
    for (const name of ['one', 'two', 'side', 'low']) {
      assert.match(theirs, new RegExp(`Running stage '(?:sub/dvc.yaml:)?${name}'`))
      assert.match(ours, new RegExp(`${name} +would run`))
    }
    const runLogged = (script: string, ran: readonly string[], ...args: string[]): void => {
      twins.run(`: > .git/log; ${script}`, 'repro', '--force-downstream', ...args)
      assert.deepEqual(sortedLog(twins.theirs), [...ran, ''])
      assert.deepEqual(sortedLog(twins.ours), [...ran, ''])
    }
    runLogged(':', ['one', 'side', 'two'])
    runLogged(`sed -i 's/cp one two/cp one  two/' dvc.yaml`, ['low', 'two'], '-P')
    runLogged(`sed -i 's/cp in  one/cp in   one/' dvc.yaml`, ['one'], '-s', 'one', 'two')
    const freeze = `sed -i 's/outs: .side./&, frozen: true/' dvc.yaml`
    runLogged(`${freeze}; sed -i 's/cp in *one/cp in one #/' dvc.yaml`, ['two'])
  })

  test('after --ignore-errors what reads from a failed stage runs too', () => {
    const twins = makeTwins()
    twins.prepare(`cat > dvc.yaml <<'Y'
stages:
  a: {cmd: "echo a > a; exit $(cat in)", deps: [in], outs: [a: {persist: true}]}
  b: {cmd: "cat a in > b", deps: [a, in], outs: [b]}
Y
echo 0 > in`)
    twins.run(':', 'repro', '-q')
    twins.prepare('echo 1 > in')
    const args = ['repro', '--ignore-errors']
    assert.equal(runDvc(twins.theirs, args), true, 'dvc hides that a stage failed')
    assert.equal(runMlpt(twins.ours, args), false)
    for (const folder of [twins.theirs, twins.ours]) {
      assert.equal(readFileSync(join(folder, 'b'), 'utf8'), 'a\n1\n')
    }
  })

  test('--interactive asks, and a no ends it', () => {
    for (const [answers, ran] of [
      ['y\\ny\\ny\\n', ['one', 'side', 'two']],
      ['y\\nn\\n', ['one']],
    ] as const) {
      const twins = makeTwins()
      twins.prepare(pipelines)
      const own = [process.execPath, ...mlptArguments].map((part) => `'${part}'`).join(' ')
      for (const [program, cwd] of [
        [dvcProgram, twins.theirs],
        [own, twins.ours],
      ] as const) {
        const inner = `stty -echo; ${program} repro -i one two side`
        const script = `printf '${answers}' | script -qec "${inner}" /dev/null`
        const { status } = spawnSync('sh', ['-c', script], { cwd, stdio: 'ignore' })
        assert.equal(status === 0, ran.length === 3)
        assert.deepEqual(sortedLog(cwd), [...ran, ''])
      }
    }
  })

  test('--interactive and core.interactive need somebody to ask', () => {
    const twins = makeTwins()
    twins.prepare(pipelines)
    twins.run(':', 'repro', '--interactive')
    twins.run(':', 'config', 'core.interactive', 'true')
    twins.run(':', 'repro')
    assert.deepEqual(sortedLog(twins.ours), [''])
  })
})

const history = `
git add -A && git commit -qm empty --date '2020-01-01T12:00:00'
`

/** Four commits on a branch, each with other data, and a branch and a tag beside them. */
function makeHistory(): Twins {
  const twins = makeTwins()
  twins.prepare(history)
  for (const [version, day] of [
    ['1', '2020-01-01'],
    ['2', '2020-02-01'],
    ['3', '2020-03-01'],
    ['4', '2020-04-01'],
  ]) {
    twins.run(`echo ${version} > data`, 'add', '-q', 'data')
    twins.prepare(`git add -A && GIT_COMMITTER_DATE='${day}T12:00:00' git commit -qm ${version}`)
    if (version === '2') twins.prepare('git branch second && git tag v2')
  }
  twins.run('echo now > data', 'add', '-q', 'data')
  return twins
}

describe('what gc keeps', { skip: peer.skip }, () => {
  let made: Twins | undefined
  for (const args of [
    ['-w'],
    ['--rev', 'HEAD'],
    ['--rev', 'HEAD~2'],
    ['--rev', 'v2', '-n', '2'],
    ['--rev', 'HEAD', '--num', '3'],
    ['--rev', 'HEAD', '-n', '-1'],
    ['--rev', 'HEAD', '-n', '0'],
    ['--rev', 'nothing'],
    ['-a', '-n', '2'],
    ['-a', '-n', '2', '--rev', 'HEAD'],
    ['-T', '-n', '2'],
    ['-w', '-n', '2'],
    ['-n', '2'],
    ['--date', '2020-03-01'],
    ['--date', '2020-02-02', '-T'],
    ['--date', '2020-02-31'],
    ['--date', 'yesterday'],
    ['--all-experiments'],
    ['-w', '--not-in-remote', '-c'],
    ['-w', '--not-in-remote'],
  ]) {
    test(`gc ${args.join(' ')}`, () => {
      const like = (made ??= makeHistory())
      makeTwins({ like }).run(':', 'gc', '-f', ...args)
    })
  }

  test('--not-in-remote keeps what the remote does not have, of folders too', () => {
    const twins = makeTwins()
    twins.prepare(
      'git add -A && git commit -qm empty; mkdir d; echo 1 > d/1; echo 2 > d/2; echo x > x',
    )
    twins.run(':', 'remote', 'add', '-q', '-d', 'store', 'store')
    twins.run(':', 'add', '-q', 'd', 'x')
    twins.run(':', 'push', '-q')
    twins.run('echo 3 > d/3; echo y > y; echo unused > z', 'add', '-q', 'd', 'y', 'z')
    twins.run('rm z.dvc', 'gc', '-f', '-w', '--not-in-remote')
    twins.run(':', 'gc', '-f', '-w', '--not-in-remote', '-r', 'store')
    twins.run(':', 'gc', '-f', '-w', '--not-in-remote', '-r', 'other')
  })

  test('--all-experiments keeps what experiments need', () => {
    const twins = makeTwins()
    twins.prepare(`
cat > dvc.yaml <<'Y'
stages: {s: {cmd: "echo \${p} > out", params: [p], outs: [out]}}
Y
echo 'p: 1' > params.yaml`)
    twins.run(':', 'repro', '-q')
    twins.prepare('git add -A && git commit -qm first')
    const args = ['exp', 'run', '-q', '-S', 'p=2', '-n', 'kept']
    assert.ok(runDvc(twins.theirs, args) && runMlpt(twins.ours, args))
    twins.run('git checkout -q -f . && rm -f out', 'checkout', '-q')
    twins.run(':', 'gc', '-f', '--all-experiments')
    twins.run(':', 'gc', '-f', '-w')
  })
})

test(
  'gc --projects keeps what another project with the same cache needs',
  { skip: peer.skip },
  () => {
    const twins = makeTwins()
    twins.prepare(`
git init -q ../other && cd ../other && mkdir .dvc && cp ../repository/.dvc/.gitignore .dvc
mkdir d; echo 1 > d/1; echo 2 > two
printf '[cache]\n    dir = ../../repository/.dvc/cache\n' > .dvc/config`)
    twins.run(':', '-C', '../other', 'add', '-q', 'd', 'two')
    twins.run('echo own > own; echo old > old', 'add', '-q', 'own', 'old')
    twins.run('rm old.dvc', 'gc', '-w', '-f', '-p', '../other')
    twins.run(':', 'gc', '-w', '-f', '-p', '../nowhere')
    twins.run(':', 'gc', '-f', '-p', '../other')
    twins.run('rm ../other/two.dvc', 'gc', '-w', '-f', '--projects', '../other/d/..')
    twins.run(':', 'gc', '-w', '-f')
  },
)

function runBoth(twins: Twins, ...args: readonly string[]): Record<'ours' | 'theirs', string> {
  const run = (cwd: string, file: string, before: readonly string[]): string =>
    execFileSync(file, [...before, ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  return {
    theirs: run(twins.theirs, dvcProgram, []),
    ours: run(twins.ours, process.execPath, mlptArguments),
  }
}

function runIn(twins: Twins, cwd: string, ...args: readonly string[]): void {
  twins.run(':', ...(cwd === '.' ? [] : ['-C', cwd]), ...args)
}

function sortedLog(folder: string): string[] {
  return execFileSync('sort', ['.git/log'], { cwd: folder, encoding: 'utf8' }).split('\n')
}
