/** The way to tell what a request was let off where a protocol's answers have no place for it. */

import type { FastifyReply } from 'fastify'
import type { ProblemList } from '../input/problem-list.ts'
import type { ServedModel } from '../served-model.ts'

const warningsHeader = 'x-prediction-warnings'

/** So many columns are named in the header; the metrics have them all. */
const namedColumns = 20

/**
 * The same model, which tells in the header `x-prediction-warnings` what was let through:
 * 'AGE;policy=warn;count=2, TOWN;policy=impute;count=1'. Names are percent-encoded.
 */
export function tellingInHeader(model: ServedModel, reply: FastifyReply): ServedModel {
  if (model.columns.every(({ policy }) => policy === undefined)) return model
  return {
    ...model,
    warn: (warnings) => {
      model.warn(warnings)
      const told = warnings.counts
        .slice(0, namedColumns)
        .map(({ column, policy, count }) => `${encodeName(column)};policy=${policy};count=${count}`)
      void reply.header(warningsHeader, told.join(', '))
    },
  }
}

/** Tells the model what was let through, if anything was. */
export function passWarnings(problems: ProblemList, model: ServedModel): void {
  const warnings = problems.warnings()
  if (warnings !== undefined) model.warn(warnings)
}

function encodeName(name: string): string {
  // A lone surrogate cannot be encoded, and a header takes no other characters.
  return encodeURIComponent(name.toWellFormed().slice(0, 100).toWellFormed())
}
