/** A prediction and where it comes from, as text for a terminal. */

import type { LoggedPrediction } from '../../monitoring/prediction-log/find-predictions-store.ts'
import { formatFacts, formatNumber, formatSection } from './run-tables.ts'
import { fitText } from './terminal-text.ts'
import type { TracedLineage } from './trace-lineage.ts'

const longestValue = 100

/** The chain from the prediction down to the commit; what is missing is said. */
export function formatTracedPrediction(
  traced: LoggedPrediction & { readonly lineage: TracedLineage },
): string {
  const { lineage } = traced
  const { version, run } = lineage
  const facts = {
    prediction: traced.id,
    time: new Date(traced.time).toISOString(),
    answer: answerOf(traced),
    truth: truthOf(traced),
    arm: traced.arm,
    protocol: traced.protocol,
    trace: traced.traceId,
    model: `${traced.model}, sha256 ${traced.digest}`,
    version: version === null ? traced.version : versionText(version),
    run: run === null ? null : `${run.runId} (${run.runName}, ${run.status.toLowerCase()})`,
    data: lineage.dataHash,
    'dvc.lock': lineage.lockHash,
    commit: lineage.commit,
  }
  const cells = Object.entries({ ...traced.inputs, ...traced.hashed })
  return [
    formatFacts(Object.entries(facts).map(([name, value]) => [name, clean(value ?? '-')])),
    formatSection(
      'inputs',
      cells.map(([name, value]) => [clean(name), String(value ?? 'missing')]),
    ),
    formatSection(
      'params',
      Object.entries(run?.params ?? {}).map((pair) => pair.map(clean)),
    ),
    formatSection(
      'metrics',
      (run?.metrics ?? []).map(({ key, value }) => [clean(key), formatNumber(value)]),
    ),
    formatSection(
      'missing',
      lineage.missing.map((text) => [fitText(text, Infinity)]),
    ),
  ].join('')
}

function clean(text: string): string {
  return fitText(text, longestValue)
}

function answerOf({ prediction, score, latencyUs }: LoggedPrediction): string {
  const took = latencyUs === null ? '' : `, in ${formatNumber(latencyUs)} µs`
  return `${prediction ?? '-'} (score ${score ?? '-'}${took})`
}

function truthOf({ label, labelTime }: LoggedPrediction): string {
  if (label === null) return 'not known yet'
  return labelTime === null
    ? String(label)
    : `${label}, known at ${new Date(labelTime).toISOString()}`
}

function versionText({
  name,
  version,
  aliases,
  description,
}: NonNullable<TracedLineage['version']>): string {
  const names = aliases.length === 0 ? '' : ` (${aliases.join(', ')} today)`
  return `${name}/${version}${names}${description === '' ? '' : `: ${description}`}`
}
