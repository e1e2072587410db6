import { execFileSync } from "node:child_process";

import { expect, test } from "@playwright/test";

import { accessible, shot, signedIn } from "./people";

test("a subject objects, the case stands open, and a supervisor sees it and may not write", async ({ browser }) => {
  const helen = await signedIn(browser, "helen");
  await expect(helen.page.locator("[role=row][aria-rowindex]").first()).toBeVisible();
  await helen.page.keyboard.press("Enter");
  const claim = (await helen.page.locator("h1 b").textContent())!;
  await helen.page.getByRole("button", { name: "Objection" }).click();
  await accessible(helen.page, "the dialog of an objection");
  await helen.page.getByRole("button", { name: "A letter of the subject" }).click();
  await expect(helen.page.getByText("Recorded. The case stands open until a person answers.")).toBeVisible();
  await expect(helen.page.getByRole("button", { name: "Objection" })).toHaveCount(0);

  const mei = await signedIn(browser, "mei");
  await mei.page.getByRole("link", { name: "Delays" }).click();
  await expect(mei.page.getByRole("region", { name: "How long from report to decision?" }).getByRole("row").nth(1)).toBeVisible();
  const objections = mei.page.getByRole("region", { name: "Objections" });
  await expect(objections).toContainText(claim);
  await expect(objections).toContainText("A letter of the subject");
  await objections.getByRole("link", { name: claim }).click();
  await expect(mei.page.getByText("You may read this case, not write in it.")).toBeVisible();
  await expect(mei.page.getByRole("button", { name: "Objection" })).toHaveCount(0);

  const ravi = await signedIn(browser, "ravi");
  await ravi.page.getByRole("link", { name: "Delays" }).click();
  await expect(ravi.page.getByText("open cases")).toBeVisible();
  await expect(ravi.page.getByText(claim)).toHaveCount(0); // an officer reads no case
});

test("the pages of supervisor, partner and admin have nothing that axe finds, in both themes and languages", async ({ browser }) => {
  for (const look of [{ colorScheme: "light", locale: "en-GB" }, { colorScheme: "dark", locale: "zh-CN" }, { colorScheme: "light", locale: "en-GB", viewport: { width: 390, height: 844 } }] as const) {
    const name = `${look.colorScheme}-${look.locale.slice(0, 2)}${"viewport" in look ? "-phone" : ""}`;
    for (const [person, at] of [["mei", "/delays"], ["paul", "/prove"], ["tomasz", "/people"], ["ravi", "/keys"]] as const) {
      const { page, context } = await signedIn(browser, person, look);
      await page.goto(at);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await page.waitForLoadState("networkidle").catch(() => {});
      await accessible(page, `${at} ${name}`);
      await shot(page, `${at.slice(1)}-${name}`);
      await context.close();
    }
  }
});

test("a partner comes to a page of their own and gets a proof that verifies", async ({ browser }) => {
  const anna = await signedIn(browser, "anna");
  await expect(anna.page.locator("[role=row][aria-rowindex]").first()).toBeVisible();
  await anna.page.keyboard.press("Enter");
  const [insurer, claim] = (await anna.page.locator("h1").innerText()).split("/");
  const { page } = await signedIn(browser, "paul");
  await expect(page.getByRole("heading", { name: "Prove a record" })).toBeVisible();
  await page.getByLabel("Insurer").selectOption(insurer);
  await page.getByLabel("Claim").fill("M-0000-nothing");
  await page.keyboard.press("Enter");
  await expect(page.getByText("There is no such case, or it is not for you.")).toBeVisible();
  await page.getByLabel("Claim").fill(claim);
  const download = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  const report = execFileSync(process.env.TALLYSTICK_BIN!, ["verify", await (await download).path(), ...process.env.VERIFY_ARGS!.split(" ")], { encoding: "utf8" });
  expect(report).toContain(claim);
});

test("an admin ends somebody's sessions, and who wants to leave is asked first", async ({ browser }) => {
  const jonas = await signedIn(browser, "jonas");
  await expect(jonas.page.locator("[role=row][aria-rowindex]").first()).toBeVisible();
  const { page } = await signedIn(browser, "tomasz");
  await page.getByRole("button", { name: /^End sessions.*Jonas Weber/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End sessions" }).click();
  await expect(page.getByText(/session(s)? ended/)).toBeVisible();
  await jonas.page.reload();
  await expect(jonas.page.locator("#person")).toBeVisible();
  await page.getByRole("button", { name: /Sign out/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("heading", { name: "People" })).toBeVisible();
});
