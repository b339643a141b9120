/** What monitoring keeps of models in use, for the dashboard: read-only, and empty where nobody watches. */

import type { FastifyInstance } from 'fastify'
import { ToolkitError } from '../../../core/errors.ts'
import type { MonitoringReader } from '../../../core/monitored-window.ts'

/** The newest windows that are shown. */
const shownWindows = 60

/** Adds `GET /api/monitoring/models` and `GET /api/monitoring/models/<name>`. */
export function addMonitoring(app: FastifyInstance, reader: MonitoringReader | undefined): void {
  app.get('/api/monitoring/models', { config: { permission: 'read' } }, async () => {
    const models = (await reader?.listModels()) ?? []
    return { models }
  })
  app.get<{ Params: { model: string } }>(
    '/api/monitoring/models/:model',
    { config: { permission: 'read' } },
    async ({ params }) => {
      const model = await reader?.readModel(params.model, shownWindows)
      if (model !== undefined) return model
      throw new ToolkitError('TRACKING_NOT_FOUND', `Nobody watches a model '${params.model}'.`)
    },
  )
}
