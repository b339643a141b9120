import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { html } from 'htm/preact'
import type { ModelVersion, RegisteredModel } from '../../core/tracking.ts'
import {
  maxVersions,
  readAudit,
  searchModels,
  searchVersions,
  type AuditEntry,
  type Found,
} from '../api-client.ts'
import { formatTime } from '../format.ts'
import { Loaded, useLoading, useTitle } from '../loading.ts'
import { formatPlace } from '../place.ts'
import { WideTable } from '../wide-table.ts'

/** More than so many models unfold one by one: each asks for its versions and its log. */
const mostUnfolded = 10

/** Of the log of a model, the newest so many. */
const mostEntries = 1000

/** Registered models: their versions, where each came from, what aliases point at, and why. */
export function ModelsView(): VNode {
  useTitle('Models')
  const state = useLoading('models', searchModels)
  return html`
    <h1>Models</h1>
    <${Loaded} state=${state} what="the models">
      ${(found: Found<RegisteredModel>) => html`<${Models} found=${found} />`}
    <//>
  `
}

function Models({ found }: { readonly found: Found<RegisteredModel> }): VNode {
  if (found.items.length === 0) {
    return html`<p class="quiet">No model is registered yet. Promotion registers the first one.</p>`
  }
  const isFolded = found.items.length > mostUnfolded
  return html`
    ${found.items.map(
      (model) => html`<${Model} key=${model.name} model=${model} isFolded=${isFolded} />`,
    )}
    ${found.hasMore && html`<p class="quiet">Only the first 1,000 are shown.</p>`}
  `
}

interface History {
  readonly versions: Found<ModelVersion>
  readonly audit: readonly AuditEntry[]
}

interface ModelProps {
  readonly model: RegisteredModel
  readonly isFolded: boolean
}

function Model({ model, isFolded }: ModelProps): VNode {
  const [isOpen, setIsOpen] = useState(!isFolded)
  const toggle = (event: Event): void => {
    if (event.currentTarget instanceof HTMLDetailsElement) setIsOpen(event.currentTarget.open)
  }
  if (!isFolded) {
    return html`<section>
      <h2>${model.name}</h2>
      <${ModelHistory} model=${model} />
    </section>`
  }
  return html`<section>
    <details onToggle=${toggle}>
      <summary><h2>${model.name}</h2></summary>
      ${isOpen && html`<${ModelHistory} model=${model} />`}
    </details>
  </section>`
}

function ModelHistory({ model }: { readonly model: RegisteredModel }): VNode {
  const state = useLoading(model.name, async () => {
    const [versions, audit] = await Promise.all([searchVersions(model.name), readAudit(model.name)])
    return { versions, audit }
  })
  return html`
    ${model.description && html`<p>${model.description}</p>`}
    <${Loaded} state=${state} what="its versions">
      ${({ versions, audit }: History) => html`
        <${Versions} name=${model.name} versions=${versions.items} />
        ${
          versions.hasMore &&
          html`<p class="quiet">Only the newest ${maxVersions} versions are shown.</p>`
        }
        <${Audit} entries=${audit} />
      `}
    <//>
  `
}

function Versions({
  name,
  versions,
}: {
  readonly name: string
  readonly versions: readonly ModelVersion[]
}): VNode {
  if (versions.length === 0) return html`<p class="quiet">It has no versions yet.</p>`
  return html`
    <${WideTable}
      label=${`Versions of ${name}`}
      kind="versions"
      columns=${[['Version', 'number'], 'Aliases', 'Registered', 'Lineage']}
    >
      ${versions.map(
        (version) =>
          html`<tr key=${version.version}>
            <th scope="row" class="number">${version.version}</th>
            <td>${version.aliases.map((alias) => html`<span class="alias">${alias}</span> `)}</td>
            <td class="time">${formatTime(version.creationTimestamp)}</td>
            <td><${Lineage} version=${version} /></td>
          </tr>`,
      )}
    <//>
  `
}

/** Run, data and code of a version: whatever was tagged, the best known under plain names. */
function Lineage({ version }: { readonly version: ModelVersion }): VNode {
  return html`<dl class="lineage">
    ${
      version.runId !== undefined &&
      html`<div>
        <dt>run</dt>
        <dd><a href=${formatPlace({ view: 'run', runId: version.runId })}>${version.runId}</a></dd>
      </div>`
    }
    ${Object.entries(version.tags).map(
      ([key, value]) =>
        html`<div>
          <dt>${Object.hasOwn(tagLabels, key) ? tagLabels[key] : key}</dt>
          <dd><${TagValue} value=${value} /></dd>
        </div>`,
    )}
    ${
      version.description &&
      html`<div>
        <dt>note</dt>
        <dd>${version.description}</dd>
      </div>`
    }
  </dl>`
}

/** Tags with a meaning of their own; others show under their key. */
const tagLabels: Readonly<Record<string, string>> = {
  'mlflow.source.git.commit': 'git commit',
  'mlpt.data_sha256': 'data sha256',
  'mlpt.dvc.lock': 'dvc.lock sha256',
}

/** A long value, such as a whole verdict as JSON, opens on demand. */
function TagValue({ value }: { readonly value: string }): VNode {
  if (value.length <= 150) return html`<span>${value}</span>`
  return html`<details>
    <summary>${value.length} characters</summary>
    ${value}
  </details>`
}

function Audit({ entries }: { readonly entries: readonly AuditEntry[] }): VNode {
  return html`
    <h3>What happened, and why</h3>
    <ol class="audit" reversed start=${entries.length}>
      ${entries
        .slice(-mostEntries)
        .toReversed()
        .map(
          (entry) =>
            html`<li>
              <span class="time">${formatTime(entry.timestamp)}</span>
              <span
                >${describe(entry)}${entry.userId === '' ? '' : ` by ${entry.userId}`}${
                  entry.reason === '' ? '' : html`: <q>${entry.reason}</q>`
                }</span
              >
            </li>`,
        )}
    </ol>
  `
}

function describe(entry: AuditEntry): string {
  const { alias, fromVersion, toVersion, details } = entry
  switch (entry.action) {
    case 'version-created':
      return `version ${toVersion} registered`
    case 'version-deleted':
      return `version ${fromVersion} deleted`
    case 'stage-changed':
      return `version ${toVersion} moved from stage ${details['from_stage']} to ${details['to_stage']}`
    case 'alias-moved': {
      const from = fromVersion === undefined ? '' : ` from version ${fromVersion}`
      return `${alias} moved${from} to version ${toVersion}`
    }
    case 'alias-deleted':
      return `${alias} taken from version ${fromVersion}`
    default:
      return entry.action.replaceAll('-', ' ')
  }
}
