/** The models whose logs a command is about: the named one, else all that have one. */
export async function loggedModels({
  log,
  model,
}: {
  readonly log: string
  readonly model?: string
}): Promise<readonly string[]> {
  const { listLoggedModels } =
    await import('../../monitoring/prediction-log/logged-models-store.ts')
  return model === undefined ? listLoggedModels(log) : [model]
}
