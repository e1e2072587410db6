export type Theme = "light" | "dark" | "system";

/** chosenTheme is what the person chose; it stays in this browser. */
export function chosenTheme(): Theme {
  const t = localStorage.getItem("theme");
  return t === "light" || t === "dark" ? t : "system";
}

/** applyTheme puts the theme on the page and follows the system until the person chooses. */
export function applyTheme(next?: Theme) {
  if (next) localStorage.setItem("theme", next);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const set = () => {
    const t = chosenTheme();
    document.documentElement.dataset.theme = t === "system" ? (dark.matches ? "dark" : "light") : t;
  };
  dark.onchange = set;
  set();
}
