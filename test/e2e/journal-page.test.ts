import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { weekOfLines } from '../demo/week.ts';
import { startChromium } from '../harness/chromium.ts';
import { hostileLines } from '../harness/hostile-lines.ts';
import { startPage, type TestPage } from '../harness/journal-page.ts';

/** A Friday afternoon: the same week each time. */
const now = Date.parse('2026-11-20T16:40:00.000Z');
const lines = weekOfLines({ end: now });

let browser: Browser;
let journal: TestPage;

beforeAll(async () => {
  [browser, journal] = await Promise.all([startChromium(), startPage(lines, now)]);
});

afterAll(async () => {
  await browser?.close();
  await journal?.close();
});

/** A tab that remembers what no page may do. */
async function open(path: string, options: BrowserContextOptions = {}, base = journal.url) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => void complaints.push(message.text()));
  page.on('pageerror', (error) => void complaints.push(String(error)));
  page.on('dialog', (dialog) => void complaints.push(`dialog ${dialog.message()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) complaints.push(`asked for ${request.url()}`);
  });
  await page.addInitScript({
    content: "addEventListener('securitypolicyviolation', (event) => console.error('CSP ' + event.violatedDirective));",
  });
  await page.goto(base + path);
  return { page, complaints, close: () => context.close() };
}

const hashes = lines.flatMap((one) => (one.kind === 'configuration' ? [one.line.configHash] : []));
const deniedId = async () => {
  const { page, close } = await open('/decisions?decision=deny&check=dind-image&namespace=gitlab');
  const link = await page.locator('tbody a').first().getAttribute('href');
  await close();
  return link ?? '';
};

/** Every view, with what its title has to be. */
async function views(): Promise<readonly (readonly [name: string, path: string, title: string])[]> {
  return [
    ['overview', '/', 'Overview'],
    ['decisions', '/decisions?limit=12', 'Decisions'],
    ['decisions-filtered', '/decisions?decision=deny&namespace=gitlab&image=*dind&limit=12', 'Decisions'],
    ['decision', await deniedId(), 'pods/runner-'],
    ['what-would-break', '/what-would-break', 'What would break'],
    ['what-would-break-answer', '/what-would-break?namespace=payments&mode=enforce&limit=12', 'What would break'],
    ['exemptions', '/exemptions', 'Exemptions'],
    ['configurations', '/configurations', 'Configurations'],
    ['difference', `/configurations/difference?old=${hashes[0]}&new=${hashes.at(-1)}`, 'What changed'],
    ['wrong', '/decisions?decision=maybe&from=yesterday&namspace=ci', 'Decisions'],
    ['missing', '/no-such-page', 'Not found'],
  ];
}

async function headline(page: Page): Promise<string> {
  return (await page.locator('h1').textContent()) ?? '';
}

describe('every view', () => {
  it('is accessible, wide in light and on a phone in dark', async () => {
    for (const [name, path, title] of await views()) {
      for (const [colorScheme, width] of [
        ['light', 1280],
        ['dark', 375],
      ] as const) {
        const { page, close } = await open(path, { colorScheme, viewport: { width, height: 800 } });
        expect(await headline(page), name).toContain(title);
        for (const details of await page.locator('details').all())
          await details.evaluate((one) => one.setAttribute('open', ''));
        const { violations } = await new AxeBuilder({ page })
          .options({ resultTypes: ['violations'] })
          .setLegacyMode()
          .analyze();
        const told = violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`,
        );
        expect(told, `${name} ${colorScheme} ${width}`).toEqual([]);
        await close();
      }
    }
  });

  it('fits on a phone without scrolling sideways', async () => {
    for (const [name, path] of await views()) {
      const { page, close } = await open(path, { viewport: { width: 375, height: 800 } });
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect([name, width]).toEqual([name, 375]);
      await close();
    }
  });

  it('has other colours where the system is dark', async () => {
    const ground = async (colorScheme: 'light' | 'dark') => {
      const { page, close } = await open('/', { colorScheme });
      const colour = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      await close();
      return colour;
    };
    expect(await ground('light')).not.toBe(await ground('dark'));
  });

  it('works without scripts, has none, and asks nobody else', async () => {
    for (const [name, path] of await views()) {
      const { page, complaints, close } = await open(path, { javaScriptEnabled: false });
      expect(await page.locator('script').count(), name).toBe(0);
      expect(
        complaints.filter((one) => !one.includes('status of 40')),
        name,
      ).toEqual([]);
      await close();
    }
  });
});

describe('a visitor', () => {
  it('filters with the form, and gets an address to share', async () => {
    const { page, close } = await open('/decisions');
    await page.getByLabel('Namespace').fill('gitlab');
    await page.getByLabel('Check').fill('dind-image');
    await page.getByRole('checkbox', { name: 'Denied', exact: true }).check();
    await page.getByRole('button', { name: 'Show decisions' }).click();
    expect(new URL(page.url()).search).toBe('?decision=deny&namespace=gitlab&check=dind-image&since=7d');
    const rows = await page.locator('tbody tr').allTextContents();
    expect(rows.length).toBe(50);
    expect(rows.filter((row) => !/Denied.*gitlab.*dind-image/.test(row))).toEqual([]);
    expect(await page.getByLabel('Namespace').inputValue()).toBe('gitlab');
    expect(await page.getByRole('checkbox', { name: 'Denied', exact: true }).isChecked()).toBe(true);
    await close();
  });

  it('pages to the end and back, and meets each decision once', async () => {
    const expected = lines.filter((one) => one.kind === 'record' && one.line.decision === 'deny').length;
    const { page, close } = await open('/decisions?decision=deny');
    const seen: string[] = [];
    const links = async () =>
      await page
        .locator('tbody td:first-child a')
        .evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''));
    const first = await links();
    for (;;) {
      seen.push(...(await links()));
      const older = page.getByRole('link', { name: 'Older' });
      if ((await older.count()) === 0) break;
      await older.click();
    }
    expect(seen.length).toBe(expected);
    expect(new Set(seen).size).toBe(expected);
    while ((await page.getByRole('link', { name: 'Newer' }).count()) > 0)
      await page.getByRole('link', { name: 'Newer' }).click();
    expect(await links()).toEqual(first);
    await close();
  });

  it('goes from a number of the overview to the decisions behind it', async () => {
    const { page, close } = await open('/');
    const tile = page.getByRole('list', { name: 'Decisions' }).getByRole('link', { name: /^[\d,]+ ?Denied$/ });
    const number = Number((await tile.locator('.many').textContent())?.replaceAll(',', ''));
    expect(number).toBe(lines.filter((one) => one.kind === 'record' && one.line.decision === 'deny').length);
    await tile.click();
    expect(await headline(page)).toBe('Decisions');
    expect(await page.getByRole('checkbox', { name: 'Denied', exact: true }).isChecked()).toBe(true);
    await close();
  });

  it('reads what was found, why, and what to do instead', async () => {
    const { page, close } = await open(await deniedId());
    const text = (await page.locator('main').textContent()) ?? '';
    for (const part of [
      'dind-image',
      'docker.io/library/docker:28-dind',
      'What to do instead',
      'Remove the docker-in-docker container',
      'gitlab-runner',
      'Of the same user',
    ]) {
      expect(text).toContain(part);
    }
    await close();
  });

  it('exports what is shown as CSV and as JSON', async () => {
    const { page, close } = await open('/decisions?decision=deny&namespace=ci');
    for (const [name, ending] of [
      ['CSV', '.csv'],
      ['JSON', '.json'],
    ] as const) {
      const download = page.waitForEvent('download');
      await page.getByRole('link', { name, exact: true }).click();
      const file = await download;
      expect(file.suggestedFilename()).toBe(`pratique-decisions-2026-11-20${ending}`);
      const stream = await file.createReadStream();
      const text = (await stream.toArray()).join('');
      const denied = lines.filter(
        (one) => one.kind === 'record' && one.line.decision === 'deny' && one.line.namespace === 'ci',
      ).length;
      const count = name === 'CSV' ? text.trim().split('\r\n').length - 1 : JSON.parse(text).rows.length;
      expect(count).toBe(denied);
    }
    await close();
  });

  it('does all of it with the keyboard, and sees where it is', async () => {
    const { page, close } = await open('/decisions');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    expect(await page.locator('.skip').boundingBox()).toMatchObject({ x: expect.any(Number) });
    expect((await page.locator('.skip').boundingBox())?.x).toBeGreaterThanOrEqual(0);
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate('document.activeElement.id')) === 'field-namespace') break;
    }
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.type('argo');
    await page.keyboard.press('Enter');
    await page.waitForURL(/namespace=argo/);
    const namespaces = await page.locator('tbody td:nth-child(3)').allTextContents();
    expect([...new Set(namespaces)]).toEqual(['argo']);
    await close();
  });

  it('is told what is wrong with an address, and keeps the rest of it', async () => {
    const { page, close } = await open('/decisions?decision=maybe&from=yesterday&namspace=x&namespace=ci');
    const alert = (await page.getByRole('alert').textContent()) ?? '';
    for (const part of ['maybe', 'from', 'namspace', 'Did you mean `namespace`?']) expect(alert).toContain(part);
    expect(await page.getByLabel('Namespace').inputValue()).toBe('ci');
    expect(await page.getByLabel('From (UTC)').inputValue()).toBe('yesterday');
    await close();
  });
});

describe('names that an attacker chose', () => {
  it('run nothing and break nothing, wherever they are shown', async () => {
    const hostile = await startPage(hostileLines(now), now);
    try {
      const search = encodeURIComponent('"><script>console.error("ran")</script>');
      const paths = [
        '/',
        '/decisions',
        '/exemptions',
        '/configurations',
        '/what-would-break?mode=enforce',
        `/decisions?user=${search}`,
        `/decisions?${search}=1&from=${search}`,
        `/${search}`,
      ];
      const { page: list, close: end } = await open('/decisions', {}, hostile.url);
      const own = await list
        .locator('tbody td:first-child a')
        .evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''));
      await end();
      expect(own.length).toBeGreaterThan(3);
      for (const path of [...paths, ...own]) {
        const { page, complaints, close } = await open(path, {}, hostile.url);
        for (const details of await page.locator('details').all())
          await details.evaluate((one) => one.setAttribute('open', ''));
        expect(
          complaints.filter((one) => !one.includes('status of 40')),
          path,
        ).toEqual([]);
        expect(await page.locator('script, iframe, object, main img, [onload], [onerror], [style]').count(), path).toBe(
          0,
        );
        expect(await page.locator('a[href^="javascript:"], a[href^="http"], a[href^="//"]').count(), path).toBe(0);
        await close();
      }
    } finally {
      await hostile.close();
    }
  });

  it('would be noticed if they ran', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => void complaints.push(message.text()));
    await page.setContent(
      `<p>${hostileLines(now)
        .flatMap((one) => (one.kind === 'record' ? [one.line.namespace] : []))
        .join('</p><p>')}</p>`,
    );
    await expect.poll(() => complaints.filter((one) => one.includes('ran')).length).toBeGreaterThan(0);
    await context.close();
  });
});
