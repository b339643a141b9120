import { pageColours } from '../../../core/page-colours.ts'

/** The style sheet of the page of plots: light and dark, colours that colour-blind readers can tell apart (Okabe and Ito). */
export const pageStyle = `
:root {
${pageColours}
  --bad: light-dark(#a3261f, #f29a93);
  --c0: light-dark(#0072b2, #5cb3ea);
  --c1: light-dark(#d55e00, #ff9a52);
  --c2: light-dark(#00795a, #35c79b);
  --c3: light-dark(#b0568c, #eba0cb);
  --c4: light-dark(#8a6d00, #e6c229);
  --c5: light-dark(#5b4bb5, #a99bf2);
  --c6: light-dark(#5d646d, #aab2bb);
  font: 15px/1.45 system-ui, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); }
header { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: baseline;
  padding: 0.9rem 1.25rem; background: var(--panel); border-bottom: 1px solid var(--edge); }
h1 { margin: 0; font-size: 1.15rem; }
header p { margin: 0; color: var(--quiet); overflow-wrap: anywhere; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr));
  grid-auto-flow: dense; gap: 1.25rem; align-items: start; max-width: 1500px; margin: 0 auto; padding: 1.25rem; }
section { min-width: 0; padding: 0.9rem 1rem; background: var(--panel);
  border: 1px solid var(--edge); border-radius: 6px; }
section.wide { grid-column: 1 / -1; }
h2 { margin: 0 0 0.5rem; font-size: 1rem; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; font-size: 12px; }
svg.matrix { width: auto; max-width: 100%; }
.legend svg { overflow: visible; width: 28px; height: 12px; flex: none; }
.grid { stroke: var(--edge); stroke-width: 1; }
.tick { fill: var(--quiet); }
.label { fill: var(--text); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.under { stroke-width: 5; stroke-opacity: 0.55; }
.raw { stroke-opacity: 0.3; stroke-width: 1; }
.dots { stroke: var(--panel); stroke-width: 1; }
.hints { fill: transparent; }
.cell { fill: none; stroke: var(--edge); }
.fill { fill: var(--c0); }
.value { fill: var(--text); }
.strong { fill: var(--panel); }
.line.c0 { stroke: var(--c0); } .dots.c0, .bars.c0 { fill: var(--c0); }
.line.c1 { stroke: var(--c1); } .dots.c1, .bars.c1 { fill: var(--c1); }
.line.c2 { stroke: var(--c2); } .dots.c2, .bars.c2 { fill: var(--c2); }
.line.c3 { stroke: var(--c3); } .dots.c3, .bars.c3 { fill: var(--c3); }
.line.c4 { stroke: var(--c4); } .dots.c4, .bars.c4 { fill: var(--c4); }
.line.c5 { stroke: var(--c5); } .dots.c5, .bars.c5 { fill: var(--c5); }
.line.c6 { stroke: var(--c6); } .dots.c6, .bars.c6 { fill: var(--c6); }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0.4rem 0 0; padding: 0;
  list-style: none; font-size: 0.9rem; }
.legend li { display: flex; gap: 0.4rem; align-items: center; overflow-wrap: anywhere; }
.images { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
figure { margin: 0; min-width: 0; flex: 1 1 16rem; }
figure.square { flex: 0 1 auto; }
figcaption { color: var(--quiet); font-size: 0.9rem; text-align: center; }
img { display: block; max-width: 100%; margin: 0 auto; background: #fff; border: 1px solid var(--edge); }
.failures { margin: 0.5rem 0 0; padding-left: 1.1rem; color: var(--bad); overflow-wrap: anywhere; }
.none { color: var(--quiet); }
`
