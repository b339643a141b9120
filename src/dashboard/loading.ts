/** The life of something that is asked for: on its way, here, or failed; each is shown as what it is. */

import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { html } from 'htm/preact'

export type Loading<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly message: string; readonly retry: () => void }
  | { readonly kind: 'loaded'; readonly value: T }

/** Asks on the first showing and whenever `key` changes; an answer that comes too late is dropped. */
export function useLoading<T>(key: string, load: () => Promise<T>): Loading<T> {
  const [state, setState] = useState<Loading<T>>({ kind: 'loading' })
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    const retry = (): void => setAttempt(attempt + 1)
    let isWanted = true
    setState({ kind: 'loading' })
    load().then(
      (value) => isWanted && setState({ kind: 'loaded', value }),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error)
        if (isWanted) setState({ kind: 'failed', message, retry })
      },
    )
    return () => {
      isWanted = false
    }
  }, [key, attempt])
  return state
}

/** Shows the value when it is there, else why it is not. */
export function Loaded<T>({
  state,
  what,
  children,
}: {
  readonly state: Loading<T>
  /** In the plural or as it reads after 'Loading', for example 'the runs'. */
  readonly what: string
  readonly children: (value: T) => ComponentChildren
}): VNode {
  switch (state.kind) {
    case 'loading':
      return html`<p class="quiet" role="status">Loading ${what} …</p>`
    case 'failed':
      return html`<div class="failure" role="alert">
        <p>Could not load ${what}: ${state.message}</p>
        <button type="button" onClick=${state.retry}>Try again</button>
      </div>`
    case 'loaded':
      return html`<div>${children(state.value)}</div>`
  }
}

/** Names the page in the browser's tab and in its heading. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ml-pipeline-toolkit`
  }, [title])
}
