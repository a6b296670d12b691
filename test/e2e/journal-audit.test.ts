import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { recordOf } from '../../src/journal/store/body.ts';
import { openSqliteStore } from '../../src/journal/store/sqlite/store.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import { pod, privileged } from './pods.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let guard: GuardedCluster;
let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder('pratique-journal-audit-');
  guard = await startGuardedCluster({});
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(async () => {
  await guard?.stop();
  await folder?.remove();
});

test("the API server's audit log says from where, with what and by whose impersonation a recorded pod came", async () => {
  const own = pod('own', { namespace: 'gitlab' });
  const other = pod('impersonated', { namespace: 'gitlab', container: privileged });
  await guard.create(own);
  await guard.create(other, { user: 'jane', groups: ['system:masters'] });
  for (const object of [own, other]) {
    await guard.recordOf(object);
    await guard.cluster.auditEvent('the write', ({ objectRef }) => objectRef?.name === object.metadata.name);
  }
  await guard.webhook.stop();
  const log = join(folder.path, 'webhook.log');
  await writeFile(log, guard.webhook.output());
  const store = join(folder.path, 'journal');
  const ingest = (file: string) => runProcess(process.execPath, [main, 'journal', 'ingest', '--store', store, file]);
  const logged = await ingest(log);
  expect(logged).toMatchObject({ code: 0, stderr: `a new journal was made in ${store}\n` });
  expect(logged.stdout).toMatch(/read: [2-9]\d* records stored, 0 known before/);
  const audited = await ingest(guard.cluster.auditLogFile);
  expect(audited).toMatchObject({ code: 0, stderr: '' });
  expect(audited.stdout).not.toContain('whose record is not in the journal');
  const opened = await openSqliteStore(store, { readOnly: true });
  const rows = await opened.db
    .selectFrom('audits')
    .innerJoin('records', 'records.id', 'audits.record')
    .select(['records.body', 'audits.source_ips', 'audits.user_agent', 'audits.impersonator'])
    .where('records.name', 'in', ['own', 'impersonated'])
    .orderBy('records.ts')
    .execute();
  await opened.close();
  const seen = rows.map(({ body, ...row }) => ({ name: recordOf(body).name, user: recordOf(body).user?.name, ...row }));
  expect(seen).toMatchObject([
    { name: 'own', user: 'admin', source_ips: '127.0.0.1', impersonator: null },
    { name: 'impersonated', user: 'jane', source_ips: '127.0.0.1', impersonator: 'admin' },
  ]);
});
