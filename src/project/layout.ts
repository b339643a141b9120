/** Where a project's files lie, relative to its folder. The commands of dvc.yaml and these paths go together. */
export interface Layout {
  readonly raw: string
  readonly manifest: string
  /** The data with rows of the prediction log behind it, which `mlpt monitor` writes. */
  readonly incoming: string
  readonly suite: string
  readonly validation: string
  readonly validationPage: string
  readonly checks: string
  /** The feature store: a folder a view. */
  readonly store: string
  readonly features: string
  readonly promotion: string
  readonly promotionPage: string
  readonly model: (kind: string) => string
  readonly metrics: (kind: string) => string
  readonly evaluation: (kind: string) => string
  readonly plots: (kind: string) => string
}

/** Where rows of the prediction log become the project's data, as `PROJECT.parquet`. */
export const incomingFolder = 'data/incoming'

export const parametersFile = 'params.yaml'
export const projectFile = 'project.ts'

export function layoutOf(projectName: string): Layout {
  return {
    raw: `data/raw/${projectName}.parquet`,
    manifest: `data/raw/${projectName}.json`,
    incoming: `${incomingFolder}/${projectName}.parquet`,
    suite: `expectations/${projectName}.json`,
    validation: 'reports/validation.json',
    validationPage: 'reports/validation.html',
    checks: 'reports/checks.json',
    store: 'data/features',
    features: `data/processed/${projectName}.parquet`,
    promotion: 'reports/promotion.json',
    promotionPage: 'reports/promotion.md',
    model: (kind) => `models/${kind}`,
    metrics: (kind) => `metrics/${kind}.json`,
    evaluation: (kind) => `reports/evaluation/${kind}.json`,
    plots: (kind) => `plots/${kind}`,
  }
}
