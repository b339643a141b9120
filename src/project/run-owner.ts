/** Who works on a run of the tracker: a process of a machine. A store may be shared by several. */

import type { Run } from '../core/tracking.ts'

/** This process, and what it knows of others. */
export interface RunOwner {
  /** The name of this machine. */
  readonly host: string
  readonly processId: number
  /** Of this machine. */
  readonly isAlive: (processId: number) => boolean
}

const ownerTags = { host: 'mlpt.host', processId: 'mlpt.pid' } as const

/** The tags that say whose a run is. */
export function tagsOfOwner({ host, processId }: RunOwner): Record<string, string> {
  return { [ownerTags.host]: host, [ownerTags.processId]: String(processId) }
}

/** Whether this very process has claimed the run. */
export function isOwnedBy(run: Run, owner: RunOwner): boolean {
  return isOfHost(run, owner) && processOf(run) === owner.processId
}

/** Whether somebody may still work on a run: nobody here knows what another machine's process does. */
export function isOwnerAlive(run: Run, owner: RunOwner): boolean {
  return !isOfHost(run, owner) || owner.isAlive(processOf(run))
}

/** For messages: `process 12 on trainer-3`. */
export function nameOwner(run: Run, owner: RunOwner): string {
  const process = `process ${processOf(run)}`
  return isOfHost(run, owner) ? process : `${process} on ${run.tags[ownerTags.host]}`
}

/** Whether this machine began a run; one that says no machine is of an earlier version, and of a folder. */
export function isOfHost({ tags }: Run, { host }: RunOwner): boolean {
  return (tags[ownerTags.host] ?? host) === host
}

function processOf({ tags }: Run): number {
  return Number(tags[ownerTags.processId])
}
