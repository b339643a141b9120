import type { Command } from 'commander'
import type { Action, PipelineStatus, Reason } from '../../pipeline/index.ts'

/** Adds `mlpt status`: says which stages are out of date; exits with 3 when any is. */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('say which stages are out of date, and why; exits with 3 when any is')
    .argument('[targets...]', 'stages or groups to look at, with all they need')
    .option('--json', "print one JSON document, the same as dvc's")
    .action(showStatus)
}

async function showStatus(targets: string[], flags: { readonly json?: boolean }): Promise<void> {
  const { readStatus, describeReason } = await import('../../pipeline/index.ts')
  const status = await readStatus({
    directory: process.cwd(),
    targets,
    env: process.env,
    clock: Date.now,
  })
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(status.dvc)}\n` : formatStatus(status, describeReason),
  )
  if (!status.isClean) process.exitCode = 3
}

function formatStatus(status: PipelineStatus, describe: (reason: Reason) => string): string {
  if (status.isClean) return 'everything is up to date\n'
  const stale = status.stages.filter(({ action }) => action !== 'skip')
  const width = Math.max(...stale.map(({ name }) => name.length))
  const lines = stale.map(
    ({ name, action, reasons }) =>
      `${name.padEnd(width)}  ${words[action]}: ${reasons.map(describe).join(', ')}`,
  )
  return `${lines.join('\n')}\n`
}

const words: Readonly<Record<Action, string>> = {
  skip: 'is up to date',
  save: 'has to be saved',
  restore: 'can be restored from the cache',
  run: 'has to run',
}
