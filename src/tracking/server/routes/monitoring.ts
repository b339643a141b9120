/** What monitoring keeps of models in use, for the dashboard: read-only, and empty where nobody watches. */

import type { FastifyInstance } from 'fastify'
import { ToolkitError } from '../../../core/errors.ts'
import type { MonitoringReader } from '../../../core/monitored-window.ts'

/** So many windows are told at once. */
const windowsPerPage = 60

/** Adds `GET /api/monitoring/models` and `GET /api/monitoring/models/<name>?before=<key of a window>`. */
export function addMonitoring(app: FastifyInstance, reader: MonitoringReader | undefined): void {
  app.get('/api/monitoring/models', { config: { permission: 'read' } }, async () => {
    const models = (await reader?.listModels()) ?? []
    return { models }
  })
  app.get<{ Params: { model: string }; Querystring: Readonly<Record<string, unknown>> }>(
    '/api/monitoring/models/:model',
    { config: { permission: 'read' } },
    async ({ params, query }) => {
      const { before } = query
      if (before !== undefined && typeof before !== 'string')
        throw new ToolkitError('TRACKING_INVALID', 'before has to be one key of a window')
      const model = await reader?.readModel(params.model, { limit: windowsPerPage, before })
      if (model !== undefined) return model
      throw new ToolkitError('TRACKING_NOT_FOUND', `Nobody watches a model '${params.model}'.`)
    },
  )
}
