/** Shows a run on stderr: lines for a log, and for a person at a terminal a line per running stage too. */

import type { Outcome, PipelineEvent, Reason } from '../../pipeline/index.ts'
import { createLiveLines } from './live-lines.ts'
import { paint } from './paint.ts'
import { formatDuration } from './terminal-text.ts'

/** Shows events as they come. Disposing takes the live lines away. */
export interface RunDisplay extends Disposable {
  show(event: PipelineEvent): void
}

/** Where a run is shown. */
export interface DisplayOptions {
  readonly stream: NodeJS.WriteStream
  /** Whether a line per running stage is kept at the bottom. */
  readonly isLive: boolean
  readonly describeReason: (reason: Reason) => string
  readonly clock: () => number
}

interface RunningStage {
  readonly since: number
  /** What of the last line has not been printed yet. */
  rest: string
  lastLine: string
}

interface Shown {
  readonly running: Map<string, RunningStage>
  /** Of the longest name. */
  width: number
  readonly describeReason: (reason: Reason) => string
  readonly clock: () => number
}

/** Creates the display for a stream. */
export function createRunDisplay(options: DisplayOptions): RunDisplay {
  const { stream, isLive, describeReason, clock } = options
  const shown: Shown = { running: new Map(), width: 0, describeReason, clock }
  const live = createLiveLines(stream, dim)
  const draw = (lines: readonly string[]): void =>
    live.draw(lines, isLive ? formatRunning(shown) : [])
  const timer = isLive ? setInterval(() => draw([]), 1000).unref() : undefined
  return {
    show: (event) => draw(linesOf(event, shown)),
    [Symbol.dispose]: () => {
      clearInterval(timer)
      live.draw([], [])
    },
  }
}

function linesOf(event: PipelineEvent, shown: Shown): string[] {
  if (event.kind !== 'recovered' && 'stage' in event) return stageLines(event, shown)
  switch (event.kind) {
    case 'run-started':
      shown.width = Math.max(0, ...event.stages.map((name) => name.length))
      return []
    case 'waiting':
      return [
        `waiting for another run${event.processId === undefined ? '' : ` (process ${event.processId})`}`,
      ]
    case 'warning':
      return [`${colour('yellow', 'warning')}: ${event.message}`]
    case 'recovered':
      return [`${event.stage} was killed while it ran: its outputs are back as they were`]
  }
}

type StageEvent = Exclude<
  Extract<PipelineEvent, { readonly stage: string }>,
  { readonly kind: 'recovered' }
>

function stageLines(event: StageEvent, shown: Shown): string[] {
  const { running, width, describeReason, clock } = shown
  switch (event.kind) {
    case 'stage-started': {
      running.set(event.stage, { since: clock(), rest: '', lastLine: '' })
      const reasons = event.reasons.map(describeReason).join(', ')
      return [`${colour('cyan', '▶')} ${event.stage} ${dim(reasons)}`]
    }
    case 'command-started':
      return [formatCommand(event.stage, event.command, running)]
    case 'stage-output':
      return takeLines(running.get(event.stage), event.text).map((line) =>
        formatOutput(event.stage, line, running),
      )
    case 'stage-retried':
      return [
        `${colour('yellow', '↻')} ${event.stage}: attempt ${event.attempt} failed, the next one in ${formatDuration(event.delayMs)} (${event.message})`,
      ]
    case 'stage-finished':
      return [...endStage(event.stage, running), formatFinished(event, width)]
    case 'stage-failed':
      return [...endStage(event.stage, running), formatFailed(event, width)]
    case 'stage-skipped':
      return [dim(`· ${event.stage.padEnd(width)}  not run: it needs ${event.failed}`)]
  }
}

/** The line that it had begun. */
function endStage(stage: string, running: Map<string, RunningStage>): string[] {
  const rest = lastDrawn(running.get(stage)?.rest ?? '')
  const lines = rest === '' ? [] : [formatOutput(stage, rest, running)]
  running.delete(stage)
  return lines
}

function formatRunning({ running, width, clock }: Shown): string[] {
  return Array.from(running, ([name, { since, lastLine }]) => {
    const time = formatDuration(clock() - since).padStart(7)
    return `… ${name.padEnd(width)}  ${time}  ${lastLine}`.trimEnd()
  })
}

/** Whole lines of what a stage printed; the rest waits for its end. */
function takeLines(state: RunningStage | undefined, text: string): string[] {
  if (state === undefined) return text.split('\n').filter((line) => line !== '')
  const lines = (state.rest + text).split('\n')
  state.rest = lines.pop() ?? ''
  const drawn = lines.map(lastDrawn)
  const latest = lastDrawn(state.rest)
  // A progress bar draws over one line for hours: only its last state counts.
  if (state.rest.includes('\r')) state.rest = state.rest.endsWith('\r') ? `${latest}\r` : latest
  if (state.rest.length > longestLine) {
    drawn.push(latest)
    state.rest = ''
  }
  state.lastLine = latest === '' ? (drawn.at(-1) ?? state.lastLine) : latest
  return drawn
}

/** A longer line is shown in pieces: to look through all of it with each piece that comes takes for ever. */
const longestLine = 1 << 16

/** What a terminal would show of a line in which the cursor goes back to the start. */
function lastDrawn(line: string): string {
  return line.split('\r').findLast((part) => part !== '') ?? ''
}

/** With several stages at work each line says whose it is. */
function formatOutput(
  stage: string,
  line: string,
  running: ReadonlyMap<string, RunningStage>,
): string {
  return running.size > 1 ? `${dim(`  │ ${stage}:`)} ${line}` : `${dim('  │')} ${line}`
}

function formatCommand(
  stage: string,
  command: string,
  running: ReadonlyMap<string, RunningStage>,
): string {
  const text = command.trimEnd().replaceAll('\n', '\n    ')
  return dim(running.size > 1 ? `  $ ${stage}: ${text}` : `  $ ${text}`)
}

type StageFinished = Extract<PipelineEvent, { readonly kind: 'stage-finished' }>

function formatFinished(event: StageFinished, width: number): string {
  const { stage, outcome, durationMs, attempts } = event
  const tries = attempts > 1 ? `  (${attempts} attempts)` : ''
  const line = `${stage.padEnd(width)}  ${outcomeWords[outcome].padEnd(19)}  ${formatDuration(durationMs)}${tries}`
  return outcome === 'unchanged' ? dim(`· ${line}`) : `${colour('green', '✓')} ${line}`
}

type StageFailed = Extract<PipelineEvent, { readonly kind: 'stage-failed' }>

/** With the reason: other stages may go on for hours before the run ends with it. */
function formatFailed({ stage, durationMs, error }: StageFailed, width: number): string {
  const message = reasonOf(error)
  const line = `${stage.padEnd(width)}  ${outcomeWords.failed.padEnd(19)}  ${formatDuration(durationMs)}`
  return `${colour('red', '✗')} ${line}  ${dim(message)}`
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'AbortError' ? 'interrupted' : (error.message.split('\n')[0] ?? '')
}

/** What became of a stage, in words. */
export const outcomeWords: Readonly<Record<Outcome, string>> = {
  ran: 'ran',
  restored: 'restored from cache',
  saved: 'saved',
  unchanged: 'unchanged',
  failed: 'failed',
  skipped: 'not run',
  'would-run': 'would run',
  'would-restore': 'would be restored',
  'would-save': 'would be saved',
}

function colour(name: Parameters<typeof paint>[0], text: string): string {
  return paint(name, text, process.stderr)
}

function dim(text: string): string {
  return colour('dim', text)
}
