import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from '../harness/collector.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { waitFor } from '../harness/waiting.ts';
import { type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import { pod, privileged } from './pods.ts';

// The API server's own tracing: it makes a span of each request, and names it to the webhooks that it asks. Where it
// sends its own spans (OTLP over gRPC) nobody listens here.
const tracingConfiguration = `
apiVersion: apiserver.config.k8s.io/v1
kind: TracingConfiguration
endpoint: 127.0.0.1:1
samplingRatePerMillion: 1000000
`;

let folder: TemporaryFolder;
let collector: Collector;
let guard: GuardedCluster;
beforeAll(async () => {
  folder = await temporaryFolder('pratique-traced-');
  const file = join(folder.path, 'tracing.yaml');
  await writeFile(file, tracingConfiguration);
  collector = await startCollector();
  guard = await startGuardedCluster({
    apiServerFlags: [`--tracing-config-file=${file}`],
    webhook: { args: ['--otlp-endpoint', collector.url] },
  });
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(async () => {
  await guard?.stop();
  await collector?.stop();
  await folder?.remove();
});

test('the spans of a denied pod are in the trace that the record names', async () => {
  const object = pod('traced', { labels: { 'mount-fuse': 'true' }, container: privileged });
  expect((await guard.create(object)).status).toBe(403);
  const record = await guard.recordOf(object);
  expect(record.traceId).toMatch(/^[0-9a-f]{32}$/);
  const ofTrace = () => collector.spans().filter(({ traceId }) => traceId === record.traceId);
  const spans = await waitFor('both spans', () => {
    const found = ofTrace();
    return found.some(({ name }) => name === 'POST /validate') ? found : undefined;
  });
  expect(new Set(spans.map(({ name }) => name))).toEqual(new Set(['POST /mutate', 'POST /validate']));
  expect(spans.find(({ attributes }) => attributes['pratique.review_uid'] === record.uid)?.attributes).toMatchObject({
    'pratique.webhook': 'validate',
    'pratique.decision': 'deny',
    'pratique.config_hash': record.configHash,
    'k8s.namespace.name': 'gitlab',
  });
  for (const { parentSpanId } of spans) expect(parentSpanId).toMatch(/^[0-9a-f]{16}$/);
});
