/** Which model answers a request, and who is told what it scored. */

import type { FastifyRequest } from 'fastify'
import type { ScoringArm, ScoringObserver, ScoringProtocol } from '../core/scored-rows.ts'
import { parseTraceParent } from './operations/logging.ts'
import type { ServedModel } from './served-model.ts'

/** The models behind a server. A request asks once and has one model from its columns to its answer. */
export interface ModelSource {
  /** What the documentation, the metadata and the probes speak of. */
  current(): ServedModel
  /** The model of one request; what it scores is observed. */
  take(request: FastifyRequest, protocol: ScoringProtocol): ServedModel
}

/** What a source of models chooses for a request. */
export interface ChosenModel {
  readonly model: ServedModel
  readonly arm: ScoringArm
}

/**
 * A source whose every scoring is told to an observer.
 *
 * @param choose - the model of a request; of the server itself without one
 * @param observer - whom to tell; asked with each request
 */
export function createModelSource(
  choose: (request?: FastifyRequest) => ChosenModel,
  observer: () => ScoringObserver | undefined,
): ModelSource {
  return {
    current: () => choose().model,
    take: (request, protocol) => {
      const chosen = choose(request)
      const observe = observer()
      if (observe === undefined) return chosen.model
      return observed(chosen, { request, protocol, observe })
    },
  }
}

function observed(
  { model, arm }: ChosenModel,
  context: {
    readonly request: FastifyRequest
    readonly protocol: ScoringProtocol
    readonly observe: ScoringObserver
  },
): ServedModel {
  const { request, protocol, observe } = context
  return {
    ...model,
    score: (rows) => {
      const startedAt = performance.now()
      const scores = model.score(rows)
      const durationMs = performance.now() - startedAt
      observe({
        requestId: request.id,
        traceId: parseTraceParent(request.headers['traceparent'])?.traceId,
        protocol,
        model: model.identity,
        arm,
        columns: model.columnNames,
        rows,
        output: model.output,
        scores,
        durationMs,
      })
      return scores
    },
  }
}
