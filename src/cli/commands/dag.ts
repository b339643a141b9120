import type { Command } from 'commander'
import type { Dag } from '../../pipeline/dag/dag.ts'
import { formatJson } from '../../core/json.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'

/** Adds `mlpt dag`: draws the graph of stages, or prints it for Graphviz or Mermaid. */
export function addDagCommand(program: Command): void {
  program
    .command('dag')
    .description('draw the graph of stages')
    .argument('[target]', 'only what this stage or output is made from')
    .option('--dot', 'as Graphviz text')
    .option('--mermaid', 'as Mermaid text')
    .option('--md', 'as Mermaid text in a Markdown fence')
    .option('--json', 'as one JSON document')
    .option('-o, --outs', 'outputs instead of stages')
    .option('--full', 'everything that the target is connected with')
    .option('--collapse-foreach-matrix', 'the members of a foreach or matrix as one node')
    .action(showDag)
}

interface DagFlags {
  readonly dot?: boolean
  readonly mermaid?: boolean
  readonly md?: boolean
  readonly json?: boolean
  readonly outs?: boolean
  readonly full?: boolean
  readonly collapseForeachMatrix?: boolean
}

async function showDag(target: string | undefined, flags: DagFlags): Promise<void> {
  const { readPipeline } = await import('../../pipeline/repository/snapshot.ts')
  const { openWorktree } = await import('../../pipeline/repository/worktree-file.ts')
  const { createDag } = await import('../../pipeline/dag/dag.ts')
  const repository = await openCurrentRepository()
  const dag = createDag(readPipeline(openWorktree(repository)), {
    root: repository.root,
    directory: repository.directory,
    target,
    ofOutputs: flags.outs === true,
    isFull: flags.full === true,
    collapsesGroups: flags.collapseForeachMatrix === true,
  })
  process.stdout.write(await format(dag, flags))
}

/** Where the output does not end in a terminal. */
const defaultColumns = 160

async function format(dag: Dag, flags: DagFlags): Promise<string> {
  if (flags.json === true) return formatJson(dag)
  const text = await import('../../pipeline/dag/dag-text.ts')
  if (flags.dot === true) return text.formatDot(dag)
  if (flags.md === true) return text.formatMermaidMarkdown(dag)
  if (flags.mermaid === true) return text.formatMermaid(dag)
  const { drawDag } = await import('../../pipeline/dag/dag-drawing.ts')
  return drawDag(dag, { width: process.stdout.columns ?? defaultColumns })
}
