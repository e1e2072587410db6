import { readFileSync } from "node:fs";

import { expect, test } from "@playwright/test";

import { accessible, shot, signedIn } from "./people";

const text = "Statement of the shop, 3 March: the car never stood here.\n";

test("an exhibit is added, opened and sent out, each a step of its custody", async ({ browser }) => {
  const { page } = await signedIn(browser, "jonas");
  await expect(page.locator("[role=row][aria-rowindex]").nth(2)).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByText("No file yet. Drop one here, or add one.")).toBeVisible();
  const picker = page.locator("input[type=file]");

  // Of another type than it says: refused, and nothing is kept.
  await picker.setInputFiles({ name: "photo.png", mimeType: "image/png", buffer: Buffer.from(text) });
  const dialog = page.getByRole("dialog", { name: "Add a file" });
  await dialog.getByLabel("Where it comes from").selectOption("witness");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByText("is not what the bytes are: text/plain")).toBeVisible();
  await page.keyboard.press("Escape");

  await picker.setInputFiles({ name: "Aussage Müller.txt", mimeType: "text/plain", buffer: Buffer.from(text) });
  await accessible(page, "the dialog of an exhibit");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByText("Say where it comes from.")).toBeVisible();
  await dialog.getByLabel("Where it comes from").selectOption("witness");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  const exhibits = page.getByRole("region", { name: "Exhibits" });
  await expect(exhibits.getByText("text/plain · 58 B · from a witness")).toBeVisible();

  const opened = page.waitForEvent("download");
  await exhibits.getByRole("button", { name: "Open E1" }).click();
  const file = await opened;
  expect(file.suggestedFilename()).toBe("Aussage Müller.txt");
  expect(readFileSync(await file.path(), "utf8")).toBe(text);

  await exhibits.getByRole("button", { name: "Send out E1" }).click();
  const sent = page.waitForEvent("download");
  await page.getByRole("dialog").getByLabel(/To whom/).fill("police district 4");
  await page.keyboard.press("Enter");
  await sent;
  await exhibits.getByText("Custody, 3 steps").click();
  await expect(exhibits.getByText(/sent to police district 4 by you/)).toBeVisible();
  await expect(exhibits.getByText(/SHA-256 [0-9a-f]{64}/)).toBeVisible();
  await accessible(page, "exhibits with their custody");
  await shot(page, "exhibits");
});

test("a file of more than 32 MiB is refused before it is sent", async ({ browser }) => {
  const { page } = await signedIn(browser, "jonas");
  await expect(page.locator("[role=row][aria-rowindex]").first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Exhibits" })).toBeVisible();
  await page.locator("input[type=file]").setInputFiles({ name: "long.mp4", mimeType: "video/mp4", buffer: Buffer.alloc((32 << 20) + 1) });
  await expect(page.getByText("A file has at most 32 MiB. Nothing was sent.")).toBeVisible();
});
