import { listReached, nextNotice, type AlertMemory, type AlertNotice } from './alert-notices.ts'
import type { JudgedRule } from './judge-alerts.ts'

/** Where it is kept what was told, and how somebody is told. */
export interface AlertDesk {
  readonly read: (rule: string) => AlertMemory
  readonly save: (rule: string, memory: AlertMemory) => void
  /** Whether a receiver, as params.yaml names it, was reached; who was not is told again at the next look. */
  readonly tell: (hook: string, judged: JudgedRule, notice: AlertNotice) => Promise<boolean>
  /** This machine's clock. */
  readonly now: number
}

/**
 * Tells what is due, to each receiver once, whether or not others are reached. All rules at once: a receiver that never
 * answers takes the time of one alert, however many there are. What was told is kept after it was told: of a process
 * that is killed in between, the next one tells it again rather than never.
 */
export async function tellAlerts(rules: readonly JudgedRule[], desk: AlertDesk): Promise<void> {
  const told = await Promise.allSettled(rules.map((judged) => tellOfRule(judged, desk)))
  const failed = told.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}

async function tellOfRule(judged: JudgedRule, desk: AlertDesk): Promise<void> {
  const { coolDownMs, name } = judged.rule
  // The end of one episode and the beginning and end of the next.
  for (let told = 0; told < 3; told++) {
    const memory = desk.read(name)
    const notice = nextNotice(judged.episodes, memory, { coolDownMs, now: desk.now })
    if (notice === undefined) return
    const reached = await tellReceivers(desk, { judged, notice, memory })
    const isTold = judged.rule.notify.every((hook) => reached.includes(hook))
    if (!isTold) {
      const { event, episode } = notice
      desk.save(name, { ...memory, pending: { event, from: episode?.from, reached } })
      return
    }
    desk.save(name, { ...notice.memory, pending: undefined })
  }
}

/** Everyone who has the notice now. */
async function tellReceivers(
  desk: AlertDesk,
  {
    judged,
    notice,
    memory,
  }: { readonly judged: JudgedRule; readonly notice: AlertNotice; readonly memory: AlertMemory },
): Promise<readonly string[]> {
  const before = listReached(notice, memory)
  const due = judged.rule.notify.filter((hook) => !before.includes(hook))
  const isReached = await Promise.all(due.map((hook) => desk.tell(hook, judged, notice)))
  return [...before, ...due.filter((_, at) => isReached[at])]
}
