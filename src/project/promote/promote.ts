import { join } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Predictor } from '../../core/predictor.ts'
import type { ModelVersion, Tracking } from '../../core/tracking.ts'
import { bestCandidate, decidePromotion } from '../../training/decide-promotion.ts'
import type { Candidate, Incomparable } from '../../training/promotion-gates.ts'
import type { DataQuality, PromotionPolicy } from '../../training/promotion-policy.ts'
import {
  championAlias,
  findVerdict,
  overrideVerdict,
  registerVerdict,
  registryTags,
  type Verdict,
} from '../../training/registry.ts'
import { formatVerdict } from '../../training/verdict-markdown.ts'
import { checkOutput } from '../check-output.ts'
import { checkDecision } from '../parameters/decided-output.ts'
import { checkParameters } from '../parameters/check-parameters.ts'
import { gatherEvidence } from './gather-evidence.ts'
import { layoutOf } from '../layout.ts'
import { checkMeasured, listEvaluatedKinds, readMetrics } from '../metrics-file.ts'
import { logModelCard } from './model-card-file.ts'
import { readModel, type ModelOnDisk } from '../model-file.ts'
import { findOrCreateRun, lineageTags } from '../model-run.ts'
import { promotionPolicyOf } from './promotion-policy-of.ts'
import { readDataQuality } from './read-data-quality.ts'
import { describeModel } from '../../model/index.ts'
import { openModelParts, readModelParts } from '../served-model.ts'
import type { TrackedContext } from '../step.ts'
import { writeJson } from '../../core/json-file.ts'

/**
 * Stage 6: takes the best candidate, holds it against the gates and, on the same
 * test rows, against the champion, registers it with the verdict and moves the alias it earned. Safe
 * to repeat: the same challenger against the same champion gets the same verdict, once.
 *
 * @param override - why the best candidate is promoted whatever the gates say
 * @param onVerdict - hears what came of it, also of a model that is refused
 * @throws {ToolkitError} `PROMOTION_REFUSED` (exit 3) when the best candidate does not pass the gates
 *   that hold for every model; `CLI_USAGE` when the override gives no reason
 */
export async function promote(
  context: TrackedContext,
  override?: string,
  onVerdict: (verdict: Verdict) => void = () => undefined,
): Promise<void> {
  const { project, tracking } = context
  const reason = override === undefined ? undefined : checkReason(override)
  checkParameters(context.parameters, project)
  const policy = promotionPolicyOf(context.parameters, project.output)
  const challenger = await chooseChallenger(context)
  const dataQuality = policy.dataQuality === 'off' ? undefined : await readDataQuality(context)
  const current = await tracking.findModelVersion(project.name, championAlias)
  const asked = { digest: challenger.digest, policy, dataQuality, champion: current }
  const isRestated = await isRestatedChampion(tracking, challenger, current)
  const given = isRestated ? undefined : await findVerdict(tracking, project.name, asked)
  const said =
    given === undefined || wasTooSlow(given)
      ? await judge(context, challenger, {
          policy,
          dataQuality,
          current,
          given,
          isForced: reason !== undefined,
          isRestated,
        })
      : { verdict: given, isRegistered: true, isRestated }
  const isForced = reason !== undefined && !isInForce(said.verdict)
  const verdict = isForced
    ? overrideVerdict(said.verdict, { userId: context.userId, reason })
    : said.verdict
  if (isForced || !said.isRegistered) await register(context, challenger, { ...said, verdict })
  await writeVerdict(context, verdict)
  onVerdict(verdict)
  if (verdict.decision !== 'refused') return
  throw new ToolkitError('PROMOTION_REFUSED', verdict.reason, {
    hint: "improve the model, change the limits below 'promote' in params.yaml, or overrule them with 'mlpt promote --override REASON'",
  })
}

const longestReason = 1000

function checkReason(text: string): string {
  const reason = text.trim()
  if (reason !== '' && reason.length <= longestReason && !/\p{Cc}/u.test(reason)) return reason
  throw new ToolkitError(
    'CLI_USAGE',
    `--override is ${JSON.stringify(text.slice(0, 80))}, expected a reason of one line and at most ${longestReason} characters`,
    { hint: 'say why the gates are overruled: it is kept in the registry' },
  )
}

async function writeVerdict(context: TrackedContext, verdict: Verdict): Promise<void> {
  const layout = layoutOf(context.project.name)
  await writeFileAtomically(join(context.directory, layout.promotionPage), formatVerdict(verdict))
  await writeJson(join(context.directory, layout.promotion), verdict)
  context.log(`${verdict.decision}: ${verdict.reason}`)
}

/** A candidate with its files. */
interface Challenger extends Candidate {
  readonly model: ModelOnDisk
}

async function chooseChallenger(context: TrackedContext): Promise<Challenger> {
  const layout = layoutOf(context.project.name)
  const { metric } = context.parameters.promote
  const candidates = await Promise.all(
    listEvaluatedKinds(context.directory, layout).map(async (kind): Promise<Challenger> => {
      const place = layout.model(kind)
      const model = await readModel(join(context.directory, place))
      checkOutput(model.predictor, context.project, place)
      checkDecision(model.predictor, { evaluate: context.parameters.evaluate, place })
      const metrics = await readMetrics(join(context.directory, layout.metrics(kind)), metric)
      const { digest } = model.predictor
      await checkMeasured(join(context.directory, layout.evaluation(kind)), { kind, digest })
      return { model, kind, digest, metrics }
    }),
  )
  const best = bestCandidate(candidates, metric)
  // The list is not empty, so that there is a best.
  return candidates.find((candidate) => candidate === best)!
}

/** A busy machine may have been to blame, so that the verdict does not stand for good. */
function wasTooSlow({ gates = [], override }: Verdict): boolean {
  return (
    override === undefined && gates.some(({ gate, passed }) => gate === 'max_latency_us' && !passed)
  )
}

/** Whether the challenger is champion already, so that there is nothing to overrule. */
function isInForce({ decision, challenger, champion }: Verdict): boolean {
  return (
    decision === 'promoted' ||
    (decision === 'kept-champion' && challenger.digest === champion?.digest)
  )
}

/** A verdict with what is not in it because it differs from run to run. */
interface Judgement {
  readonly verdict: Verdict
  /** Whether the challenger has its version already: it is the champion, or the verdict was given before. */
  readonly isRegistered: boolean
  /** Whether the champion's graph is the same, and its MLmodel another. */
  readonly isRestated: boolean
  readonly latencyUs?: number | undefined
}

async function judge(
  context: TrackedContext,
  challenger: Challenger,
  {
    policy,
    dataQuality,
    current,
    given,
    isForced,
    isRestated,
  }: {
    readonly policy: PromotionPolicy
    readonly dataQuality: DataQuality | undefined
    /** The version that is champion now. */
    readonly current: ModelVersion | undefined
    /** The verdict that is looked at again. */
    readonly given: Verdict | undefined
    /** Whether it is promoted whatever comes out. */
    readonly isForced: boolean
    readonly isRestated: boolean
  },
): Promise<Judgement> {
  const { kind, digest, model } = challenger
  const { champion, unopened } =
    current === undefined ? nobody : await openChampion(context.tracking, current, isForced)
  const isItself = champion?.digest === digest
  const relation = relationOf({ isItself, isRestated })
  const { comparison, latencyUs, lead } = await gatherEvidence(context, {
    policy,
    challenger: model.predictor,
    champion: isItself ? undefined : champion,
  })
  const decision = decidePromotion(challenger, unopened ?? comparison ?? relation, policy, {
    sizeBytes: model.onnxBytes,
    isFastEnough: latencyUs === undefined ? undefined : latencyUs <= policy.maxLatencyUs,
    dataQuality,
    lead,
  })
  const verdict = {
    ...decision,
    policy,
    challenger: { kind, digest },
    champion: champion === undefined ? null : { digest: champion.digest },
    comparison: comparison === undefined || 'incomparable' in comparison ? null : comparison,
  }
  const isRegistered = relation === 'itself' || JSON.stringify(verdict) === JSON.stringify(given)
  return { verdict, isRegistered, isRestated, latencyUs }
}

/** What the challenger is to a champion that it is not compared with. */
function relationOf({
  isItself,
  isRestated,
}: {
  readonly isItself: boolean
  readonly isRestated: boolean
}): 'restated' | 'itself' | 'nobody' {
  if (isRestated) return 'restated'
  return isItself ? 'itself' : 'nobody'
}

/**
 * Whether the champion has the very graph of the challenger, and an MLmodel that says otherwise: another interval, other
 * bounds of its columns, another way with cells that do not fit. Servers go by it.
 */
async function isRestatedChampion(
  tracking: Tracking,
  { digest, model }: Challenger,
  version: ModelVersion | undefined,
): Promise<boolean> {
  if (version?.tags[registryTags.digest] !== digest) return false
  try {
    const parts = await readModelParts(tracking, `models:/${version.name}/${version.version}`)
    return JSON.stringify(describeModel(parts, parts.place)) !== JSON.stringify(model.manifest)
  } catch (error) {
    // What cannot be opened is told of where it is needed.
    if (error instanceof ToolkitError) return false
    throw error
  }
}

interface Champion {
  readonly champion?: Predictor
  readonly unopened?: Incomparable
}

const nobody: Champion = {}

/** By force, one whose files are gone or broken is one of which nothing is known. */
async function openChampion(
  tracking: Tracking,
  version: ModelVersion,
  isForced: boolean,
): Promise<Champion> {
  try {
    return { champion: await openVersion(tracking, version) }
  } catch (error) {
    if (!isForced || !(error instanceof ToolkitError)) throw error
    return { unopened: { incomparable: `it cannot be opened: ${error.message}` } }
  }
}

/** As it is served: a folder of any run, a logged model, or a copy of another version. */
async function openVersion(
  tracking: Tracking,
  { name, version }: ModelVersion,
): Promise<Predictor> {
  const parts = await readModelParts(tracking, `models:/${name}/${version}`)
  return (await openModelParts(parts)).predictor
}

async function register(
  context: TrackedContext,
  { kind, digest, model }: Challenger,
  { verdict, latencyUs, isRestated }: Judgement,
): Promise<void> {
  const { files } = model
  const runId = await findOrCreateRun(context, { kind, digest, files, isRestated })
  const { override, decision, reason } = verdict
  // First, so that no version is without its card.
  const told = { decision, reason, ...(override !== undefined && { isForced: true as const }) }
  await logModelCard(context, { runId, kind, model, decision: told })
  await registerVerdict(context.tracking, verdict, {
    name: context.project.name,
    runId,
    tags: {
      ...lineageTags(context),
      'mlpt.model': kind,
      ...(latencyUs !== undefined && { [registryTags.latencyUs]: latencyUs.toFixed(1) }),
      ...(override !== undefined && { [registryTags.override]: override.reason }),
    },
    timestamp: context.now(),
    userId: context.userId,
  })
}
