/** A prediction and where it comes from, as text for a terminal. */

import type { LoggedPrediction } from '../../monitoring/prediction-log/find-predictions-store.ts'
import { classOf } from '../../core/class-names.ts'
import { formatFacts, formatNumber, formatSection } from './run-tables.ts'
import { fitText } from './terminal-text.ts'
import type { TracedLineage } from './trace-lineage.ts'

const longestValue = 100

/** The classes of a prediction and its label as the model names them; null where it names none. */
export interface NamedClasses {
  readonly predictedClass: string | number | null
  readonly labelClass: string | number | null
}

/** The log has numbers in place of names. */
export function nameClasses(
  { prediction, label }: Pick<LoggedPrediction, 'prediction' | 'label'>,
  { output }: Pick<TracedLineage, 'output'>,
): NamedClasses {
  const name = (number: number | null): string | number | null =>
    number === null || output === null ? null : (classOf(output, number) ?? null)
  return { predictedClass: name(prediction), labelClass: name(label) }
}

/** The chain from the prediction down to the commit; what is missing is said. */
export function formatTracedPrediction(
  traced: LoggedPrediction & NamedClasses & { readonly lineage: TracedLineage },
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

function answerOf({
  prediction,
  predictedClass,
  score,
  latencyUs,
}: LoggedPrediction & NamedClasses): string {
  const took = latencyUs === null ? '' : `, in ${formatNumber(latencyUs)} µs`
  return `${predictedClass ?? prediction ?? '-'} (score ${score ?? '-'}${took})`
}

function truthOf({ label, labelClass, labelTime }: LoggedPrediction & NamedClasses): string {
  if (label === null) return 'not known yet'
  const truth = String(labelClass ?? label)
  return labelTime === null ? truth : `${truth}, known at ${new Date(labelTime).toISOString()}`
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
