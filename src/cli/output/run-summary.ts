/** What became of a run, for stdout. */

import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { PipelineEvent, Reason, RunSummary, StageSummary } from '../../pipeline/index.ts'
import { isAbsentData } from './action-words.ts'
import { describeError } from './error-json.ts'
import { outcomeWords } from './run-display.ts'

/** Puts a summary together from events, for a run that ends with an error instead of one. */
export function collectSummary(): {
  readonly note: (event: PipelineEvent) => void
  /** `undefined` before the first stage is looked at. */
  readonly summary: () => RunSummary | undefined
} {
  const stages = new Map<string, StageSummary | undefined>()
  const add = (name: string, rest: Omit<StageSummary, 'name'>): void => {
    stages.set(name, { name, ...rest })
  }
  return {
    note: (event) => {
      if (event.kind === 'run-started') for (const name of event.stages) stages.set(name, undefined)
      else if (event.kind === 'stage-finished') add(event.stage, event)
      else if (event.kind === 'stage-failed') {
        add(event.stage, { outcome: 'failed', durationMs: event.durationMs, reasons: [] })
      } else if (event.kind === 'stage-skipped') {
        add(event.stage, { outcome: 'skipped', durationMs: 0, reasons: [] })
      }
    },
    summary: () =>
      stages.size === 0 ? undefined : { stages: [...stages].map(toSummary), isUpToDate: false },
  }
}

/** A stage that nothing was heard of has not begun. */
function toSummary([name, known]: readonly [string, StageSummary | undefined]): StageSummary {
  const { outcome, durationMs, reasons } = known ?? skipped
  return { name, outcome, durationMs, reasons }
}

const skipped = { outcome: 'skipped', durationMs: 0, reasons: [] } as const

/** A dry run has no events, so its summary names the stages. */
export function formatDryRun(
  { stages, isUpToDate }: RunSummary,
  describe: (reason: Reason) => string,
): string {
  if (isUpToDate) return 'everything is up to date\n'
  const width = Math.max(...stages.map(({ name }) => name.length))
  const lines = stages.map(({ name, outcome, reasons }) => {
    const isAbsent = outcome === 'would-run' && isAbsentData({ name, reasons })
    const words = isAbsent ? 'has to be fetched' : outcomeWords[outcome]
    return `${name.padEnd(width)}  ${words.padEnd(17)}  ${reasons.map(describe).join(', ')}`.trimEnd()
  })
  return `${lines.join('\n')}\n`
}

/** How many stages came to what, in one line. */
export function formatSummary({ stages, isUpToDate }: RunSummary): string {
  if (isUpToDate) return 'everything is up to date\n'
  const counts = Object.entries(outcomeWords).flatMap(([outcome, words]) => {
    const count = stages.filter((stage) => stage.outcome === outcome).length
    return count === 0 ? [] : [`${count} ${words}`]
  })
  return `${counts.join(', ')}\n`
}

/** The same for a run that failed; as JSON with the error, which then is there in any case. */
export function formatFailure(
  summary: RunSummary | undefined,
  error: unknown,
  isJson: boolean,
): string {
  if (!isJson) return summary === undefined ? '' : formatSummary(summary)
  if (!(error instanceof ToolkitError)) return ''
  return formatJson({
    ...(summary ?? { stages: [], isUpToDate: false }),
    error: describeError(error),
  })
}
