import { pageColours } from '../../core/page-colours.ts'

/** The style sheet of the reports on data: the dashboard's colours, light and dark, on screens and on paper. */
export const pageStyle = `
:root {
${pageColours}
  --link: light-dark(#0b5a9d, #7db8f0);
  --good: light-dark(#1a6b3c, #74cf98);
  --warn: light-dark(#8a5a00, #f0c461);
  --bad: light-dark(#a3261f, #f29a93);
  --info: light-dark(#0b5a9d, #7db8f0);
  --good-tint: light-dark(#e7f4ec, #1b2d23);
  --warn-tint: light-dark(#fdf3d8, #332b18);
  --bad-tint: light-dark(#fcebe9, #38211f);
  --info-tint: light-dark(#eaf2fb, #1f2c3a);
  --current: light-dark(#0072b2, #56b4e9);
  --reference: light-dark(#c75000, #f0893a);
  font: 15px/1.45 system-ui, sans-serif;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere; }
header, main, footer { max-width: 1200px; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.25rem; }
main { padding-bottom: 2rem; }
footer { padding-bottom: 2rem; color: var(--quiet); font-size: 0.87rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.6rem; }
h3 { font-size: 1rem; margin: 0 0 0.35rem; }
h4 { font-size: 0.87rem; margin: 0.8rem 0 0.3rem; color: var(--quiet); font-weight: 600; }
p { margin: 0.35rem 0; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code { font-size: 0.93em; }
bdi.value { font-family: ui-monospace, monospace; font-size: 0.93em; white-space: pre-wrap; }
.quiet { color: var(--quiet); }
.trail { margin: 0.15rem 0 0; color: var(--quiet); }
.good { --tone: var(--good); --tint: var(--good-tint); }
.warn { --tone: var(--warn); --tint: var(--warn-tint); }
.bad { --tone: var(--bad); --tint: var(--bad-tint); }
.info { --tone: var(--info); --tint: var(--info-tint); }
.neutral { --tone: var(--quiet); --tint: var(--panel); }
.badge { display: inline-block; border: 1px solid var(--tone); color: var(--tone); border-radius: 999px;
  padding: 0 0.6rem; font-size: 0.85rem; white-space: nowrap; }
.toned { color: var(--tone); white-space: nowrap; }
.verdict { margin: 1rem 0; padding: 0.9rem 1.1rem; border: 1px solid var(--tone); border-left-width: 6px;
  border-radius: 6px; background: var(--tint); }
.verdict strong { display: block; font-size: 1.25rem; color: var(--tone); }
.facts { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; margin: 0.75rem 0; }
.facts > div { min-width: 0; }
.facts dt { color: var(--quiet); font-size: 0.85rem; }
.facts dd { margin: 0; font-size: 1.05rem; font-variant-numeric: tabular-nums; }
.card { margin: 0 0 1rem; padding: 0.9rem 1.1rem; background: var(--panel); border: 1px solid var(--edge);
  border-radius: 6px; break-inside: avoid; }
.card.marked { border-left: 4px solid var(--tone); }
.card:target { outline: 2px solid var(--link); }
.card > :first-child { margin-top: 0; }
.head { display: flex; flex-wrap: wrap; gap: 0.3rem 0.75rem; align-items: baseline; margin-bottom: 0.35rem; }
.head h3 { margin: 0; }
.reason { border-left: 3px solid var(--edge); padding-left: 0.6rem; color: var(--quiet); }
.split { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 0.5rem 2rem; }
.split > * { min-width: 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1rem; align-items: start; }
.cards .card { margin: 0; min-width: 0; }
.card td > .quiet { display: block; }
.scroll { overflow-x: auto; background: var(--panel); border: 1px solid var(--edge); border-radius: 6px; }
.card .scroll { border: none; background: none; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.scroll table { min-width: 100%; }
caption { text-align: left; padding: 0.3rem 0.6rem; color: var(--quiet); font-size: 0.87rem; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem; border-bottom: 1px solid var(--edge); font-weight: normal; }
tbody tr:last-child > * { border-bottom: none; }
thead th { color: var(--quiet); font-size: 0.87rem; vertical-align: bottom; }
td, th { overflow-wrap: normal; }
.wide, .name, .scroll th[scope='row'] { overflow-wrap: anywhere; }
.scroll th[scope='row']:not(.number) { min-width: 6.5rem; }
.card .facts { gap: 0.4rem 1.25rem; margin: 0.4rem 0; }
.card .facts dd { font-size: 1rem; }
.number { text-align: right; white-space: nowrap; }
.wide { min-width: 14rem; }
.name { min-width: 7rem; max-width: 22rem; }
tr.bad > :first-child, tr.warn > :first-child, tr.info > :first-child { box-shadow: inset 3px 0 var(--tone); }
.more { color: var(--quiet); font-size: 0.9rem; }
ul.plain { list-style: none; margin: 0.3rem 0; padding: 0; }
ul.plain li { margin: 0.15rem 0; }
details > summary { cursor: pointer; color: var(--link); margin: 0.5rem 0; }
svg { display: block; max-width: 100%; }
svg.chart { width: 100%; max-width: 32rem; height: auto; font-size: 14px; }
svg.spark { width: 110px; height: 26px; }
svg.share { width: 100%; min-width: 60px; max-width: 32rem; height: 10px; }
td svg.share { min-width: 80px; margin-top: 0.35rem; }
.cur { fill: var(--current); fill-opacity: 0.6; }
.ref { fill: none; stroke: var(--reference); stroke-width: 2; stroke-linejoin: round; }
.refbar { fill: var(--reference); fill-opacity: 0.75; }
.axis { stroke: var(--edge); stroke-width: 1; }
.tick { fill: var(--quiet); }
.end { text-anchor: end; }
.mid { text-anchor: middle; }
.limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3; }
.limits { fill: var(--bad); }
.outside { fill: var(--bad); fill-opacity: 0.09; }
.beyond { fill: var(--bad); }
.band { fill: var(--tone); fill-opacity: 0.3; }
.found { stroke: var(--tone); stroke-width: 2.5; fill: none; }
td.text { min-width: 7rem; max-width: 16rem; overflow-wrap: anywhere; }
td.failing { background: var(--bad-tint); color: var(--bad); box-shadow: inset 2px 0 var(--bad); }
.trend { fill: none; stroke: var(--current); stroke-width: 2; stroke-linejoin: round; }
.dot { fill: var(--current); }
.rail { fill: var(--edge); fill-opacity: 0.6; }
.part { fill: var(--tone); }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0.3rem 0 0; padding: 0; list-style: none; font-size: 0.87rem; }
.legend li { display: flex; gap: 0.4rem; align-items: center; }
.legend svg { width: 22px; height: 10px; flex: none; }
@media (max-width: 600px) {
  header, main, footer { padding-left: 0.85rem; padding-right: 0.85rem; }
  .card { padding: 0.75rem 0.85rem; }
  th, td { padding: 0.3rem 0.45rem; }
}
@media print {
  :root { color-scheme: light; }
  body { background: #fff; }
  .scroll { overflow: visible; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
