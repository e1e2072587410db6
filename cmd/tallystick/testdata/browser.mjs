// Opens verify.html as a reader does, from a file and without network, gives it every vector, and prints what it says.
// node browser.mjs PAGE VECTORS.json, run in console/web, which has Playwright.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const { chromium } = createRequire(join(process.cwd(), "package.json"))("@playwright/test");
const [html, list] = process.argv.slice(2);
const vectors = JSON.parse(readFileSync(list, "utf8"));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext({ offline: true, locale: "en-GB" });
const page = await context.newPage();
const complaints = [];
page.on("request", (r) => { if (!r.url().startsWith("file:") && !r.url().startsWith("blob:")) complaints.push("asked for " + r.url()); });
page.on("pageerror", (e) => complaints.push(String(e)));
page.on("console", (m) => { if (m.type() === "error") complaints.push(m.text()); });
await page.goto(pathToFileURL(html).href);

async function verdict(give) {
  await page.evaluate(() => { document.getElementById("result").dataset.verdict = ""; });
  await give();
  await page.waitForFunction(() => document.getElementById("result").dataset.verdict, null, { timeout: 120_000 });
  return page.evaluate(() => {
    const r = document.getElementById("result");
    return { verdict: r.dataset.verdict, step: r.dataset.step, text: r.dataset.text, shown: r.innerText, title: document.title };
  });
}

const said = [];
for (const v of vectors) {
  if (v.language) await page.click("#" + v.language);
  await page.evaluate((v) => {
    const keys = document.getElementById("keys");
    if (v.keys !== undefined) keys.value = v.keys;
    document.getElementById("fingerprint").value = v.fingerprint ?? "";
  }, v);
  said.push(await verdict(v.dropped ? () => drop(v.file) : () => page.setInputFiles("#file", v.file)));
}

async function drop(file) {
  const data = readFileSync(file).toString("base64");
  await page.evaluate((data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "dropped"));
    document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, data);
}

const print = await page.textContent("#print");
await browser.close();
console.log(JSON.stringify({ said, complaints, print }));
