import { curlExample } from './curl-example.ts'
import { renderContent, renderFields } from './docs-schema.ts'
import type { Operation, Response } from './document.ts'
import { type Html, html, inlineCode } from './html.ts'

/** One route. Its id stands inside, so that a link to it opens it, which a browser does without any script. */
export function renderRoute(path: string, method: string, operation: Operation): Html {
  const { operationId = '', summary = '', description, requestBody } = operation
  return html`<details class="route"><summary><span class="method ${method}">${method.toUpperCase()}</span><code>${path}</code><span class="what">${summary}</span></summary>
<div class="inside" id="${operationId}">
${description === undefined ? '' : html`<p>${inlineCode(description)}</p>`}
<pre>${curlExample(path, method, operation)}</pre>
${renderParameters(operation)}
${requestBody ? html`<h3>Body</h3>${renderContent(requestBody.content)}` : ''}
${renderAnswers(operation)}
<p class="soft"><a href="#${operationId}">Link to this route</a></p>
</div></details>
`
}

function renderParameters({ parameters = [] }: Operation): Html {
  if (parameters.length === 0) return html``
  const fields = parameters.map(({ name, in: place, required = false, description, schema }) => ({
    name,
    schema,
    required,
    meaning: [place === 'path' ? 'in the path' : `in the ${place}`, description].filter(Boolean).join(': '),
  }))
  return html`<h3>Parameters</h3>${renderFields(fields)}`
}

/** What it answers with when all is well, then what may go wrong: each of those is told once, below. */
function renderAnswers({ responses }: Operation): Html {
  const successes: Html[] = []
  const refusals: Html[] = []
  for (const [status, response] of Object.entries(responses)) {
    if ('$ref' in response) refusals.push(renderRefusal(status, response.$ref))
    else successes.push(renderSuccess(status, response))
  }
  return html`<h3>Answers</h3>${successes}
<ul class="plain">${refusals}</ul>`
}

function renderSuccess(status: string, { description, content = {} }: Response): Html {
  return html`<p><span class="status">${status}</span> ${inlineCode(description)}</p>${renderContent(content)}`
}

function renderRefusal(status: string, reference: string): Html {
  const name = reference.split('/').at(-1) ?? ''
  return html`<li><span class="status">${status}</span> <a href="#error-${name}">${name}</a></li>`
}
