import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRunDisplay } from '../../../src/cli/output/run-display.ts'
import { fitText, formatDuration } from '../../../src/cli/output/terminal-text.ts'
import { describeReason, type PipelineEvent } from '../../../src/pipeline/index.ts'

test('each event is one write: the lines it prints, and then those of the running stages', () => {
  const { screen, show } = makeDisplay({ columns: 60 })
  show({ kind: 'run-started', stages: ['a', 'longer'] })
  show({ kind: 'stage-started', stage: 'a', reasons: [{ kind: 'never-run' }] })
  show({ kind: 'stage-started', stage: 'longer', reasons: [{ kind: 'never-run' }] })
  show({ kind: 'command-started', stage: 'a', command: 'make it' })
  show({ kind: 'stage-output', stage: 'a', stream: 'stdout', text: 'half of a li' })
  assert.deepEqual(screen.lines(), [
    '▶ a it has not run yet',
    '▶ longer it has not run yet',
    '  $ a: make it',
    '… a         0.0 s  half of a li',
    '… longer    0.0 s',
  ])
  show(finished('a'))
  assert.deepEqual(screen.lines().slice(3), [
    '  │ a: half of a li',
    '✓ a       ran                  0.1 s',
    '… longer    0.0 s',
  ])
})

test('a progress bar is one line, at the bottom while it moves', () => {
  const { screen, show } = makeDisplay({ columns: 60 })
  show({ kind: 'stage-started', stage: 'a', reasons: [] })
  for (let i = 0; i <= 100; i++) {
    show({
      kind: 'stage-output',
      stage: 'a',
      stream: 'stderr',
      text: `\r\u001B[32m${i} %\u001B[0m`,
    })
  }
  assert.equal(screen.lines().at(-1), '… a    0.0 s  100 %')
  show({ kind: 'stage-output', stage: 'a', stream: 'stderr', text: '\r\n' })
  show(finished('a'))
  assert.equal(screen.lines().filter((line) => line.includes('%')).length, 1)
})

test('a line without an end is shown in pieces, nothing of it twice', () => {
  const { screen, show } = makeDisplay({ isLive: false })
  show({ kind: 'stage-started', stage: 'a', reasons: [] })
  const text = 'x'.repeat(1 << 14)
  for (let i = 0; i < 10; i++) show({ kind: 'stage-output', stage: 'a', stream: 'stdout', text })
  assert.equal(screen.lines().length, 3)
  show(finished('a'))
  const shown = screen.lines().filter((line) => line.startsWith('  │ '))
  assert.equal(shown.map((line) => line.slice(4)).join(''), text.repeat(10))
})

test('lines at the bottom never wrap, and never outgrow the terminal', () => {
  const { screen, show } = makeDisplay({ columns: 20, rows: 8 })
  for (let i = 0; i < 30; i++) {
    show({ kind: 'stage-started', stage: `stage${i}`, reasons: [] })
    show({ kind: 'stage-output', stage: `stage${i}`, stream: 'stdout', text: '字'.repeat(40) })
  }
  const bottom = screen.lines().filter((line) => line.startsWith('…'))
  assert.equal(bottom.length, 5)
  assert.equal(bottom.at(-1), '… and 26 more')
  for (const line of bottom) assert.ok(line.length <= 19, line)
})

test('a failure says why where it happens', () => {
  const { screen, show } = makeDisplay({ isLive: false })
  const error = new Error('exited with 7')
  show({ kind: 'run-started', stages: ['bad'] })
  show({ kind: 'stage-failed', stage: 'bad', durationMs: 100, error })
  show({ kind: 'stage-failed', stage: 'bad', durationMs: 100, error: AbortSignal.abort().reason })
  assert.deepEqual(screen.lines(), [
    '✗ bad  failed               0.1 s  exited with 7',
    '✗ bad  failed               0.1 s  interrupted',
  ])
})

test('no terminal, no control characters', () => {
  const { screen, show } = makeDisplay({ isLive: false })
  show({ kind: 'stage-started', stage: 'a', reasons: [] })
  show(finished('a'))
  assert.ok(!screen.text().includes('\u001B'))
})

test('a text is cut to its columns, wide characters counted twice', () => {
  assert.equal(fitText('abcdef', 4), 'abcd')
  assert.equal(fitText('日本語', 5), '日本')
  assert.equal(fitText('\u001B[31mred\u001B[0m\tx\u0007', 10), 'red x ')
})

test('durations grow units', () => {
  const texts = [0, 340, 59_900, 59_960, 65_400, 3_599_600, 7_800_000].map(formatDuration)
  assert.deepEqual(texts, [
    '0.0 s',
    '0.3 s',
    '59.9 s',
    '1 min 0 s',
    '1 min 5 s',
    '1 h 0 min',
    '2 h 10 min',
  ])
})

function finished(stage: string): PipelineEvent {
  return {
    kind: 'stage-finished',
    stage,
    outcome: 'ran',
    durationMs: 100,
    reasons: [],
    attempts: 1,
  }
}

interface Screen {
  /** What stands there after all that was written. */
  lines(): string[]
  text(): string
}

function makeDisplay({
  columns = 80,
  rows = 24,
  isLive = true,
}: { readonly columns?: number; readonly rows?: number; readonly isLive?: boolean } = {}): {
  readonly screen: Screen
  readonly show: (event: PipelineEvent) => void
} {
  let text = ''
  const write = (piece: string): boolean => {
    text += piece
    return true
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that a display uses of it
  const stream = { columns, rows, write } as unknown as NodeJS.WriteStream
  const display = createRunDisplay({ stream, isLive, describeReason, clock: () => 0 })
  return {
    screen: { lines: () => replay(text), text: () => text },
    show: (event) => display.show(event),
  }
}

/** Does what a terminal does with the two sequences that are used. */
function replay(text: string): string[] {
  const lines: string[] = []
  // oxlint-disable-next-line no-control-regex -- the sequences are what it is about
  for (const [, up, line = ''] of text.matchAll(/\u001B\[(\d+)A\u001B\[J|(.*)\n/g)) {
    if (up === undefined) lines.push(line)
    else lines.length -= Number(up)
  }
  return lines
}
