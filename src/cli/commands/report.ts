import type { Command } from 'commander'

/** Not `make`: a project of `mlpt new` has no Makefile. */
const serveCommand =
  'npx mlpt serve    the promoted model behind an API on port 8000, documentation at /docs'
const otherCommands = [
  'npx mlpt server   dashboard: runs, comparisons and registered models on port 5000',
  'npx mlpt run      again, after a change of params.yaml: only what it concerns runs',
]

/** `mlpt report`: the table a run ends with. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('each model with its metrics, which was promoted and why')
    .option('--json', 'one JSON document')
    .action(async (options: { json?: true }) => {
      const { loadParameters, loadProject } = await import('../../project/project-file.ts')
      const { formatSummary, hasChampion, readSummary } = await import('../../project/summary.ts')
      const directory = process.cwd()
      const project = await loadProject(directory)
      const { evaluate } = await loadParameters(directory)
      const summary = await readSummary(directory, project.name, evaluate.confidence_level)
      const nextCommands = [...(hasChampion(summary) ? [serveCommand] : []), ...otherCommands]
      process.stdout.write(
        options.json === true
          ? `${JSON.stringify(summary)}\n`
          : formatSummary(summary, nextCommands),
      )
    })
}
