import { readFileSync } from "node:fs";

import { type Browser, type BrowserContext, expect, type Page } from "@playwright/test";

const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** signedIn is a page of a person in a browser of their own. What the page says on its console must be nothing. */
export async function signedIn(browser: Browser, person: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("pageerror", (e) => {
    throw e;
  });
  page.on("console", (m) => {
    if (m.text().includes("Content Security Policy")) throw new Error(m.text());
  });
  await page.goto("/sign-in");
  await page.locator("#person").selectOption(person);
  await page.locator("#password").fill(process.env.CONSOLE_PASSWORD ?? "");
  await page.keyboard.press("Enter");
  await page.waitForURL((u) => !u.pathname.startsWith("/sign-in"));
  return { page, context };
}

/** accessible fails on any violation that axe finds. Our policy lets no script in, so the test evaluates it. */
export async function accessible(page: Page, what: string) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const found = await (window as unknown as { axe: { run: (d: Document) => Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run(document);
    return found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 200)} (${n.failureSummary.slice(0, 200)})`).join("; ")}`);
  });
  expect.soft(violations, `axe on ${what}`).toEqual([]);
}

/** shot keeps a picture where SHOTS names a folder. */
export async function shot(page: Page, name: string) {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
}
