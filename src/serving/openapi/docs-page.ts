/** The documentation page: Swagger UI over our own document, every byte from this server. */

import type { FastifyReply } from 'fastify'
import type { Route } from '../routes.ts'
import { readSwaggerAsset, swaggerAssets, type SwaggerAsset } from './swagger-assets-file.ts'

const docsPath = '/docs'
const documentPath = '/openapi.json'

/**
 * The page, what it loads, and the document it shows; `/` leads there.
 *
 * @param title - of the page; the model may change
 * @param document - of the model that is served now
 */
export function docsRoutes(title: () => string, document: () => object): readonly Route[] {
  return [
    { method: 'GET', path: '/', answer: (_request, reply) => reply.redirect(fromHere(docsPath)) },
    { method: 'GET', path: documentPath, answer: document },
    {
      method: 'GET',
      path: docsPath,
      // What the page names lies beside it, not below it.
      answer: ({ url }, reply) =>
        /^[^?]*\/(?:\?|$)/.test(url)
          ? reply.redirect(`..${docsPath}`)
          : sendPage(reply, formatPage(title())),
    },
    textRoute('start.js', 'text/javascript; charset=utf-8', startScript),
    textRoute('page.css', 'text/css; charset=utf-8', pageStyle),
    ...swaggerAssets.map(assetRoute),
  ]
}

/** As seen from the page: in front of its path there may be that of a proxy, or of the app that has the plugin. */
function fromHere(path: string): string {
  return path.slice(1)
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', pagePolicy)
    .send(page)
}

/** Swagger UI draws with inline styles and embedded images; scripts come from files only. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

function textRoute(name: string, mediaType: string, text: string): Route {
  return {
    method: 'GET',
    path: `${docsPath}/${name}`,
    answer: (_request, reply) => reply.type(mediaType).send(text),
  }
}

function assetRoute(asset: SwaggerAsset): Route {
  let content: Promise<Uint8Array> | undefined
  return {
    method: 'GET',
    path: `${docsPath}/${asset.name}`,
    answer: async (_request, reply) => {
      content ??= readSwaggerAsset(asset)
      return reply
        .type(asset.mediaType)
        .header('cache-control', 'public, max-age=86400')
        .send(await content)
    },
  }
}

function formatPage(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}: API</title>
<link rel="icon" type="image/png" href="${fromHere(docsPath)}/favicon-32x32.png">
<link rel="stylesheet" href="${fromHere(docsPath)}/swagger-ui.css">
<link rel="stylesheet" href="${fromHere(docsPath)}/page.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript; the document it shows is at <a href="${fromHere(documentPath)}">${documentPath}</a>.</noscript>
<script src="${fromHere(docsPath)}/swagger-ui-bundle.js"></script>
<script src="${fromHere(docsPath)}/start.js"></script>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

/** Opens on the one thing most visitors come for. */
const startScript = `'use strict'
const page = SwaggerUIBundle({
  url: '${fromHere(documentPath)}',
  dom_id: '#swagger-ui',
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelExpandDepth: 3,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  onComplete: () => {
    if (location.hash === '') page.layoutActions.show(['operations', 'prediction', 'predict'], true)
  },
})
`

/** Room for a whole row; no column for links that do not exist; no gap where servers would be chosen. */
const pageStyle = `body { margin: 0; }
.swagger-ui .body-param__text { min-height: 25rem; }
.swagger-ui .response-col_links { display: none; }
.swagger-ui .scheme-container { display: none; }
.swagger-ui .info { margin: 2rem 0; }
`
