/** Addresses that name one version today and another tomorrow. */

import type { ModelVersion, Tracking } from '../core/tracking.ts'
import { parseModelAddress } from '../tracking/client/model-address.ts'

/** An alias, a stage, or `latest`, of a registered model. */
export interface MovingAddress {
  readonly name: string
  /** Only of an alias: it can be taken away from a version. */
  readonly alias: string | undefined
  /** The version that it names now; `undefined` for none, also when there is no such model. */
  readonly find: (tracking: Tracking) => Promise<ModelVersion | undefined>
}

/** `undefined` for what always names the same model: a version, a run, a logged model, a folder. */
export function readMovingAddress(selector: string): MovingAddress | undefined {
  if (!selector.startsWith('models:')) return undefined
  const address = parseModelAddress(selector)
  if (address.kind === 'logged' || address.kind === 'run') return undefined
  const { name } = address
  if (address.kind === 'version') {
    const alias = address.selector
    if (/^\d+$/.test(alias)) return undefined
    const find: MovingAddress['find'] = (tracking) => tracking.findModelVersion(name, alias)
    return { name, alias, find }
  }
  const find: MovingAddress['find'] = async (tracking) => {
    const versions = await tracking.listModelVersions(name)
    if (address.kind === 'latest') return versions[0]
    const stage = address.stage.toLowerCase()
    return versions.find((version) => version.stage.toLowerCase() === stage)
  }
  return { name, alias: undefined, find }
}
