import type { VNode } from 'preact'
import { html } from 'htm/preact'

/** How a run or a stage stands, in its own words; good and bad ones have a colour and a sign besides. */
export function PipelineOutcome({ outcome }: { readonly outcome: string }): VNode {
  const kind = kindOf(outcome)
  return html`<span class=${`status ${kind}`}>${signs[kind]} ${outcome}</span>`
}

/** The class that colours it. */
export function kindOf(outcome: string): 'finished' | 'failed' | 'running' | 'idle' {
  if (['succeeded', 'ran', 'restored', 'saved'].includes(outcome)) return 'finished'
  if (['failed', 'killed', 'interrupted'].includes(outcome)) return 'failed'
  return outcome === 'running' ? 'running' : 'idle'
}

const signs = { finished: '✓', failed: '✗', running: '…', idle: '·' } as const
