import type { Action, StageStatus } from '../../pipeline/index.ts'

/** What has to be done with a stage, in words. Data that is nowhere cannot be run, only fetched. */
export function describeAction({ name, action, reasons }: Omit<StageStatus, 'isTarget'>): string {
  if (action !== 'run' || !name.endsWith('.dvc')) return words[action]
  return isAbsentData({ name, reasons })
    ? 'has to be fetched (mlpt pull)'
    : 'has to be imported again (mlpt run)'
}

/** Whether something that a run would have to make is data, which no command makes; an import may have another source. */
export function isAbsentData({ name, reasons }: Pick<StageStatus, 'name' | 'reasons'>): boolean {
  return name.endsWith('.dvc') && reasons.every(({ kind }) => kind !== 'dependency-changed')
}

const words: Readonly<Record<Action, string>> = {
  skip: 'is up to date',
  save: 'has to be saved',
  restore: 'can be restored from the cache',
  run: 'has to run',
}
