/** The folder of a model's card among its run's artifacts. */
export const cardArtifact = 'card'

/** The files in it. */
export const cardFiles = { json: 'model-card.json', page: 'model-card.html' } as const
