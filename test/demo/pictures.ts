import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { startChromium } from '../harness/chromium.ts';
import { startPage } from '../harness/journal-page.ts';
import { weekOfLines } from './week.ts';

/** Takes the pictures of docs/journal-page.md, of the generated week: `node test/demo/pictures.ts`. */
async function takePictures(): Promise<void> {
  const now = Date.parse('2026-11-20T16:40:00.000Z');
  const lines = weekOfLines({ end: now });
  const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));
  await mkdir(folder, { recursive: true });
  const [browser, journal] = await Promise.all([startChromium(), startPage(lines, now)]);
  try {
    const { rows } = (await (
      await fetch(`${journal.url}/api/v1/decisions?check=dind-image&namespace=gitlab&limit=1`)
    ).json()) as {
      readonly rows: readonly { readonly id: number }[];
    };
    for (const [name, path, options] of pictures(rows[0]?.id ?? 1)) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      await page.goto(journal.url + path);
      await page.screenshot({ path: `${folder}${name}.png` });
      await context.close();
    }
  } finally {
    await browser.close();
    await journal.close();
  }
}

function pictures(id: number): readonly (readonly [name: string, path: string, options: BrowserContextOptions])[] {
  const of = (width: number, height: number, colorScheme: 'light' | 'dark' = 'light') => ({
    viewport: { width, height },
    colorScheme,
  });
  return [
    ['journal-overview', '/', of(1100, 1180)],
    ['journal-decisions-dark', '/decisions?decision=deny&check=privileged', of(1100, 800, 'dark')],
    ['journal-decision', `/decisions/${id}`, of(1100, 1000)],
    ['journal-what-would-break', '/what-would-break?namespace=payments&mode=enforce', of(1100, 860)],
    ['journal-overview-phone', '/', of(375, 800)],
  ];
}

await takePictures();
