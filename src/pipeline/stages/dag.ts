import { compareCodePoints } from '../yaml/code-point-order.ts'
import { readPipeline } from '../repository/pipeline-file.ts'
import { openWorkspace } from '../repository/workspace-file.ts'

/** The stages of a pipeline and who reads from whom. */
export interface Dag {
  readonly stages: readonly DagStage[]
}

/** One stage in the graph. */
export interface DagStage {
  readonly name: string
  /** Names of the stages it reads from. */
  readonly upstream: readonly string[]
}

/** Text for Mermaid, or for Graphviz. */
export type DagFormat = 'mermaid' | 'dot'

/**
 * Reads the graph of the `dvc.yaml` in a folder.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `PIPELINE_INVALID`, `PIPELINE_CYCLE`
 */
export async function readDag(directory: string): Promise<Dag> {
  const { stages, upstream } = await readPipeline(await openWorkspace(directory))
  return {
    stages: stages.map((stage) => ({
      name: stage.name,
      upstream: (upstream.get(stage) ?? []).map((parent) => parent.name),
    })),
  }
}

/** The graph as text that Mermaid or Graphviz draws; arrows go from producer to consumer. */
export function formatDag({ stages }: Dag, format: DagFormat): string {
  return format === 'dot' ? formatDot(stages) : formatMermaid(stages)
}

/** Names in order and then arrows in order, as DVC prints them. */
function formatDot(stages: readonly DagStage[]): string {
  const arrows = stages.flatMap(({ name, upstream }) =>
    upstream.map((parent) => `${quoteDot(parent)} -> ${quoteDot(name)};`),
  )
  const names = stages.map(({ name }) => `${quoteDot(name)};`)
  return [
    'strict digraph {',
    ...names.sort(compareCodePoints),
    ...arrows.sort(compareCodePoints),
    '}',
    '',
  ].join('\n')
}

function quoteDot(name: string): string {
  return `"${name.replaceAll('"', '\\"')}"`
}

function formatMermaid(stages: readonly DagStage[]): string {
  const ids = new Map(stages.map(({ name }, i) => [name, `node${i + 1}`]))
  const lines = [
    ...stages.map(({ name }) => `\t${ids.get(name)}["${name.replaceAll('"', '#quot;')}"]`),
    ...stages.flatMap(({ name, upstream }) =>
      upstream.map((parent) => `\t${ids.get(parent)}-->${ids.get(name)}`),
    ),
  ]
  return ['flowchart TD', ...lines, ''].join('\n')
}
