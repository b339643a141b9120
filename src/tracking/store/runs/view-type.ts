/** Which lifecycle stages a search looks at. */
export type ViewType = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'

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
