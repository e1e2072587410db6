import { expect, test } from "@playwright/test";

import { accessible, shot, signedIn } from "./people";

test("an investigator asks for a sealed field, an officer lets it, and it is shown once", async ({ browser }) => {
  const anna = await signedIn(browser, "anna");
  await expect(anna.page.locator("[role=row][aria-rowindex]").nth(1)).toBeVisible();
  await anna.page.keyboard.press("Enter");
  await expect(anna.page.getByText("Sealed data")).toBeVisible();
  await anna.page.keyboard.press("v");
  const dialog = anna.page.getByRole("dialog", { name: "Ask to reveal" });
  await dialog.getByRole("button", { name: "Ask" }).click();
  await expect(dialog.getByText("Choose at least one field.")).toBeVisible();
  await dialog.getByLabel("name", { exact: true }).check();
  await dialog.getByLabel("phone", { exact: true }).check();
  await dialog.getByLabel("For what").selectOption("investigation");
  await accessible(anna.page, "the dialog of a request to reveal");
  await shot(anna.page, "reveal-ask");
  await dialog.getByLabel("For what").press("Control+Enter");
  await expect(anna.page.getByText("waits for a second person")).toBeVisible();

  // Who asked cannot approve, whatever is sent.
  const own = await anna.page.evaluate(async () => {
    const { requests } = (await (await fetch("/api/v1/reveals")).json()) as { requests: { number: number }[] };
    return (await fetch(`/api/v1/reveals/${requests[0].number}/approve`, { method: "POST" })).status;
  });
  expect(own).toBe(403);

  const ravi = await signedIn(browser, "ravi");
  await ravi.page.getByRole("button", { name: /Anna Kowalczyk/ }).first().click();
  await expect(ravi.page.getByRole("heading", { name: "Reveal 2 fields of claimant" })).toBeVisible();
  await accessible(ravi.page, "a request at the officer");
  await shot(ravi.page, "officer-request");
  await ravi.page.keyboard.press("Control+Enter");
  await expect(ravi.page.getByText("Approved. It can be opened once.")).toBeVisible();
  await shot(ravi.page, "officer-approved");

  await anna.page.getByRole("button", { name: "See it once" }).click();
  const shown = anna.page.getByRole("dialog", { name: "Shown once" });
  await expect(shown.getByText(/^\+?[\d ()-]{7,}$/)).toBeVisible();
  const name = await shown.locator("dd").first().innerText();
  expect(name.length).toBeGreaterThan(2);
  await accessible(anna.page, "what was opened");
  const phone = await shown.getByText(/^\+?[\d ()-]{7,}$/).innerText();
  const claim = (await anna.page.locator("h1 b").textContent())!;
  await shown.getByRole("button", { name: "I have read it" }).click();
  await expect(anna.page.getByText("opened", { exact: true })).toBeVisible();
  await expect(anna.page.getByText(name)).toHaveCount(0);
  await expect(anna.page.getByRole("button", { name: "See it once" })).toHaveCount(0);

  // Who knows the number finds the claims that have it, and the number is in no address and no entry.
  await anna.page.keyboard.press("/");
  await anna.page.getByRole("option", { name: /Search by an identifier/ }).click();
  const finder = anna.page.getByRole("dialog", { name: "Search by an identifier" });
  await finder.getByLabel("In clear").fill("x");
  await anna.page.keyboard.press("Enter");
  await expect(finder.getByText("Type at least three characters.")).toBeVisible();
  await finder.getByLabel("In clear").fill(phone.replaceAll(" ", "-"));
  await anna.page.keyboard.press("Enter");
  await expect(finder.getByText(claim)).toBeVisible();
  await expect(finder.getByText(/look-ups left today/)).toBeVisible();
  expect(anna.page.url()).not.toContain(phone.slice(-4));
  await accessible(anna.page, "what was found by an identifier");
  await shot(anna.page, "identify");
  await anna.page.keyboard.press("Escape");

  // The trail has each step, before it was done, and no value.
  await ravi.page.reload();
  for (const act of ["reveal.request", "reveal.approve", "reveal.open"]) await expect(ravi.page.getByText(act).first()).toBeVisible();
  await expect(ravi.page.getByText("identify").first()).toBeVisible();
  await expect(ravi.page.getByText(name)).toHaveCount(0);
  await expect(ravi.page.getByText(phone.slice(-7))).toHaveCount(0);
});

test("an officer refuses, and who asked is told by whom", async ({ browser }) => {
  const sofia = await signedIn(browser, "sofia");
  await expect(sofia.page.locator("[role=row][aria-rowindex]").nth(1)).toBeVisible();
  await sofia.page.keyboard.press("j");
  await sofia.page.keyboard.press("Enter");
  await expect(sofia.page.getByText("Sealed data")).toBeVisible();
  await sofia.page.keyboard.press("v");
  const dialog = sofia.page.getByRole("dialog", { name: "Ask to reveal" });
  await dialog.getByLabel("birthDate", { exact: true }).check();
  await dialog.getByLabel("For what").selectOption("payment");
  await dialog.getByRole("button", { name: "Ask" }).click();
  await expect(sofia.page.getByText("waits for a second person")).toBeVisible();
  const ravi = await signedIn(browser, "ravi");
  await ravi.page.getByRole("button", { name: /Sofia Ortiz/ }).first().click();
  await ravi.page.keyboard.press("r");
  await expect(ravi.page.getByText("Refused. Nothing was shown.")).toBeVisible();
  await expect(sofia.page.getByText("refused by Ravi Nair")).toBeVisible({ timeout: 30_000 });
});
