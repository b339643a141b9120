/** Custom properties of the pages that we write as files: ground, text and lines, light and dark, as on the dashboard. */
export const pageColours = `\
  color-scheme: light dark;
  --page: light-dark(#fbfaf8, #16181b);
  --panel: light-dark(#ffffff, #1e2125);
  --text: light-dark(#1f2328, #e4e6e8);
  --quiet: light-dark(#5d646d, #9aa2ab);
  --edge: light-dark(#dcd9d3, #343940);`
