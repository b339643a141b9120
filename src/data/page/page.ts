/** The frame of every report on data: one HTML file that runs nothing and fetches nothing. */

import { createHash } from 'node:crypto'
import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { pageStyle } from './page-style.ts'

/** What a page consists of. */
export interface PageParts {
  /** Names the browser's tab, and is the heading of the page. */
  readonly title: string
  /** Stands below the heading, such as the name of the file. */
  readonly subtitle?: string
  readonly body: Markup
  readonly footer?: Markup
}

/**
 * The text of a whole page. The policy in it admits only its own style sheet,
 * so that even markup that got into it by a fault could neither run, fetch,
 * restyle the page, nor send a form.
 */
export function renderPage({ title, subtitle, body, footer }: PageParts): string {
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${{ markup: policy }}" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${style}
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${subtitle === undefined ? noMarkup : html`<p class="trail"><bdi>${subtitle}</bdi></p>`}
        </header>
        <main>${body}</main>
        ${footer === undefined ? noMarkup : html`<footer>${footer}</footer>`}
      </body>
    </html> `
  return page.markup
}

// The hash is of all that stands between the tags: no line break may come in between.
const style: Markup = { markup: `<style>${pageStyle}</style>` }
const styleHash = createHash('sha256').update(pageStyle).digest('base64')
