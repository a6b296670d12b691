import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthority } from '../harness/certificates.ts';
import { type JournalProcess, pageUrlOf, startJournalProcess } from '../harness/journal-process.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { waitFor } from '../harness/waiting.ts';

let folder: TemporaryFolder;
let journal: JournalProcess;

beforeAll(async () => {
  folder = await temporaryFolder('pratique-page-process-');
  const path = (name: string) => join(folder.path, name);
  const authority = await createAuthority();
  const { cert, key } = await authority.issue({ commonName: 'localhost', names: ['localhost'], usage: 'server' });
  await Promise.all([writeFile(path('tls.crt'), cert), writeFile(path('tls.key'), key)]);
  await writeFile(path('tokens'), 'a-token-of-nobody-but-this-test-0123456789\n');
  journal = await startJournalProcess({
    args: ['--store', path('store'), '--token-file', path('tokens'), '--page-port', '0'],
    certFile: path('tls.crt'),
    keyFile: path('tls.key'),
  });
});

afterAll(async () => {
  await journal?.stop();
  await folder?.remove();
});

it('is served by the built program where a port is given, and tells its log who looked', async () => {
  const url = await pageUrlOf(journal);
  const page = await fetch(url);
  expect([page.status, (await page.text()).includes('Nothing has been recorded yet')]).toEqual([200, true]);
  for (const [name, type] of [
    ['page.css', 'text/css; charset=utf-8'],
    ['flag.svg', 'image/svg+xml'],
  ]) {
    const { status, headers } = await fetch(`${url}assets/${name}`);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
  }
  expect((await (await fetch(`${url}api/v1/decisions`)).json()) as unknown).toMatchObject({ version: 1, rows: [] });
  await waitFor('the log', () => journal.output().includes('"path":"/api/v1/decisions"') || undefined);
  expect(journal.output()).toContain('"user":"loopback","path":"/"');
});
