import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { AuditEvent } from '../harness/audit.ts';
import { waitFor } from '../harness/waiting.ts';
import { type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import { type PodObject, pod, privileged } from './pods.ts';

let guard: GuardedCluster;
beforeAll(async () => {
  guard = await startGuardedCluster({
    configuration: { namespaces: [{ match: ['watched'], mode: 'audit' }] },
    namespaces: ['watched'],
  });
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(() => guard?.stop());

function eventOf({ metadata }: PodObject): Promise<AuditEvent> {
  return guard.cluster.auditEvent(
    `the write of ${metadata.name}`,
    ({ objectRef, verb }) => objectRef?.name === metadata.name && verb === 'create',
  );
}

test.for([
  ['allow', 'gitlab', {}, ''],
  ['deny', 'gitlab', { container: { ...privileged, image: 'docker:dind' } }, 'dind-image,privileged'],
  ['would-deny', 'watched', { container: privileged }, 'privileged'],
] as const)(
  '%s: the audit log and the record of a decision tell the same',
  async ([decision, namespace, parts, checks]) => {
    const object = pod(decision, { namespace, ...parts });
    await guard.create(object);
    const record = await guard.recordOf(object);
    expect(record).toMatchObject({
      v: 1,
      webhook: 'validate',
      operation: 'CREATE',
      dryRun: false,
      resource: 'pods',
      namespace,
      name: decision,
      decision,
      profile: 'dind',
      authn: 'none',
      user: { name: 'admin', groups: expect.arrayContaining(['system:masters']) },
    });
    const { annotations } = await eventOf(object);
    const prefix = 'validate.pratique.dev/';
    const ours = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith(prefix));
    expect(Object.fromEntries(ours.map(([key, value]) => [key.slice(prefix.length), value]))).toEqual({
      decision,
      checks,
      config: record.configHash,
      review: record.uid,
    });
  },
);

test('a name that the API server makes is in the record', async () => {
  const { name: _, ...metadata } = pod('_').metadata;
  const object = { ...pod('_'), metadata: { ...metadata, generateName: 'made-' } } as unknown as PodObject;
  const { body } = await guard.create(object);
  expect(await guard.recordOf(body)).toMatchObject({ name: body.metadata.name, generateName: 'made-' });
});

test("annotations are stable: only a retried request's review is written twice", async () => {
  const asked = pod('reinvoked', { labels: { 'mount-fuse': 'true' } });
  await guard.create(asked);
  await guard.recordOf(asked);
  const mutations = guard.webhook.records().filter(({ name, webhook }) => name === 'reinvoked' && webhook === 'mutate');
  expect(mutations.length).toBeGreaterThan(1);
  expect(await duplicates()).toEqual([]);

  // Patches of one pod at the same time: the API server repeats those that lost the race, with a new review each.
  const contended = pod('contended');
  await guard.create(contended);
  await waitFor('a retried request', async () => {
    const patches = Array.from({ length: 8 }, (_, index) => {
      const image = `registry.example.com/ci/build:1.0.${index}`;
      return guard.patch(
        contended,
        { spec: { containers: [{ name: 'build', image }] } },
        { contentType: 'application/strategic-merge-patch+json' },
      );
    });
    await Promise.all(patches);
    return (await duplicates()).length > 0;
  });
  expect(new Set(await duplicates())).toEqual(new Set(['validate.pratique.dev/review']));
});

/** The keys of ours that the API server did not write because the event had them with another value. */
async function duplicates(): Promise<readonly string[]> {
  const log = await guard.cluster.apiServerLog();
  const lines = log.split('\n').filter((line) => line.includes('pratique.dev/') && line.includes('annotation'));
  return lines.map((line) => /[a-z]+\.pratique\.dev\/[a-z]+/.exec(line)?.[0] ?? line);
}
