import { defineConfig } from "@playwright/test";

// The console under test and its password come from the Go test that started the demonstration (cmd/tallystick).
export default defineConfig({
  testDir: "story",
  workers: 1,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: "list",
  outputDir: process.env.STORY_OUT ?? "test-results",
  use: {
    baseURL: process.env.CONSOLE_URL,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    acceptDownloads: true,
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
  },
});
