import { nextNotice, type AlertMemory, type AlertNotice } from './alert-notices.ts'
import type { JudgedRule } from './judge-alerts.ts'

/** Where it is kept what was told, and how somebody is told. */
export interface AlertDesk {
  readonly read: (rule: string) => AlertMemory
  readonly save: (rule: string, memory: AlertMemory) => void
  /** Whether everyone was reached; who was not is told again at the next look. */
  readonly tell: (judged: JudgedRule, notice: AlertNotice) => Promise<boolean>
  /** This machine's clock. */
  readonly now: number
}

/**
 * Tells what is due. What was told is kept after it was told: of a process that is killed in between, the next one
 * tells it again rather than never.
 */
export async function tellAlerts(rules: readonly JudgedRule[], desk: AlertDesk): Promise<void> {
  for (const judged of rules) {
    const { coolDownMs, name } = judged.rule
    // The end of one episode and the beginning and end of the next.
    for (let told = 0; told < 3; told++) {
      const notice = nextNotice(judged.episodes, desk.read(name), { coolDownMs, now: desk.now })
      if (notice === undefined || !(await desk.tell(judged, notice))) break
      desk.save(name, notice.memory)
    }
  }
}
