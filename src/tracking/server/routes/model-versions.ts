import type { ModelVersion } from '../../../core/tracking.ts'
import { versionNotFound } from '../../store/registry/model-versions-store.ts'
import { parseStage, readVersion } from '../../store/registry/registry-names.ts'
import { flag, pairs, requiredText, text } from '../fields.ts'
import { formatPage, searchFields, toSearch } from '../page-fields.ts'
import { route, type Route, type RouteContext } from '../route.ts'
import { formatListedVersion, formatModelVersion } from './model-messages.ts'
import { changeFields, toChange } from './registry-fields.ts'

const versionFields = { name: requiredText, version: requiredText }

/** Versions of registered models, their stages and tags. */
export const modelVersionRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'model-versions/create',
    permission: 'write',
    summary: 'Register a version of a model',
    fields: {
      name: requiredText,
      source: requiredText,
      run_id: text,
      tags: pairs,
      run_link: text,
      description: text,
      model_id: text,
      ...changeFields,
    },
    answer: async (values, context) => {
      const { name, source, description } = values
      const ids = { runId: values.run_id, modelId: values.model_id, runLink: values.run_link }
      const version = { name, source, ...ids, description, tags: values.tags }
      const created = await context.store.registerModelVersion(version, toChange(values, context))
      return { model_version: formatModelVersion(created) }
    },
  }),
  route({
    methods: ['PATCH'],
    path: 'model-versions/update',
    permission: 'write',
    summary: 'Describe a version; without a description nothing changes',
    fields: { ...versionFields, description: text, ...changeFields },
    answer: async ({ name, version, description, ...change }, context) => {
      const found =
        description === undefined
          ? await getVersion({ name, version }, context)
          : await context.store.updateModelVersion(
              name,
              version,
              description,
              toChange(change, context),
            )
      return { model_version: formatModelVersion(found) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'model-versions/transition-stage',
    permission: 'write',
    summary: 'Move a version to a stage; aliases are the newer way',
    fields: {
      ...versionFields,
      stage: requiredText,
      archive_existing_versions: flag,
      ...changeFields,
    },
    answer: async (values, context) => {
      const change = {
        ...toChange(values, context),
        archivesOthers: values.archive_existing_versions,
      }
      const { name, version, stage } = values
      const moved = await context.store.transitionStage(name, version, parseStage(stage), change)
      return { model_version: formatModelVersion(moved) }
    },
  }),
  route({
    methods: ['DELETE'],
    path: 'model-versions/delete',
    permission: 'write',
    summary: 'Delete a version with its aliases; its number is not used again',
    fields: { ...versionFields, ...changeFields },
    answer: async ({ name, version, ...change }, context) =>
      context.store.deleteModelVersion(name, version, toChange(change, context)),
  }),
  route({
    methods: ['GET'],
    path: 'model-versions/get',
    permission: 'read',
    summary: 'A version',
    fields: versionFields,
    answer: async (values, context) => ({
      model_version: formatModelVersion(await getVersion(values, context)),
    }),
  }),
  route({
    methods: ['GET'],
    path: 'model-versions/search',
    permission: 'read',
    summary: 'Versions that a filter matches',
    fields: searchFields({ fallback: 200_000, most: 200_000 }),
    answer: async (values, { store }) => {
      const page = await store.searchModelVersions(toSearch(values))
      return formatPage(page, 'model_versions', formatListedVersion)
    },
  }),
  route({
    methods: ['GET'],
    path: 'model-versions/get-download-uri',
    permission: 'read',
    summary: 'Where the files of a version lie',
    fields: versionFields,
    answer: async ({ name, version }, { store }) => ({
      artifact_uri: await store.getDownloadUri(name, version),
    }),
  }),
  route({
    methods: ['POST'],
    path: 'model-versions/set-tag',
    permission: 'write',
    summary: 'Set a tag of a version',
    fields: { ...versionFields, key: requiredText, value: text, ...changeFields },
    answer: async ({ name, version, key, value = '', ...change }, context) =>
      context.store.setRegistryTag({ name, version, key, value }, toChange(change, context)),
  }),
  route({
    methods: ['DELETE'],
    path: 'model-versions/delete-tag',
    permission: 'write',
    summary: 'Delete a tag of a version',
    fields: { ...versionFields, key: requiredText, ...changeFields },
    answer: async ({ name, version, key, ...change }, context) =>
      context.store.deleteRegistryTag({ name, version, key }, toChange(change, context)),
  }),
]

async function getVersion(
  { name, version }: { readonly name: string; readonly version: string },
  { store }: RouteContext,
): Promise<ModelVersion> {
  readVersion(version)
  const found = await store.findModelVersion(name, version)
  if (found !== undefined) return found
  throw versionNotFound(name, version)
}
