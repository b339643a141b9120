import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { addLogFolderFlag } from '../flags/log-folder-flag.ts'
import { formatTracedPrediction, nameClasses } from '../output/traced-prediction-text.ts'
import { traceLineage, type TracedLineage } from '../output/trace-lineage.ts'
import { addTrackerFlags, placeOf, type TrackerFlags } from '../flags/tracker-flags.ts'
import { formatTrackingJson } from '../output/tracking-json.ts'

/** `mlpt trace ID`: from a prediction to the model, run, data and commit that it came from. */
export function addTraceCommand(program: Command): void {
  const command = program
    .command('trace')
    .description('lead from a prediction to its model, run, data and commit')
    .argument('<id>', 'of a prediction, or of a request')
    .option('--model <name>', 'look in the log of this model only')
  addTrackerFlags(addLogFolderFlag(command)).action(trace)
}

interface TraceFlags extends TrackerFlags {
  readonly log: string
  readonly model?: string
}

async function trace(id: string, flags: TraceFlags): Promise<void> {
  const { findPredictions } =
    await import('../../monitoring/prediction-log/find-predictions-store.ts')
  // oxlint-disable-next-line no-restricted-properties -- the command line is where the clock is
  const now = Date.now()
  const found = await findPredictions(flags.log, id, { model: flags.model, now })
  if (found.length === 0) {
    throw new ToolkitError(
      'PREDICTION_UNKNOWN',
      `no prediction '${id.slice(0, 200)}' is in the logs of ${flags.log}`,
      {
        hint: 'say where they are with --log; a log that is sampled has not all, and one that is being written is a second behind',
      },
    )
  }
  const known = new Map<string, TracedLineage>()
  const predictions = []
  for (const prediction of found) {
    const key = JSON.stringify([prediction.model, prediction.version, prediction.digest])
    const lineage = known.get(key) ?? (await traceLineage(prediction, flags))
    known.set(key, lineage)
    predictions.push({ ...prediction, ...nameClasses(prediction, lineage), lineage })
  }
  process.stdout.write(
    flags.json === true
      ? formatTrackingJson({ tracker: placeOf(flags), predictions })
      : predictions.map(formatTracedPrediction).join('\n'),
  )
}
