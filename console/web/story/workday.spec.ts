import { execFileSync } from "node:child_process";

import { expect, test } from "@playwright/test";

import { accessible, shot, signedIn } from "./people";

const rows = "[role=row][aria-rowindex]";

test("an investigator's day by keyboard: take, read, search, prove, note, confirm, next", async ({ browser }) => {
  const { page } = await signedIn(browser, "anna");
  await expect(page.locator(rows).first()).toBeVisible();
  await accessible(page, "the queue");
  await shot(page, "queue");
  const first = (await page.locator(rows).first().locator("b").first().textContent())!;

  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(first);
  await page.keyboard.press("a");
  await expect(page.getByText("Taken by you")).toBeVisible();

  await page.keyboard.press("n");
  await page.keyboard.type("Spoke to the shop. They gave +44 7700 900705 as the driver's phone <script>alert(1)</script>");
  await expect(page.getByText("This looks like a phone number")).toBeVisible();
  await page.keyboard.press("Control+Enter"); // does not pass what was pointed out
  await page.getByRole("button", { name: "Take it out" }).press("Enter");
  await page.getByRole("textbox", { name: "Your note" }).press("Control+Enter");
  const spine = page.getByRole("region", { name: "Chronology" });
  await expect(spine).toContainText("They gave … as the driver's phone <script>alert(1)</script>");
  await expect(page.getByRole("button", { name: "Save note" })).toBeDisabled();
  await accessible(page, "a case");
  await shot(page, "case");

  await page.locator("h1").click();
  await page.keyboard.press("p");
  await expect(page.getByRole("dialog")).toBeVisible();
  const download = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  const file = await (await download).path();
  const report = execFileSync(process.env.TALLYSTICK_BIN!, ["verify", file, ...process.env.VERIFY_ARGS!.split(" ")], { encoding: "utf8" });
  expect(report).toContain("PROVED");
  expect(report).toContain(first.replace("…", ""));

  await expect(page.getByRole("dialog")).toBeHidden();

  await page.keyboard.press("1");
  const reason = page.getByRole("combobox", { name: "Reason", exact: true });
  await expect(reason).toBeFocused();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText("Choose a reason; no key skips it.")).toBeVisible();
  await page.keyboard.press("s"); // the reason, by its first letter
  await expect(reason).toHaveValue("staged-loss");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type("E1 and the estimate");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText("A person’s decision stands.").first()).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).not.toContainText(first);

  await page.keyboard.press("Control+k");
  await page.keyboard.type(first.slice(-6));
  await expect(page.getByRole("option", { name: first }).first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(first);
  await expect(page.getByText("you decided on")).toBeVisible();

  await page.keyboard.press("Escape");
  await expect(page.locator(rows).first()).toBeVisible();
  await expect(page.locator(rows).first()).not.toContainText(first);
});

test("the referral file of a case is verified by a stranger", async ({ browser }) => {
  const { page } = await signedIn(browser, "jonas");
  await expect(page.locator(rows).first()).toBeVisible();
  await page.keyboard.press("Enter");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Referral file" }).click();
  const file = await (await download).path();
  const report = execFileSync(process.env.TALLYSTICK_BIN!, ["verify", file, ...process.env.VERIFY_ARGS!.split(" ")], { encoding: "utf8" });
  expect(report).toMatch(/\d+ proofs hold\./);
});

test("of two people who take a case the second is told who and when, and each sees the other", async ({ browser }) => {
  const anna = await signedIn(browser, "anna");
  const sofia = await signedIn(browser, "sofia");
  await expect(anna.page.locator(rows).nth(1)).toBeVisible();
  await anna.page.keyboard.press("j");
  await anna.page.keyboard.press("Enter");
  await expect(anna.page.getByRole("button", { name: /^Take/ })).toBeVisible();
  const address = new URL(anna.page.url()).pathname;
  await sofia.page.goto(address);
  await expect(anna.page.getByText("Sofia Ortiz is here").first()).toBeVisible();
  // Both press at once; the page of the second does not know yet.
  await anna.context.route("**/api/v1/cases/*/take", async (route) => {
    await sofia.page.keyboard.press("a");
    await expect(sofia.page.getByText("Taken by you")).toBeVisible();
    await route.continue();
  });
  await anna.page.keyboard.press("a");
  await expect(anna.page.getByText(/Sofia Ortiz took .* before you, at \d\d:\d\d:\d\d\. Nothing was written\./)).toBeVisible();
});

test("all that match are closed with one reason, each answered", async ({ browser }) => {
  const { page } = await signedIn(browser, "helen");
  await page.goto("/queue?outcome=%5B%22review%22%5D");
  await expect(page.locator(rows).first()).toBeVisible();
  await page.keyboard.press("x");
  await page.getByRole("button", { name: /^Select all/ }).press("Enter");
  await shot(page, "queue-selected");
  await page.keyboard.press("e");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Reason" }).selectOption("rule-too-broad");
  await accessible(page, "the dialog of a reason");
  await dialog.getByRole("combobox", { name: "Reason" }).press("Control+Enter");
  await expect(page.getByText(/(\d+) of \1 done\./)).toBeVisible();
  await expect(page.getByText("No claim matches this filter.")).toBeVisible();
  await accessible(page, "an empty queue");
  await shot(page, "queue-empty");
});

test("a supervisor reads and may not write", async ({ browser }) => {
  const { page } = await signedIn(browser, "mei");
  await expect(page.locator(rows).first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByText("You may read this case, not write in it.")).toBeVisible();
  await expect(page.getByRole("button", { name: /^(Take|Assign|Snooze|Confirm fraud)/ })).toHaveCount(0);
  const status = await page.evaluate(async () => (await fetch(`/api/v1${location.pathname}/take`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ command: "x".repeat(12) }) })).status);
  expect(status).toBe(403);
});

test("every page in both themes and languages has nothing that axe finds", async ({ browser }) => {
  for (const look of [{ colorScheme: "light", locale: "en-GB" }, { colorScheme: "dark", locale: "zh-CN" }] as const) {
    const name = `${look.colorScheme}-${look.locale.slice(0, 2)}`;
    const lead = await signedIn(browser, "helen", look);
    await expect(lead.page.locator(rows).first()).toBeVisible();
    await accessible(lead.page, `queue ${name}`);
    await shot(lead.page, `queue-${name}`);
    await lead.page.keyboard.press("Enter");
    await expect(lead.page.locator("#decide")).toBeVisible();
    await accessible(lead.page, `case ${name}`);
    await shot(lead.page, `case-${name}`);
    const ring = await lead.page.goto("/rings").then(() => lead.page.locator("table a").first().getAttribute("href"));
    for (const at of ["/rings", ring!, "/lead"]) {
      await lead.page.goto(at);
      await expect(lead.page.getByRole("heading", { level: 1 })).toBeVisible();
      await lead.page.waitForLoadState("networkidle").catch(() => {});
      await accessible(lead.page, `${at} ${name}`);
      await shot(lead.page, `${at.slice(1).replace(/\/.*/, "-one")}-${name}`);
    }
    await lead.context.close();
    const officer = await signedIn(browser, "ravi", look);
    await expect(officer.page.locator("table tbody tr").first()).toBeVisible();
    await accessible(officer.page, `officer ${name}`);
    await shot(officer.page, `officer-${name}`);
    await officer.page.goto("/sign-in");
    await expect(officer.page.locator("#person")).toBeVisible();
    await accessible(officer.page, `sign-in ${name}`);
    await shot(officer.page, `signin-${name}`);
    await officer.context.close();
  }
  const phone = await signedIn(browser, "anna", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await expect(phone.page.locator(rows).first()).toBeVisible();
  await accessible(phone.page, "the queue on a phone");
  await phone.page.locator(rows).first().locator("button", { hasText: "/" }).click();
  await expect(phone.page.getByRole("tab", { name: "Chronology" })).toBeVisible();
  await accessible(phone.page, "a case on a phone");
  await shot(phone.page, "case-phone");
});
