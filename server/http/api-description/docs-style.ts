/** The one style of the API's page. It is named by its hash in the page's policy, so that nothing else could be let in by it (S6). */
export const DOCS_STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1d2129, #e7e9ee); --soft: light-dark(#5a6270, #a3abb8); --paper: light-dark(#ffffff, #14171c); --panel: light-dark(#f5f6f8, #1c2027); --line: light-dark(#dfe2e8, #323843); --accent: light-dark(#0b5c8a, #7cc4f0); --good: light-dark(#17693a, #7fd6a0); --bad: light-dark(#9c2f1d, #f2a08f) }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; color: var(--ink); background: var(--paper); font: 1rem/1.55 system-ui, sans-serif }
a { color: var(--accent) }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: .25rem }
h1, h2, h3 { line-height: 1.25 }
h1 { margin: 0 0 .75rem; font-size: 1.75rem }
h1 small, .soft { color: var(--soft); font-weight: 400 }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.35rem; text-transform: capitalize }
h3 { margin: 1.5rem 0 .5rem; font-size: .95rem }
p { margin: .5rem 0; max-width: 44rem }
code, pre { font: .85rem/1.5 ui-monospace, SFMono-Regular, Menlo, monospace }
pre { margin: .5rem 0; padding: .75rem 1rem; background: var(--panel); border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere }
.page { display: grid; grid-template-columns: 17rem minmax(0, 56rem); gap: 3rem; max-width: 80rem; margin: 0 auto; padding: 2rem 1.5rem 6rem }
.index { position: sticky; top: 0; max-height: 100vh; overflow: auto; align-self: start; padding: .5rem 0; font-size: .875rem }
.index h2 { margin: 1rem 0 .25rem; font-size: .8rem; color: var(--soft) }
.index ul { list-style: none; margin: 0; padding: 0 }
.index a { display: block; padding: .2rem .5rem; color: inherit; text-decoration: none; border-radius: .25rem }
.index a:hover { background: var(--panel) }
.route { margin: .5rem 0; border: 1px solid var(--line); border-radius: .5rem }
.route > summary { display: grid; grid-template-columns: 4.25rem minmax(0, 1fr); gap: 0 .5rem; padding: .6rem .9rem; cursor: pointer; list-style: none }
.route > summary::-webkit-details-marker { display: none }
.route > summary:hover { background: var(--panel); border-radius: .5rem }
.route[open] > summary { border-bottom: 1px solid var(--line) }
.route > summary code { overflow-wrap: anywhere }
.route .what { grid-column: 2; color: var(--soft) }
.method { font: 700 .8rem/1.7 ui-monospace, monospace; color: var(--accent) }
.post, .put, .patch { color: var(--good) }
.delete { color: var(--bad) }
main { min-width: 0; overflow-wrap: anywhere }
.inside { padding: .25rem .9rem 1rem; scroll-margin-top: 5.5rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th { font-weight: 600; color: var(--soft) }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line) }
td code { overflow-wrap: anywhere }
.needed { color: var(--bad); font-size: .8rem }
.status { font-weight: 700; font-variant-numeric: tabular-nums }
.plain { margin: .5rem 0; padding: 0; list-style: none }
.plain li { padding: .15rem 0 }
.raw { margin: .5rem 0; font-size: .875rem }
.raw summary { cursor: pointer; color: var(--soft) }
@media (max-width: 62rem) {
  .page { grid-template-columns: minmax(0, 1fr); gap: 0; padding: 1.25rem 1rem 4rem }
  .index { position: static; max-height: none; border: 1px solid var(--line); border-radius: .5rem; padding: .25rem .75rem .75rem }
  .index ul { columns: 2 12rem }
}
@media (max-width: 40rem) {
  thead { display: none }
  tr, td { display: block }
  td { border: 0; padding: .1rem 0 }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line) }
}
@media print { .index { display: none } .page { display: block } }
`
