/** The runs of the pipeline, for the dashboard: read-only, and empty where nobody keeps a history. */

import type { FastifyInstance } from 'fastify'
import { ToolkitError } from '../../../core/errors.ts'
import type { PipelineHistoryReader } from '../../../core/pipeline-history.ts'

/** A page lists so many at most. */
const maxRuns = 200
const defaultRuns = 50

/** Adds `GET /api/pipeline/runs?limit=&before=` and `GET /api/pipeline/runs/<id>`. */
export function addPipelineRuns(
  app: FastifyInstance,
  history: PipelineHistoryReader | undefined,
): void {
  app.get<{ Querystring: Readonly<Record<string, unknown>> }>(
    '/api/pipeline/runs',
    { config: { permission: 'read' } },
    async ({ query }) => {
      const limit = Math.min(readCount(query['limit'], 'limit') ?? defaultRuns, maxRuns)
      const before = readCount(query['before'], 'before')
      // One more than asked for tells whether there are more.
      const runs = (await history?.listRuns({ limit: limit + 1, before })) ?? []
      return { runs: runs.slice(0, limit), hasMore: runs.length > limit }
    },
  )
  app.get<{ Params: { id: string } }>(
    '/api/pipeline/runs/:id',
    { config: { permission: 'read' } },
    async ({ params }) => {
      const run = await history?.readRun(readCount(params.id, 'the run') ?? 0)
      if (run !== undefined) return { run }
      throw new ToolkitError('TRACKING_NOT_FOUND', `There is no pipeline run ${params.id}.`)
    },
  )
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
function readCount(value: unknown, what: string): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value)) return Number(value)
  throw new ToolkitError('TRACKING_INVALID', `${what} has to be one whole number from 1`)
}
