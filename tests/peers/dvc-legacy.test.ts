/** Repositories that DVC 2 has left, by the real dvc and by us: equal files stay equal. */

import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import { makeTwins, peer } from './twins.ts'

describe('dvc and mlpt', { skip: peer.skip }, () => {
  test('leave what DVC 2 recorded of a dependency until it changes', () => {
    const twins = makeTwins()
    const md5 = (text: string): string => hash('md5', text)
    const manifest = `[{"md5": "${md5('in\n')}", "relpath": "x"}]`
    // As DVC 2 has left it; DVC 3 writes it when it is not there.
    const kept = md5(manifest)
    const lock = (command: string): string => `schema: '2.0'
stages:
  s:
    cmd: ${command}
    deps:
    - path: d
      md5: ${kept}.dir
      size: 3
      nfiles: 1
    - path: plain
      md5: ${md5('a\n')}
      size: 2
    - path: turned
      md5: ${md5('a\nb\n')}
      size: 6
    outs:
    - path: o
      md5: ${md5('old\n')}
      size: 4
`
    const yaml = 'stages: {s: {cmd: cat plain turned d/x > o, deps: [plain, turned, d], outs: [o]}}'
    twins.run(
      `echo a > plain; printf 'a\r\nb\r\n' > turned; mkdir d; echo in > d/x
       mkdir -p .dvc/cache/${kept.slice(0, 2)}; cd .dvc/cache/${kept.slice(0, 2)}
       printf '%s' '${manifest}' > ${kept.slice(2)}.dir; chmod 444 *; cd ../../..
       echo '${yaml}' > dvc.yaml; cat > dvc.lock <<'END'\n${lock('cat plain > o')}END`,
      'repro',
    )
    twins.run('', 'repro')
    twins.run('echo more >> plain', 'repro')
    twins.run("printf 'a\nb\n' > turned", 'repro')
    twins.run('', 'commit', '-f', 's')
  })

  test('leave what DVC 2 recorded of an output when it comes out the same', () => {
    const twins = makeTwins()
    const [plain, turned] = ['a\n', 'a\nb\n'].map((text) => hash('md5', text)) as [string, string]
    const out = (path: string, md5: string, size: number): string =>
      `\n    - path: ${path}\n      md5: ${md5}\n      size: ${size}`
    const yaml =
      'stages: {s: {cmd: cp plain o; cp turned p; cp plain q, deps: [plain, turned], outs: [o, p, {q: {cache: false}}]}}'
    twins.run(
      `echo a > plain; printf 'a\\r\\nb\\r\\n' > turned
       for f in plain turned; do m=$(tr -d '\\r' < $f | md5sum | cut -c1-32)
         mkdir -p .dvc/cache/$(echo $m | cut -c1-2); cp $f .dvc/cache/$(echo $m | cut -c1-2)/$(echo $m | cut -c3-); done
       chmod 444 .dvc/cache/*/*; echo '${yaml}' > dvc.yaml; cat > dvc.lock <<'END'
schema: '2.0'
stages:
  s:
    cmd: earlier
    deps:${out('plain', plain, 2)}${out('turned', turned, 6)}
    outs:${out('o', plain, 2)}${out('p', turned, 6)}${out('q', plain, 2)}
END`,
      'repro',
    )
    twins.run('', 'repro')
    twins.run("sed -i 's/cp plain o;/cp  plain o;/' dvc.yaml", 'commit', '-f', 's')
    twins.run('rm o p', 'repro')
    twins.run('echo more >> plain', 'repro')
  })
})
