import type { Route } from './route.ts'

/**
 * MLflow 3 keeps models beside runs; here a model lies among its run's artifacts, so there
 * are none to find. Clients ask before they list a run's artifacts, and need the answer.
 */
export const loggedModelRoutes: readonly Route[] = [
  {
    methods: ['POST'],
    path: 'logged-models/search',
    answer: async () => ({ models: [] }),
  },
]
