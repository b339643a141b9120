import type { Command } from 'commander'

/** Adds `mlpt dag`: prints the graph of stages as Mermaid or Graphviz text. */
export function addDagCommand(program: Command): void {
  program
    .command('dag')
    .description('print the graph of stages, as Mermaid text')
    .option('--dot', 'as Graphviz text')
    .action(async (flags: { readonly dot?: boolean }) => {
      const { formatDag, readDag } = await import('../../pipeline/index.ts')
      const dag = await readDag(process.cwd())
      process.stdout.write(formatDag(dag, flags.dot === true ? 'dot' : 'mermaid'))
    })
}
