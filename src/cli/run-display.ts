/** Shows a run on stderr: lines for a log, and for a person at a terminal a line per running stage too. */

import { styleText } from 'node:util'
import type { Outcome, PipelineEvent, Reason } from '../pipeline/index.ts'

/** Shows events as they come. Disposing takes the live lines away. */
export interface RunDisplay extends Disposable {
  show(event: PipelineEvent): void
}

/** Where a run is shown. */
export interface DisplayOptions {
  readonly stream: NodeJS.WriteStream
  readonly describeReason: (reason: Reason) => string
  readonly clock: () => number
}

interface RunningStage {
  readonly since: number
  /** What of the last line has not been printed yet. */
  rest: string
  lastLine: string
}

/** Creates the display for a stream; live lines only where it is a terminal. */
export function createRunDisplay(options: DisplayOptions): RunDisplay {
  const { stream, describeReason, clock } = options
  const running = new Map<string, RunningStage>()
  const live = createLiveLines(stream)
  let width = 0
  const print = (line: string): void => live.print(line)
  const refresh = (): void => live.show(formatRunning(running, { width, now: clock(), stream }))
  const timer = live.isOn ? setInterval(refresh, 1000).unref() : undefined
  const end = (stage: string): void => {
    const state = running.get(stage)
    if (state !== undefined && state.rest !== '') print(formatOutput(stage, state.rest, running))
    running.delete(stage)
  }
  const show = (event: PipelineEvent): void => {
    switch (event.kind) {
      case 'run-started':
        width = Math.max(0, ...event.stages.map((name) => name.length))
        break
      case 'waiting':
        print(
          `waiting for another run${event.processId === undefined ? '' : ` (process ${event.processId})`}`,
        )
        break
      case 'warning':
        print(`${paint('yellow', 'warning')}: ${event.message}`)
        break
      case 'recovered':
        print(`${event.stage} was killed while it ran: its outputs are back as they were`)
        break
      case 'stage-started':
        running.set(event.stage, { since: clock(), rest: '', lastLine: '' })
        print(
          `${paint('cyan', '▶')} ${event.stage} ${dim(event.reasons.map(describeReason).join(', '))}`,
        )
        break
      case 'command-started':
        print(dim(`  $ ${event.command.trimEnd().replaceAll('\n', '\n    ')}`))
        break
      case 'stage-output':
        for (const line of takeLines(running.get(event.stage), event.text)) {
          print(formatOutput(event.stage, line, running))
        }
        break
      case 'stage-retried':
        print(
          `${paint('yellow', '↻')} ${event.stage}: attempt ${event.attempt} failed, the next one in ${formatSeconds(event.delayMs)} (${event.message})`,
        )
        break
      case 'stage-finished':
        end(event.stage)
        print(formatFinished(event, width))
        break
      case 'stage-failed':
        end(event.stage)
        print(
          `${paint('red', '✗')} ${event.stage.padEnd(width)}  ${formatSeconds(event.durationMs)}`,
        )
        break
      case 'stage-skipped':
        print(dim(`· ${event.stage.padEnd(width)}  not run: it needs ${event.failed}`))
    }
    if (live.isOn) refresh()
  }
  return {
    show,
    [Symbol.dispose]: () => {
      clearInterval(timer)
      live.show([])
    },
  }
}

/** Lines that stay at the bottom of a terminal while others are printed above them. */
function createLiveLines(stream: NodeJS.WriteStream): {
  readonly isOn: boolean
  print(line: string): void
  show(lines: readonly string[]): void
} {
  const isOn = stream.isTTY && process.env['CI'] === undefined
  let shown: readonly string[] = []
  const clear = (): void => {
    if (shown.length > 0) stream.write(`\u001B[${shown.length}A\u001B[J`)
    shown = []
  }
  return {
    isOn,
    print: (line) => {
      const below = shown
      clear()
      stream.write(`${line}\n`)
      if (below.length > 0) stream.write(`${below.join('\n')}\n`)
      shown = below
    },
    show: (lines) => {
      clear()
      if (lines.length > 0) stream.write(`${lines.join('\n')}\n`)
      shown = lines
    },
  }
}

function formatRunning(
  running: ReadonlyMap<string, RunningStage>,
  {
    width,
    now,
    stream,
  }: { readonly width: number; readonly now: number; readonly stream: NodeJS.WriteStream },
): string[] {
  return Array.from(running, ([name, { since, lastLine }]) => {
    const line = `… ${name.padEnd(width)}  ${formatSeconds(now - since).padStart(7)}  ${lastLine}`
    return dim(line.slice(0, Math.max(20, stream.columns - 1)))
  })
}

/** Whole lines of what a stage printed; the rest waits for its end. */
function takeLines(state: RunningStage | undefined, text: string): string[] {
  if (state === undefined) return text.split('\n').filter((line) => line !== '')
  const lines = (state.rest + text).split('\n')
  state.rest = lines.pop() ?? ''
  state.lastLine = (lines.at(-1) ?? state.lastLine).replaceAll(/\s+/g, ' ')
  return lines
}

/** With several stages at work each line says whose it is. */
function formatOutput(
  stage: string,
  line: string,
  running: ReadonlyMap<string, RunningStage>,
): string {
  return running.size > 1 ? `${dim(`  │ ${stage}:`)} ${line}` : `${dim('  │')} ${line}`
}

type StageFinished = Extract<PipelineEvent, { kind: 'stage-finished' }>

function formatFinished(event: StageFinished, width: number): string {
  const { stage, outcome, durationMs, attempts } = event
  const tries = attempts > 1 ? `  (${attempts} attempts)` : ''
  const line = `${stage.padEnd(width)}  ${outcomeWords[outcome].padEnd(19)}  ${formatSeconds(durationMs)}${tries}`
  return outcome === 'unchanged' ? dim(`· ${line}`) : `${paint('green', '✓')} ${line}`
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

function formatSeconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`
}

/** Colours only where a person looks: `styleText` asks the stream and NO_COLOR. */
function paint(colour: 'cyan' | 'green' | 'red' | 'dim' | 'yellow', text: string): string {
  return styleText(colour, text, { stream: process.stderr })
}

function dim(text: string): string {
  return paint('dim', text)
}
