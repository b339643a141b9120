import { constants } from 'node:os'
import { styleText } from 'node:util'
import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { Outcome, PipelineEvent, Reason, RunSummary } from '../../pipeline/index.ts'

interface RunFlags {
  readonly force?: boolean
  readonly dry?: boolean
  readonly wait: string
  readonly json?: boolean
}

/** Adds `mlpt run`: brings the pipeline of the current folder up to date. */
export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('run the stages of dvc.yaml whose command, inputs or outputs changed')
    .argument('[targets...]', 'stages or groups to bring up to date, with all they need')
    .option('-f, --force', 'run every stage, whatever its state')
    .option('--dry', 'only say what would happen')
    .option('--wait <seconds>', 'how long to wait for another run of this pipeline', '0')
    .option('--json', 'print the summary as one JSON document')
    .action(run)
}

async function run(targets: string[], flags: RunFlags): Promise<void> {
  const waitMs = parseSeconds(flags.wait)
  const { runPipeline, describeReason } = await import('../../pipeline/index.ts')
  await checkProject(process.cwd())
  using interruption = listenForSignals()
  const summary = await runPipeline({
    directory: process.cwd(),
    targets,
    force: flags.force === true,
    dryRun: flags.dry === true,
    signal: interruption.signal,
    waitMs,
    env: process.env,
    report: createReporter(describeReason),
    clock: Date.now,
  })
  if (flags.json === true) process.stdout.write(formatJson(summary))
  else if (flags.dry === true) process.stdout.write(formatDryRun(summary, describeReason))
  else process.stdout.write(formatSummary(summary))
}

/**
 * Where the folder is a project, checks all of params.yaml and project.ts before anything
 * runs: a misspelt key would otherwise only be met by the stage that reads it.
 */
async function checkProject(directory: string): Promise<void> {
  const { hasProject, loadParameters, loadProject } = await import('../../project/project-file.ts')
  if (!(await hasProject(directory))) return
  await loadParameters(directory)
  await loadProject(directory)
}

/** @throws {ToolkitError} `CLI_USAGE` */
function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds >= 0) return seconds * 1000
  throw new ToolkitError('CLI_USAGE', `--wait is '${text}', expected a number of seconds`, {
    hint: 'write for example --wait 60',
  })
}

interface Interruption extends Disposable {
  readonly signal: AbortSignal
}

/** The first Ctrl-C or SIGTERM asks for an orderly end, the second one ends at once. */
function listenForSignals(): Interruption {
  const controller = new AbortController()
  const interrupt = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(128 + constants.signals[name])
    controller.abort()
  }
  const names = ['SIGINT', 'SIGTERM'] as const
  for (const name of names) process.on(name, interrupt)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, interrupt)
    },
  }
}

type StageFinished = Extract<PipelineEvent, { kind: 'stage-finished' }>

/** Shows events on stderr: a line when a stage starts, what it prints, a line when it is done. */
function createReporter(describe: (reason: Reason) => string): (event: PipelineEvent) => void {
  let nameWidth = 0
  const output = createLinePrinter((line) => print(`${dim('  │')} ${line}`))
  return (event) => {
    switch (event.kind) {
      case 'run-started':
        nameWidth = Math.max(...event.stages.map((name) => name.length))
        return
      case 'waiting':
        print(
          `waiting for another run${event.processId === undefined ? '' : ` (process ${event.processId})`}`,
        )
        return
      case 'recovered':
        print(`${event.stage} was killed while it ran: its outputs are back as they were`)
        return
      case 'stage-started':
        print(`${paint('cyan', '▶')} ${event.stage} ${dim(event.reasons.map(describe).join(', '))}`)
        return
      case 'command-started':
        print(dim(`  $ ${event.command.trimEnd().replaceAll('\n', '\n    ')}`))
        return
      case 'stage-output':
        output.add(event.text)
        return
      case 'stage-finished':
        output.flush()
        print(formatFinished(event, nameWidth))
        return
      case 'stage-failed':
        output.flush()
        print(
          `${paint('red', '✗')} ${event.stage.padEnd(nameWidth)}  ${formatSeconds(event.durationMs)}`,
        )
    }
  }
}

function print(line: string): void {
  process.stderr.write(`${line}\n`)
}

function formatFinished({ stage, outcome, durationMs }: StageFinished, nameWidth: number): string {
  const line = `${stage.padEnd(nameWidth)}  ${outcomeWords[outcome].padEnd(19)}  ${formatSeconds(durationMs)}`
  return outcome === 'unchanged' ? dim(`· ${line}`) : `${paint('green', '✓')} ${line}`
}

const outcomeWords: Readonly<Record<Outcome, string>> = {
  ran: 'ran',
  restored: 'restored from cache',
  unchanged: 'unchanged',
  'would-run': 'would run',
  'would-restore': 'would be restored',
}

function formatSeconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`
}

/** Puts pieces of text together to whole lines. */
function createLinePrinter(printLine: (line: string) => void): {
  add(text: string): void
  flush(): void
} {
  let rest = ''
  return {
    add: (text) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) printLine(line)
    },
    flush: () => {
      if (rest !== '') printLine(rest)
      rest = ''
    },
  }
}

/** A dry run has no events, so its summary names the stages. */
function formatDryRun(
  { stages, isUpToDate }: RunSummary,
  describe: (reason: Reason) => string,
): string {
  if (isUpToDate) return 'everything is up to date\n'
  const width = Math.max(...stages.map(({ name }) => name.length))
  const lines = stages.map(({ name, outcome, reasons }) =>
    `${name.padEnd(width)}  ${outcomeWords[outcome].padEnd(17)}  ${reasons.map(describe).join(', ')}`.trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

function formatSummary({ stages, isUpToDate }: RunSummary): string {
  if (isUpToDate) return 'everything is up to date\n'
  const counts = Object.entries(outcomeWords).flatMap(([outcome, words]) => {
    const count = stages.filter((stage) => stage.outcome === outcome).length
    return count === 0 ? [] : [`${count} ${words}`]
  })
  return `${counts.join(', ')}\n`
}

/** Colours only where a person looks: `styleText` asks the stream and NO_COLOR. */
function paint(colour: 'cyan' | 'green' | 'red' | 'dim', text: string): string {
  return styleText(colour, text, { stream: process.stderr })
}

function dim(text: string): string {
  return paint('dim', text)
}
