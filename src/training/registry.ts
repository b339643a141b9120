import { parseJsonText, isObject } from '../core/json.ts'
import type { ModelVersion, Tracking } from '../core/tracking.ts'
import type { Comparison } from './compare-models.ts'
import type { PromotionDecision } from './decide-promotion.ts'
import { isSamePolicy, type DataQuality, type StoredPolicy } from './promotion-policy.ts'

/** The alias whose version is served. */
export const championAlias = 'champion'
/** The alias of the latest version that did not make it. */
export const challengerAlias = 'challenger'
/** The folder of the model among a run's artifacts. */
export const modelArtifact = 'model'

/** Tags by which runs and versions name what they hold. */
export const registryTags = {
  digest: 'mlpt.digest',
  verdict: 'mlpt.verdict',
  /** Median microseconds of one prediction when the gate measured it: differs from run to run, so no verdict has it. */
  latencyUs: 'mlpt.latency_us',
  /** Why a version was promoted by force. */
  override: 'mlpt.override',
} as const

/** What the gate said, about models named by their digests; the same everywhere for the same models. */
export interface Verdict extends PromotionDecision {
  readonly policy: StoredPolicy
  readonly challenger: { readonly kind: string; readonly digest: string }
  readonly champion: { readonly digest: string } | null
  readonly comparison: Comparison | null
  /** Who promoted by force and why, and what the gates had said. */
  readonly override?: {
    readonly userId: string
    readonly reason: string
    readonly instead: Pick<PromotionDecision, 'decision' | 'reason'>
  }
}

/** The verdict of someone who overrules the gates; what they found stays in it. */
export function overrideVerdict(
  verdict: Verdict,
  override: { readonly userId: string; readonly reason: string },
): Verdict {
  const { decision, reason } = verdict
  return {
    ...verdict,
    decision: 'promoted',
    reason: `'${verdict.challenger.kind}' promoted by force by ${override.userId}: ${override.reason} (${decision}: ${reason})`,
    override: { ...override, instead: { decision, reason } },
  }
}

/**
 * The verdict that was already given on this challenger, under this policy, on data of this quality, against
 * today's champion. It makes promotion safe to repeat: after a kill between the registry's
 * transaction and the end of the stage, the same verdict comes again and nothing is registered twice.
 */
export async function findVerdict(
  tracking: Tracking,
  modelName: string,
  asked: {
    readonly digest: string
    readonly policy: StoredPolicy
    readonly dataQuality: DataQuality | undefined
    /** The version that is champion now. */
    readonly champion: ModelVersion | undefined
  },
): Promise<Verdict | undefined> {
  const { champion } = asked
  const championDigest = champion?.tags[registryTags.digest] ?? null
  for (const version of await tracking.listModelVersions(modelName)) {
    if (version.tags[registryTags.digest] !== asked.digest) continue
    const verdict = parseVerdict(version.tags[registryTags.verdict])
    if (verdict === undefined || !answers(verdict, asked)) continue
    const isChampion = champion?.version === version.version
    if (isChampion || (verdict.champion?.digest ?? null) === championDigest) return verdict
  }
  return undefined
}

function answers(
  { policy, gates = [] }: Verdict,
  asked: { readonly policy: StoredPolicy; readonly dataQuality: DataQuality | undefined },
): boolean {
  const data = gates.find(({ gate }) => gate === 'data_quality')
  return isSamePolicy(policy, asked.policy) && data?.value === asked.dataQuality
}

function parseVerdict(text: string | undefined): Verdict | undefined {
  const value = text === undefined ? undefined : parseJsonText(text)
  return isVerdict(value) ? value : undefined
}

const decisions = ['promoted', 'kept-champion', 'refused']

/** Whether a value read from a file or tag is a verdict; the members programs read are checked. */
export function isVerdict(value: unknown): value is Verdict {
  if (!isObject(value) || !('policy' in value)) return false
  const { decision, reason, challenger } = value
  const isKnown = decisions.some((known) => known === decision)
  return isKnown && typeof reason === 'string' && isObject(challenger) && 'kind' in challenger
}

/** Registers the challenger with its verdict and moves the alias it earned, in one transaction. */
export async function registerVerdict(
  tracking: Tracking,
  verdict: Verdict,
  version: {
    readonly name: string
    readonly runId: string
    readonly tags: Readonly<Record<string, string>>
    readonly timestamp: number
    readonly userId: string
  },
): Promise<ModelVersion> {
  const aliases = { promoted: [championAlias], 'kept-champion': [challengerAlias], refused: [] }
  return tracking.createModelVersion({
    name: version.name,
    runId: version.runId,
    artifactPath: modelArtifact,
    description: verdict.reason,
    tags: {
      ...version.tags,
      [registryTags.digest]: verdict.challenger.digest,
      [registryTags.verdict]: JSON.stringify(verdict),
    },
    aliases: aliases[verdict.decision],
    reason: verdict.reason,
    timestamp: version.timestamp,
    userId: version.userId,
  })
}
