/** What happens in the registry, as MLflow 3 tells it to webhooks. */

import type { Pairs } from '../../../core/tracking.ts'

/** The events that a webhook can be told of: entity, in the order of their numbers, and its actions. Nothing here exceeds budgets; the event is known to clients. */
export const webhookEvents = {
  REGISTERED_MODEL: ['CREATED'],
  MODEL_VERSION: ['CREATED'],
  MODEL_VERSION_TAG: ['SET', 'DELETED'],
  MODEL_VERSION_ALIAS: ['CREATED', 'DELETED'],
  PROMPT: ['CREATED'],
  PROMPT_VERSION: ['CREATED'],
  PROMPT_TAG: ['SET', 'DELETED'],
  PROMPT_VERSION_TAG: ['SET', 'DELETED'],
  PROMPT_ALIAS: ['CREATED', 'DELETED'],
  BUDGET_POLICY: ['EXCEEDED'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type WebhookEntity = keyof typeof webhookEvents
export type WebhookAction = (typeof webhookEvents)[WebhookEntity][number]

/** Which kind of event. */
export interface WebhookEvent {
  readonly entity: WebhookEntity
  readonly action: WebhookAction
}

/** One event with what it is about, in MLflow's words. */
export interface RegistryEvent extends WebhookEvent {
  readonly data: Readonly<Record<string, unknown>>
}

/** Prompts are registered models with this tag. */
export const promptTag = 'mlflow.prompt.is_prompt'
const promptTextTag = 'mlflow.prompt.text'
const promptTypeTag = '_mlflow_prompt_type'

/** Whether the tags are those of a prompt. */
export function isPrompt(tags: Pairs): boolean {
  return tags[promptTag]?.toLowerCase() === 'true'
}

export function modelCreated(model: {
  readonly name: string
  readonly tags: Pairs
  readonly description: string
}): RegistryEvent {
  const { name, description } = model
  return isPrompt(model.tags)
    ? {
        entity: 'PROMPT',
        action: 'CREATED',
        data: { name, tags: withoutPromptTags(model.tags), description },
      }
    : {
        entity: 'REGISTERED_MODEL',
        action: 'CREATED',
        data: { name, tags: model.tags, description },
      }
}

export function versionCreated(version: {
  readonly name: string
  readonly version: string
  readonly source: string
  readonly runId: string | undefined
  readonly tags: Pairs
  readonly description: string
}): RegistryEvent {
  const { name, tags } = version
  const number = { name, version: version.version }
  const description = version.description === '' ? null : version.description
  return isPrompt(tags)
    ? {
        entity: 'PROMPT_VERSION',
        action: 'CREATED',
        data: {
          ...number,
          template: tags[promptTextTag] ?? null,
          tags: withoutPromptTags(tags),
          description,
        },
      }
    : {
        entity: 'MODEL_VERSION',
        action: 'CREATED',
        data: {
          ...number,
          source: version.source,
          run_id: version.runId ?? null,
          tags,
          description,
        },
      }
}

/** `value` is absent when the tag is deleted; `undefined` for a model that is no prompt: nobody is told of its tags. */
export function tagChanged(
  tag: {
    readonly name: string
    readonly version?: string | undefined
    readonly key: string
    readonly value?: string | undefined
  },
  belongsToPrompt: boolean,
): RegistryEvent | undefined {
  const action = tag.value === undefined ? 'DELETED' : 'SET'
  // JSON leaves out what is absent.
  const data = { name: tag.name, version: tag.version, key: tag.key, value: tag.value }
  if (tag.version !== undefined) {
    return { entity: belongsToPrompt ? 'PROMPT_VERSION_TAG' : 'MODEL_VERSION_TAG', action, data }
  }
  return belongsToPrompt ? { entity: 'PROMPT_TAG', action, data } : undefined
}

/** `version` is absent when the alias is deleted. */
export function aliasChanged(
  alias: { readonly name: string; readonly alias: string; readonly version?: string | undefined },
  belongsToPrompt: boolean,
): RegistryEvent {
  return {
    entity: belongsToPrompt ? 'PROMPT_ALIAS' : 'MODEL_VERSION_ALIAS',
    action: alias.version === undefined ? 'DELETED' : 'CREATED',
    data: { name: alias.name, alias: alias.alias, version: alias.version },
  }
}

/** The body that a webhook gets. */
export function formatPayload(event: RegistryEvent, timestamp: number): string {
  return JSON.stringify({
    entity: event.entity.toLowerCase(),
    action: event.action.toLowerCase(),
    // With the offset that Python writes.
    timestamp: new Date(timestamp).toISOString().replace('Z', '+00:00'),
    data: event.data,
  })
}

/** An event with made-up content, to try a webhook with; the content is MLflow's. */
export function exampleEvent(event: WebhookEvent): RegistryEvent {
  const data = examples[event.entity]
  if (event.action !== 'DELETED') return { ...event, data }
  // Who hears that something is gone, hears what it was called.
  const unknown = event.entity.endsWith('ALIAS') ? 'version' : 'value'
  const known = Object.entries(data).filter(([key]) => key !== unknown)
  return { ...event, data: Object.fromEntries(known) }
}

const exampleModel = { name: 'example_model' }
const examplePrompt = { name: 'example_prompt' }
const exampleTags = { tags: { example_key: 'example_value' } }
const exampleTag = { key: 'example_key', value: 'example_value' }
const exampleAlias = { alias: 'example_alias', version: '1' }

const examples: Readonly<Record<WebhookEntity, RegistryEvent['data']>> = {
  REGISTERED_MODEL: {
    ...exampleModel,
    ...exampleTags,
    description: 'An example registered model',
  },
  MODEL_VERSION: {
    ...exampleModel,
    version: '1',
    source: 'models:/123',
    run_id: 'abcd1234abcd5678',
    ...exampleTags,
    description: 'An example model version',
  },
  MODEL_VERSION_TAG: { ...exampleModel, version: '1', ...exampleTag },
  MODEL_VERSION_ALIAS: { ...exampleModel, ...exampleAlias },
  PROMPT: { ...examplePrompt, ...exampleTags, description: 'An example prompt' },
  PROMPT_VERSION: {
    ...examplePrompt,
    version: '1',
    template: 'Hello {{name}}!',
    ...exampleTags,
    description: 'An example prompt version',
  },
  PROMPT_TAG: { ...examplePrompt, ...exampleTag },
  PROMPT_VERSION_TAG: { ...examplePrompt, version: '1', ...exampleTag },
  PROMPT_ALIAS: { ...examplePrompt, ...exampleAlias },
  BUDGET_POLICY: {
    budget_policy_id: 'bp-abc123',
    budget_unit: 'USD',
    budget_amount: 100,
    current_spend: 105.5,
    duration_unit: 'MONTHS',
    duration_value: 1,
    target_scope: 'ENDPOINT',
    workspace: 'default',
    target_value: 'ep-abc123',
    window_start: 1_704_067_200_000,
  },
}

function withoutPromptTags(tags: Pairs): Pairs {
  const internal = new Set([promptTag, promptTextTag, promptTypeTag])
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !internal.has(key)))
}
