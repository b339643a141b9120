import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeProject } from './project.ts'
import { mlpt } from './folder.ts'

test('run names each stage on stderr, and says on stdout what it came to', () => {
  using project = makeProject(pipeline)
  const first = mlpt(project, 'run')
  assert.equal(first.exitCode, 0)
  assert.equal(first.output, '2 ran\n')
  assert.match(first.errors, /✓ make {2}ran +\d\.\d s\n/)
  assert.match(first.errors, / {2}│ hello\n/)
  const second = mlpt(project, 'run')
  assert.equal(second.output, 'everything is up to date\n')
  assert.equal(second.errors, '')
  const partly = mlpt(project, 'run', '--force', 'make')
  assert.match(partly.errors, /✓ make {2}ran/)
})

test('run --json prints one document, and --dry writes nothing', () => {
  using project = makeProject(pipeline)
  const dry = mlpt(project, 'run', '--dry', '--json')
  const summary = JSON.parse(dry.output) as { stages: { name: string; outcome: string }[] }
  assert.deepEqual(
    summary.stages.map(({ name, outcome }) => [name, outcome]),
    [
      ['make', 'would-run'],
      ['use', 'would-run'],
    ],
  )
  assert.match(mlpt(project, 'run', '--dry').output, /^make {2}would run +it has not run yet\n/)
})

test('status exits with 3 and names the reasons while anything is stale, then with 0', () => {
  using project = makeProject(pipeline)
  const stale = mlpt(project, 'status')
  assert.equal(stale.exitCode, 3)
  assert.equal(
    stale.output,
    'make  has to run: it has not run yet\nuse   has to run: it has not run yet, make runs\n',
  )
  mlpt(project, 'run')
  const clean = mlpt(project, 'status', '--json')
  assert.equal(clean.exitCode, 0)
  // As dvc status --json prints it.
  assert.equal(clean.output, '{}\n')
})

test('why names what changed, before and after', () => {
  using project = makeProject(pipeline)
  mlpt(project, 'run')
  assert.equal(mlpt(project, 'why', 'use').output, 'use is up to date\n')
  project.write({ 'dvc.yaml': pipeline['dvc.yaml'].replace('cp made', 'cp -f made') })
  const { output } = mlpt(project, 'why', 'use')
  assert.match(output, /use has to run:\n {2}its command changed\n/)
  assert.match(output, / {4}was {2}cp made\.txt used\.txt\n {4}is {3}cp -f made\.txt used\.txt\n/)
})

test('dag prints the graph for Mermaid and for Graphviz', () => {
  using project = makeProject(pipeline)
  assert.equal(
    mlpt(project, 'dag', '--mermaid').output,
    'flowchart TD\n\tnode1["make"]\n\tnode2["use"]\n\tnode1-->node2\n',
  )
  assert.equal(
    mlpt(project, 'dag', '--dot').output,
    'strict digraph {\n"make";\n"use";\n"make" -> "use";\n}\n',
  )
})

test('mistakes are usage errors', () => {
  using project = makeProject(pipeline)
  assert.equal(mlpt(project, 'run', '--wait', 'long').exitCode, 2)
  assert.equal(mlpt(project, 'run', 'mak').exitCode, 2)
  project.write({ 'dvc.yaml': 'stages: {a: {}}' })
  const broken = mlpt(project, 'status')
  assert.equal(broken.exitCode, 2)
  assert.match(broken.errors, /PIPELINE_INVALID: dvc\.yaml:1:10: stage 'a' has no 'cmd'/)
})

const pipeline = {
  'dvc.yaml': `stages:
  make: {cmd: echo hello | tee made.txt, outs: [made.txt]}
  use: {cmd: cp made.txt used.txt, deps: [made.txt], outs: [used.txt]}
`,
}
