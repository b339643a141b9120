/** Every endpoint of MLflow's API that this server has. */

import { artifactProxyRoutes, rawProxyRoutes } from './routes/artifact-proxy.ts'
import { artifactRoutes, rawArtifactRoutes } from './routes/artifacts.ts'
import { experimentRoutes } from './routes/experiments.ts'
import { gatewayRoute, graphqlRoute } from './routes/graphql.ts'
import { loggedModelRoutes } from './routes/logged-models.ts'
import { metricRoutes } from './routes/metrics.ts'
import { modelVersionRoutes } from './routes/model-versions.ts'
import { registeredModelRoutes } from './routes/registered-models.ts'
import { runRoutes } from './routes/runs.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import type { RawRoute, Route } from './route.ts'

/** Below each of them all endpoints stand: for programs, and for pages. */
export const apiBases = ['/api/2.0', '/ajax-api/2.0'] as const

const mlflowRoutes: readonly Route[] = [
  ...experimentRoutes,
  ...runRoutes,
  ...metricRoutes,
  ...artifactRoutes,
  ...loggedModelRoutes,
  ...registeredModelRoutes,
  ...modelVersionRoutes,
  ...webhookRoutes,
  gatewayRoute,
]

/** By the name that stands before their paths; without one they stand at the root. */
export const routeGroups: Readonly<Record<string, readonly Route[]>> = {
  '': [graphqlRoute],
  mlflow: mlflowRoutes,
  'mlflow-artifacts': artifactProxyRoutes,
}

export const rawRoutes: readonly RawRoute[] = [...rawProxyRoutes, ...rawArtifactRoutes]

/** Where an endpoint stands: once under each base, or just there. */
export function addressesOf(path: string): readonly string[] {
  return path.startsWith('/') ? [path] : apiBases.map((base) => `${base}/${path}`)
}
