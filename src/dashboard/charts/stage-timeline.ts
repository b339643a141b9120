import type { VNode } from 'preact'
import { html } from 'htm/preact'
import type { PipelineRunDetails, PipelineStageRun } from '../../core/pipeline-history.ts'
import { formatDuration } from '../format.ts'
import { PipelineOutcome, kindOf } from '../pipeline-outcome.ts'
import { WideTable } from '../wide-table.ts'

/** The stages of a run as bars on one axis of time: what ran beside what, and what took long. */
export function StageTimeline({ run }: { readonly run: PipelineRunDetails }): VNode {
  const span = timeSpan(run)
  return html`
    <${WideTable}
      label="Stages"
      kind="timeline"
      columns=${['Stage', 'Outcome', ['Took', 'number'], ['When', 'picture'], 'Why']}
      foot=${html`<tfoot aria-hidden="true">
        <tr>
          <td colspan="3"></td>
          <td class="ends"><span>0 s</span><span>${formatDuration(0, span.length)}</span></td>
          <td></td>
        </tr>
      </tfoot>`}
    >
      ${run.stages.map(
        (stage) => html`<${StageRow} key=${stage.stage} stage=${stage} span=${span} />`,
      )}
    <//>
  `
}

/** Milliseconds; a length is never 0. */
export interface TimeSpan {
  readonly start: number
  readonly length: number
}

/** From the first moment of a run to the last that is known of it. */
export function timeSpan({ startTime, endTime, stages }: PipelineRunDetails): TimeSpan {
  const times = [startTime, ...stages.map((stage) => stage.startTime)]
  const ends = [endTime, ...stages.map((stage) => stage.endTime)].map((time) => time ?? 0)
  const start = Math.min(...times)
  return {
    start,
    length: Math.max(1, ...times.map((time) => time - start), ...ends.map((time) => time - start)),
  }
}

function StageRow({
  stage,
  span,
}: {
  readonly stage: PipelineStageRun
  readonly span: TimeSpan
}): VNode {
  const { outcome, exitCode, attempts } = stage
  return html`
    <tr>
      <th scope="row">${stage.stage}</th>
      <td>
        <${PipelineOutcome} outcome=${outcome} />
        ${exitCode !== undefined && html`<span class="interval">exit code ${exitCode}</span>`}
        ${attempts > 1 && html`<span class="interval">${attempts} attempts</span>`}
      </td>
      <td class="number">${formatDuration(stage.startTime, stage.endTime)}</td>
      <td class="picture"><${Bar} stage=${stage} span=${span} /></td>
      <td>
        ${stage.reasons.join(', ')}
        ${stage.message !== undefined && html`<span class="interval message">${stage.message}</span>`}
        ${stage.logPath !== undefined && html`<span class="interval">log: <code>${stage.logPath}</code></span>`}
      </td>
    </tr>
  `
}

/** A stage whose end nobody knows reaches to the end of the picture. */
function Bar({
  stage,
  span,
}: {
  readonly stage: PipelineStageRun
  readonly span: TimeSpan
}): VNode {
  const place = (time: number): number => (100 * (time - span.start)) / span.length
  const from = place(stage.startTime)
  const to = stage.endTime === undefined ? 100 : place(stage.endTime)
  return html`
    <svg
      class=${`span ${kindOf(stage.outcome)}`}
      viewBox="0 0 100 20"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect x=${Math.min(from, 99.5)} y="3" width=${Math.max(0.5, to - from)} height="14" />
    </svg>
  `
}
