/** Every endpoint of MLflow's API that this server has. */

import { artifactRoutes, rawArtifactRoutes } from './routes/artifacts.ts'
import { experimentRoutes } from './routes/experiments.ts'
import { loggedModelRoutes } from './routes/logged-models.ts'
import { metricRoutes } from './routes/metrics.ts'
import { modelVersionRoutes } from './routes/model-versions.ts'
import { registeredModelRoutes } from './routes/registered-models.ts'
import { runRoutes } from './routes/runs.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import type { RawRoute, Route } from './route.ts'

/** Below each of them all endpoints stand: for programs, and for pages. */
export const apiBases = ['/api/2.0', '/ajax-api/2.0'] as const

export const routes: readonly Route[] = [
  ...experimentRoutes,
  ...runRoutes,
  ...metricRoutes,
  ...artifactRoutes,
  ...loggedModelRoutes,
  ...registeredModelRoutes,
  ...modelVersionRoutes,
  ...webhookRoutes,
]

export const rawRoutes: readonly RawRoute[] = rawArtifactRoutes
