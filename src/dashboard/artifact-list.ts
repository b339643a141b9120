import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { html } from 'htm/preact'
import type { Run } from '../core/tracking.ts'
import { artifactAddress, listArtifacts, type ArtifactFile } from './api-client.ts'
import { formatSize } from './format.ts'
import { Loaded, useLoading } from './loading.ts'

interface FolderProps {
  readonly run: Run
  /** Relative to the run's artifact root; '' for all. */
  readonly path: string
}

/** The files in one folder of a run; folders in it open on demand. */
export function Artifacts({ run, path }: FolderProps): VNode {
  const state = useLoading(`${run.runId} ${path}`, () => listArtifacts(run.runId, path))
  return html`<${Loaded} state=${state} what="the files">
    ${(files: readonly ArtifactFile[]) =>
      files.length === 0
        ? html`<p class="quiet">No files.</p>`
        : html`<ul class="files">
            ${files.map(
              (file) =>
                html`<li key=${file.path}>
                  ${
                    file.isFolder
                      ? html`<${Folder} run=${run} path=${file.path} />`
                      : html`<${File} run=${run} file=${file} />`
                  }
                </li>`,
            )}
          </ul>`}
  <//>`
}

function Folder({ run, path }: FolderProps): VNode {
  const [isOpen, setIsOpen] = useState(false)
  const toggle = (event: Event): void => {
    if (event.currentTarget instanceof HTMLDetailsElement) setIsOpen(event.currentTarget.open)
  }
  return html`<details onToggle=${toggle}>
    <summary>${lastPart(path)}/</summary>
    ${isOpen && html`<${Artifacts} run=${run} path=${path} />`}
  </details>`
}

function File({ run, file }: { readonly run: Run; readonly file: ArtifactFile }): VNode {
  const address = artifactAddress(run, file.path)
  const name = lastPart(file.path)
  return html`
    ${address === undefined ? name : html`<a href=${address} download=${name}>${name}</a>`}
    <span class="quiet"> ${formatSize(file.sizeBytes)}</span>
  `
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
