import type { Action, StageStatus } from '../pipeline/index.ts'

/** What has to be done with a stage, in words. Data that is nowhere cannot be run, only fetched. */
export function describeAction({ name, action }: Pick<StageStatus, 'name' | 'action'>): string {
  return isAbsentData(name, action === 'run') ? 'has to be fetched (mlpt pull)' : words[action]
}

/** Whether something that a run would have to make is data, which no command makes. */
export function isAbsentData(name: string, isRun: boolean): boolean {
  return isRun && name.endsWith('.dvc')
}

const words: Readonly<Record<Action, string>> = {
  skip: 'is up to date',
  save: 'has to be saved',
  restore: 'can be restored from the cache',
  run: 'has to run',
}
