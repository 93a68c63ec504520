import { createHash } from 'node:crypto'
import { problemCodeSchema } from '../../../protocol/problem.ts'
import { API_HEADERS } from '../security-headers.ts'
import { renderRoute } from './docs-route.ts'
import { renderContent, renderRaw } from './docs-schema.ts'
import { DOCS_STYLE } from './docs-style.ts'
import type { ApiDocument, Operation, Response } from './document.ts'
import { Html, html, inlineCode } from './html.ts'
import { PROBLEM_MEANINGS } from './problem-meanings.ts'

/** The page has no script, and its policy lets its one style in and nothing else (S6). */
export const DOCS_PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...API_HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `${API_HEADERS['content-security-policy']}; style-src 'sha256-${createHash('sha256').update(DOCS_STYLE).digest('base64')}'`,
}

/** The API's description for people, drawn from the document alone. */
export function renderDocsPage(document: ApiDocument): string {
  const { info, tags = [], components } = document
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API</title>
${new Html(`<style>${DOCS_STYLE}</style>`)}
</head>
<body>
<div class="page">
${renderIndex(document)}
<main>
<h1>${info.title} API <small>${info.version}</small></h1>
<p>${inlineCode(info.description ?? '')}</p>
<p>For programs: <a href="openapi.json">the same as OpenAPI ${document.openapi}</a>. In the examples <code>$CONCH</code> is the address of this server, and <code>$TOKEN</code> what is in the <code>token</code> file of its data directory.</p>
${tags.map(({ name, description }) => renderGroup(document, name, description))}
<h2 id="errors">Errors</h2>
<p>Branch on <code>code</code>, show <code>detail</code>, and quote <code>request_id</code> when you look into the log.</p>
${renderCodes()}
${Object.entries(components.responses ?? {}).map(([name, response]) => renderError(name, response))}
<h2 id="schemas">Schemas</h2>
<p>What has a name in the routes above, as JSON Schema.</p>
${Object.entries(components.schemas).map(([name, schema]) => renderNamed(name, schema))}
</main>
</div>
</body>
</html>
`
  return page.text
}

interface Route {
  readonly path: string
  readonly method: string
  readonly operation: Operation
}

function routesOf({ paths }: ApiDocument, tag: string): readonly Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      operation.tags?.includes(tag) ? [{ path, method, operation }] : [],
    ),
  )
}

function renderIndex(document: ApiDocument): Html {
  const groups = (document.tags ?? []).map(
    ({ name }) => html`<h2>${name}</h2>
<ul>
${routesOf(document, name).map(({ operation }) => html`<li><a href="#${operation.operationId ?? ''}">${operation.summary ?? ''}</a></li>`)}
</ul>
`,
  )
  return html`<nav class="index" aria-label="Routes">
${groups}
<h2>More</h2>
<ul><li><a href="#errors">Errors</a></li><li><a href="#schemas">Schemas</a></li></ul>
</nav>`
}

function renderGroup(document: ApiDocument, tag: string, description: string): Html {
  const routes = routesOf(document, tag).map(({ path, method, operation }) => renderRoute(path, method, operation))
  return html`<h2 id="group-${tag}">${tag}</h2>
<p>${description}</p>
${routes}`
}

/** Every code there is, in the order of the protocol. */
function renderCodes(): Html {
  const rows = problemCodeSchema.options.map(
    (code) => html`<tr><td><code>${code}</code></td><td>${inlineCode(PROBLEM_MEANINGS[code])}</td></tr>`,
  )
  return html`<div class="wide"><table><thead><tr><th>code</th><th>meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

function renderError(name: string, { description, content = {} }: Response): Html {
  return html`<details class="route"><summary><span class="method">error</span><code>${name}</code><span class="what">${inlineCode(description)}</span></summary>
<div class="inside" id="error-${name}">${renderContent(content)}</div></details>
`
}

function renderNamed(name: string, schema: object): Html {
  return html`<details class="route"><summary><span class="method">schema</span><code>${name}</code></summary>
<div class="inside" id="schema-${name}">${renderRaw(schema)}</div></details>
`
}
