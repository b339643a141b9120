export { defineProject, type Project, type ProjectDefinition } from './define-project.ts'
export type { ProjectFeatures } from './project-features.ts'
export { openServedModel, type ServedModel } from './served-model.ts'
export { parseParameters, type Parameters } from './parameters.ts'
