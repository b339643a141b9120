/** Plots of a repository: which there are, their points, and the page that shows them. */

export { chooseRevisions } from './choose-revisions-process.ts'
export type { PlotStyle } from './plot-definitions.ts'
export { formatPlotsPage } from './plots-page.ts'
export { toPlotsDocument } from './plots-document.ts'
export { readPlots } from './read-plots.ts'
export { templateNames } from './templates.ts'
