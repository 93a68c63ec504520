import { createHash } from 'node:crypto'
import { API_HEADERS } from '../security-headers.ts'
import { curlExample } from './curl-example.ts'
import type { ApiDocument, Content, Operation, Response } from './document.ts'
import { Html, html } from './html.ts'

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); --soft: color-mix(in srgb, currentColor 6%, transparent) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem }
h1, h2, h3, h4 { line-height: 1.2 }
h4 { margin: 1.25rem 0 .25rem; font-size: 1rem }
code, pre { font: .875rem/1.45 ui-monospace, monospace }
pre { overflow: auto; padding: .75rem; background: var(--soft); border-radius: .375rem; white-space: pre-wrap; overflow-wrap: anywhere }
details { border: 1px solid var(--line); border-radius: .375rem; margin: .5rem 0; padding: .5rem .75rem; overflow-x: auto }
summary { cursor: pointer; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line) }
td:nth-child(3) { overflow-wrap: anywhere }
.method { display: inline-block; min-width: 4rem; font-weight: 700 }
`

/** The page has no script. Its one style is named by its hash, so that nothing else could ever be let in by it (S6). */
export const DOCS_PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...API_HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `${API_HEADERS['content-security-policy']}; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
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
${new Html(`<style>${STYLE}</style>`)}
</head>
<body>
<header>
<h1>${info.title} API <small>${info.version}</small></h1>
${renderProse(info.description)}
<p>The same as <a href="openapi.json">OpenAPI ${document.openapi}</a>, for programs.</p>
</header>
<main>
${tags.map(({ name, description }) => renderTag(document, name, description))}
<h2>Schemas</h2>
${Object.entries(components.schemas).map(([name, schema]) => renderSchema(name, schema))}
<h2>Errors</h2>
${Object.entries(components.responses ?? {}).map(([name, response]) => renderError(name, response))}
</main>
</body>
</html>
`
  return page.text
}

function renderTag({ paths }: ApiDocument, tag: string, description: string): Html {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      operation.tags?.includes(tag) ? [renderOperation(path, method, operation)] : [],
    ),
  )
  return html`<h2>${tag}</h2>
<p>${description}</p>
${operations}`
}

function renderOperation(path: string, method: string, operation: Operation): Html {
  const { operationId = '', summary = '', description, requestBody, responses } = operation
  return html`<details id="${operationId}">
<summary><code class="method">${method.toUpperCase()}</code> <code>${path}</code> – ${summary}</summary>
${renderProse(description)}
${renderParameters(operation)}
${requestBody ? html`<h4>Body</h4>${renderContent(requestBody.content)}` : ''}
<h4>Answers</h4>
${Object.entries(responses).map(([status, response]) => renderResponse(status, response))}
<h4>Try it</h4>
<pre>${curlExample(path, method, operation)}</pre>
</details>
`
}

function renderParameters({ parameters = [] }: Operation): Html {
  if (parameters.length === 0) return html``
  const rows = parameters.map(
    ({ name, in: place, required, description = '', schema }) =>
      html`<tr><td><code>${name}</code></td><td>${place}${required ? ', required' : ''}</td><td><code>${JSON.stringify(schema)}</code></td><td>${inline(description)}</td></tr>`,
  )
  return html`<h4>Parameters</h4>
<table><thead><tr><th>name</th><th>in</th><th>schema</th><th>meaning</th></tr></thead><tbody>${rows}</tbody></table>`
}

function renderResponse(status: string, response: Operation['responses'][string]): Html {
  if ('$ref' in response) {
    const name = response.$ref.split('/').at(-1) ?? ''
    return html`<p><strong>${status}</strong> <a href="#error-${name}">${name}</a></p>`
  }
  return html`<p><strong>${status}</strong> ${inline(response.description)}</p>${renderContent(response.content ?? {})}`
}

function renderContent(content: Content): Html {
  const pieces = Object.entries(content).map(([type, { schema, examples = {} }]) => {
    const shown = Object.values(examples).map(({ value }) => html`<pre>${asJson(value)}</pre>`)
    return html`<p><code>${type}</code></p>${schema ? renderJsonSchema(schema) : ''}${shown}`
  })
  return html`${pieces}`
}

function renderSchema(name: string, schema: object): Html {
  return html`<details id="schema-${name}"><summary><code>${name}</code></summary>${renderJsonSchema(schema)}</details>
`
}

function renderError(name: string, { description, content = {} }: Response): Html {
  return html`<details id="error-${name}"><summary><code>${name}</code> – ${inline(description)}</summary>${renderContent(content)}</details>
`
}

const REFERENCE = /"\$ref": "#\/components\/schemas\/(\w+)"/

/** A schema as JSON, in which each reference leads to what it names. */
function renderJsonSchema(schema: object): Html {
  const pieces = asJson(schema)
    .split(new RegExp(REFERENCE, 'g'))
    .map((piece, index) => (index % 2 === 0 ? html`${piece}` : html`<a href="#schema-${piece}">${piece}</a>`))
  return html`<pre>${pieces}</pre>`
}

function asJson(value: unknown): string {
  return JSON.stringify(value, null, 2)
}

function renderProse(text: string | undefined): Html {
  return text === undefined ? html`` : html`<p>${inline(text)}</p>`
}

/** The only markup in our descriptions is code between backticks. */
function inline(text: string): Html {
  return html`${text.split('`').map((piece, index) => (index % 2 === 0 ? html`${piece}` : html`<code>${piece}</code>`))}`
}
