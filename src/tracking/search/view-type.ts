import type { ViewType } from '../../core/tracking.ts'

/** The condition on `lifecycle_stage` as SQL. */
export function planStages(viewType: ViewType): string {
  switch (viewType) {
    case 'ACTIVE_ONLY':
      return `lifecycle_stage = 'active'`
    case 'DELETED_ONLY':
      return `lifecycle_stage = 'deleted'`
    case 'ALL':
      return 'TRUE'
  }
}
