import { ToolkitError } from '../../../core/errors.ts'
import { parseStage } from '../../store/registry/registry-names.ts'
import { list, pairs, requiredText, text } from '../fields.ts'
import { formatPage, searchFields, toSearch } from '../page-fields.ts'
import { route, type Route } from '../route.ts'
import { formatAuditEntry, formatModelVersion, formatRegisteredModel } from './model-messages.ts'
import { changeFields, toChange } from './registry-fields.ts'
import { listOf } from '../../format-message.ts'

/** Registered models, their tags and aliases. */
export const registeredModelRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'registered-models/create',
    permission: 'write',
    summary: 'Create a registered model',
    fields: { name: requiredText, tags: pairs, description: text, ...changeFields },
    answer: async ({ name, tags, description = '', ...change }, context) => {
      const model = { name, description, tags }
      const created = await context.store.createRegisteredModel(model, toChange(change, context))
      return { registered_model: formatRegisteredModel(created) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'registered-models/rename',
    permission: 'write',
    summary: 'Rename a registered model with its versions, tags and aliases',
    fields: { name: requiredText, new_name: requiredText, ...changeFields },
    answer: async ({ name, new_name, ...change }, context) => {
      await context.store.renameRegisteredModel(name, new_name, toChange(change, context))
      const model = await context.store.getRegisteredModel(new_name)
      return { registered_model: formatRegisteredModel(model) }
    },
  }),
  route({
    methods: ['PATCH'],
    path: 'registered-models/update',
    permission: 'write',
    summary: 'Describe a registered model; without a description nothing changes',
    fields: { name: requiredText, description: text, ...changeFields },
    answer: async ({ name, description, ...change }, context) => {
      if (description !== undefined) {
        await context.store.updateRegisteredModel(name, description, toChange(change, context))
      }
      const model = await context.store.getRegisteredModel(name)
      return { registered_model: formatRegisteredModel(model) }
    },
  }),
  route({
    methods: ['DELETE'],
    path: 'registered-models/delete',
    permission: 'write',
    summary: 'Delete a registered model with all its versions; its audit log stays',
    fields: { name: requiredText, ...changeFields },
    answer: async ({ name, ...change }, context) =>
      context.store.deleteRegisteredModel(name, toChange(change, context)),
  }),
  route({
    methods: ['GET'],
    path: 'registered-models/get',
    permission: 'read',
    summary: 'A registered model',
    fields: { name: requiredText },
    answer: async ({ name }, { store }) => ({
      registered_model: formatRegisteredModel(await store.getRegisteredModel(name)),
    }),
  }),
  route({
    methods: ['GET'],
    path: 'registered-models/search',
    permission: 'read',
    summary: 'Registered models that a filter matches',
    fields: searchFields({ fallback: 100, most: 1000 }),
    answer: async (values, { store }) => {
      const page = await store.searchRegisteredModels(toSearch(values))
      return formatPage(page, 'registered_models', formatRegisteredModel)
    },
  }),
  route({
    methods: ['GET', 'POST'],
    path: 'registered-models/get-latest-versions',
    permission: 'read',
    summary: 'The newest version of each stage',
    fields: { name: requiredText, stages: list(requiredText) },
    answer: async ({ name, stages }, { store }) => {
      const versions = await store.getLatestVersions(name, stages.map(parseStage))
      return { model_versions: listOf(versions.map(formatModelVersion)) }
    },
  }),
  ...tagRoutes(),
  ...aliasRoutes(),
  route({
    // Not MLflow's: who changed what and why, which it does not keep.
    methods: ['GET'],
    path: 'registered-models/audit',
    permission: 'read',
    summary: 'What happened to a registered model, also to one that is gone; oldest first',
    fields: { name: requiredText },
    answer: async ({ name }, { store }) => ({
      entries: (await store.readAudit(name)).map(formatAuditEntry),
    }),
  }),
]

function tagRoutes(): readonly Route[] {
  return [
    route({
      methods: ['POST'],
      path: 'registered-models/set-tag',
      permission: 'write',
      summary: 'Set a tag of a registered model',
      fields: { name: requiredText, key: requiredText, value: text, ...changeFields },
      answer: async ({ name, key, value = '', ...change }, context) =>
        context.store.setRegistryTag({ name, key, value }, toChange(change, context)),
    }),
    route({
      methods: ['DELETE'],
      path: 'registered-models/delete-tag',
      permission: 'write',
      summary: 'Delete a tag of a registered model',
      fields: { name: requiredText, key: requiredText, ...changeFields },
      answer: async ({ name, key, ...change }, context) =>
        context.store.deleteRegistryTag({ name, key }, toChange(change, context)),
    }),
  ]
}

function aliasRoutes(): readonly Route[] {
  const path = 'registered-models/alias'
  return [
    route({
      methods: ['POST'],
      path,
      permission: 'write',
      summary: 'Move an alias to a version',
      fields: { name: requiredText, alias: requiredText, version: requiredText, ...changeFields },
      answer: async ({ name, alias, version, ...change }, context) => {
        const move = { version, ...toChange(change, context) }
        return context.store.setModelAlias(name, alias, move)
      },
    }),
    route({
      methods: ['DELETE'],
      path,
      permission: 'write',
      summary:
        'Delete an alias; with a version, which MLflow does not know, only while it stands there',
      fields: { name: requiredText, alias: requiredText, version: text, ...changeFields },
      answer: async ({ name, alias, version, ...change }, context) => {
        const from = version === undefined ? {} : { from: version }
        const removal = { ...from, ...toChange(change, context) }
        return context.store.deleteModelAlias(name, alias, removal)
      },
    }),
    route({
      methods: ['GET'],
      path,
      permission: 'read',
      summary: 'The version that an alias stands at',
      fields: { name: requiredText, alias: requiredText },
      answer: async ({ name, alias }, { store }) => {
        const version = await store.findVersionByAlias(name, alias)
        if (version !== undefined) return { model_version: formatModelVersion(version) }
        throw new ToolkitError(
          'TRACKING_INVALID',
          `Registered model alias ${alias.slice(0, 300)} not found.`,
        )
      },
    }),
  ]
}
