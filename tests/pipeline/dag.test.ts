import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  createDag,
  splitComponents,
  type Dag,
  type DagOptions,
} from '../../src/pipeline/dag/dag.ts'
import { drawDag } from '../../src/pipeline/dag/dag-drawing.ts'
import { layOutDag } from '../../src/pipeline/dag/dag-layout.ts'
import { formatDot, formatMermaid } from '../../src/pipeline/dag/dag-text.ts'
import { parsePipeline, type Pipeline } from '../../src/pipeline/stages/parse-pipeline.ts'
import { formatStageList, listStages } from '../../src/pipeline/stages/stage-list.ts'
import { mlpt } from './committed-project.ts'
import { makeProject } from './project.ts'

test('a target stands for all that it is made from, by its name, its group or its output', () => {
  const namesOf = (target?: string, options: Partial<DagOptions> = {}): string[] =>
    createDag(pipeline, { ...scope, target, ...options }).nodes.map(({ name }) => name)
  assert.deepEqual(namesOf(), ['raw', 'each@a', 'each@b', 'end', 'alone'])
  assert.deepEqual(namesOf('each@b'), ['raw', 'each@b'])
  assert.deepEqual(namesOf('each'), ['raw', 'each@a', 'each@b'])
  assert.deepEqual(namesOf('out/a'), ['raw', 'each@a'])
  assert.deepEqual(namesOf('raw', { isFull: true }), ['raw', 'each@a', 'each@b', 'end'])
  assert.deepEqual(namesOf('out/b', { ofOutputs: true }), ['raw', 'out/b'])
  assert.throws(() => namesOf('ends'), {
    code: 'PIPELINE_STAGE_UNKNOWN',
    hint: "did you mean 'end'?",
  })
})

test('a group is one node when it is collapsed, and outputs cannot be', () => {
  const dag = createDag(pipeline, { ...scope, collapsesGroups: true })
  assert.deepEqual(dag.nodes, [
    { name: 'raw', upstream: [] },
    { name: 'end', upstream: ['each'] },
    { name: 'alone', upstream: [] },
    { name: 'each', upstream: ['raw'] },
  ])
  assert.throws(() => createDag(pipeline, { ...scope, collapsesGroups: true, ofOutputs: true }), {
    code: 'CLI_USAGE',
  })
})

test('parts that are not connected are told apart, each in the order of the pipeline', () => {
  const parts = splitComponents(createDag(pipeline, scope))
  assert.deepEqual(
    parts.map((nodes) => nodes.map(({ name }) => name)),
    [['raw', 'each@a', 'each@b', 'end'], ['alone']],
  )
})

test('quotes in names do not end the text that Graphviz and Mermaid read', () => {
  const dag: Dag = { nodes: [{ name: 'a"b', upstream: [] }] }
  assert.equal(formatDot(dag), 'strict digraph {\n"a\\"b";\n}\n')
  assert.equal(formatMermaid(dag), 'flowchart TD\n\tnode1["a#quot;b"]\n')
})

test('boxes stand below what they read from, with arrows between them', () => {
  assert.equal(
    drawDag(createDag(pipeline, scope), { width: 80 }),
    `
       ┌─────┐
       │ raw │
       └──┬──┘
    ┌─────┴─────┐
    ▼           ▼
┌────────┐  ┌────────┐
│ each@a │  │ each@b │
└───┬────┘  └───┬────┘
    └─────┐     │
          ├─────┘
          ▼
       ┌─────┐
       │ end │
       └─────┘
┌───────┐
│ alone │
└───────┘
`.slice(1),
  )
})

test('what is too wide is told as a list', () => {
  assert.equal(
    drawDag(createDag(pipeline, scope), { width: 20 }),
    'raw\neach@a  ← raw\neach@b  ← raw\nend     ← each@a, each@b\n┌───────┐\n│ alone │\n└───────┘\n',
  )
})

test('in any graph boxes do not touch, and every arrow goes down by one layer', () => {
  fc.assert(
    fc.property(graphs(), (dag) => {
      for (const component of splitComponents(dag)) {
        const { nodes, arrows } = layOutDag(component)
        for (const { from, to } of arrows) assert.equal(nodes[to]!.layer, nodes[from]!.layer + 1)
        const layers = Map.groupBy(nodes, ({ layer }) => layer)
        for (const layer of layers.values()) {
          const sorted = layer.toSorted((a, b) => a.left - b.left)
          for (const [i, node] of sorted.entries()) {
            const before = sorted[i - 1]
            assert.ok(node.left >= (before === undefined ? 0 : before.left + before.width + 1))
          }
        }
      }
    }),
  )
})

test('every name of any graph is in its drawing, and no line has blanks at its end', () => {
  fc.assert(
    fc.property(graphs(), (dag) => {
      const text = drawDag(dag, { width: 10_000 })
      for (const { name } of dag.nodes) assert.ok(text.includes(`│ ${name} │`), text)
      assert.doesNotMatch(text, / $/m)
    }),
  )
})

test('stages are listed with what is said of them, else with what they write and report', () => {
  const text = formatStageList(listStages(pipeline.stages))
  assert.match(text, /^raw {5}Outputs raw; Reports m\.json\neach@a {2}Outputs out\/a\n/)
  assert.match(text, /alone {3}Outputs alone\n$/)
  const files = [
    {
      path: 'dvc.yaml',
      text: `stages:\n  a: {desc: "\\nJoin it\\nby key", cmd: a}\n  b: {desc: '', cmd: b}\n`,
    },
    { path: 'd.dvc', text: `desc: Bought in May\nouts: [{path: d, md5: ${'a'.repeat(32)}}]\n` },
  ]
  const described = parsePipeline({ ...scope, files, readText: () => undefined })
  assert.deepEqual(
    listStages(described.stages).map(({ description }) => description),
    ['Join it', 'No outputs or dependencies', 'Bought in May'],
  )
})

test('mlpt dag draws, and mlpt stage list and root name things from where one stands', () => {
  using project = makeProject({
    '.dvc/config': '',
    'dvc.yaml': 'stages: {a: {cmd: echo, outs: [a.txt]}}\n',
    'sub/dvc.yaml': 'stages: {b: {cmd: echo, deps: [../a.txt], outs: [b.txt]}}\n',
  })
  assert.match(mlpt(project, ['dag']).output, /│ a │[\s\S]*▼[\s\S]*│ sub\/dvc\.yaml:b │/)
  assert.match(
    mlpt(project, ['dag', '--md'], 'sub').output,
    /^```mermaid\n[\s\S]*node2\["b"\][\s\S]*```\n$/,
  )
  assert.equal(mlpt(project, ['stage', 'list', '--names-only'], 'sub').output, 'b\n')
  assert.equal(
    mlpt(project, ['stage', 'list', '--all', '--names-only'], 'sub').output,
    '../dvc.yaml:a\nb\n',
  )
  assert.equal(mlpt(project, ['root'], 'sub').output, '..\n')
  assert.equal(mlpt(project, ['root']).output, '.\n')
  assert.equal(mlpt(project, ['dag', 'nope']).exitCode, 2)
  assert.equal(mlpt(project, ['dag', '-o', '--collapse-foreach-matrix']).exitCode, 2)
})

/** Graphs without circles: each node reads from nodes before it. */
function graphs(): fc.Arbitrary<Dag> {
  const node = fc.array(fc.nat(9), { maxLength: 4 })
  return fc.array(node, { minLength: 1, maxLength: 12 }).map((rows) => ({
    nodes: rows.map((parents, i) => ({
      name: `n${i}`.repeat((i % 3) + 1),
      upstream: [...new Set(parents.filter((parent) => parent < i))].map((parent) =>
        `n${parent}`.repeat((parent % 3) + 1),
      ),
    })),
  }))
}

const scope = { root: '/repo', directory: '/repo' }

const pipeline: Pipeline = parsePipeline({
  ...scope,
  files: [
    {
      path: 'dvc.yaml',
      text: `stages:
  raw: {cmd: echo, outs: [raw], metrics: [m.json]}
  each: {foreach: [a, b], do: {cmd: echo, deps: [raw], outs: ['out/\${item}']}}
  end: {cmd: echo, deps: [out], outs: [end]}
  alone: {cmd: echo, outs: [alone]}
`,
    },
  ],
  readText: () => undefined,
})
