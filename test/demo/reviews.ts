import { Agent } from 'node:https';
import jsonpatch, { type Operation } from 'fast-json-patch';
import { patchOf, podReview, postReview, type Target } from '../harness/review.ts';
import { waitFor } from '../harness/waiting.ts';
import { startWebhook } from '../harness/webhook-process.ts';
import { print, report, type Told } from './report.ts';
import type { DemoRun } from './run.ts';
import { type Pod, scenarios } from './scenarios.ts';

/**
 * Sends the demo's pods to the webhook as the API server would: to /mutate when they carry the label, then, as patched,
 * to /validate. Returns whether all is well.
 */
export async function demoByReviews({ configFile, args, conclude }: DemoRun): Promise<boolean> {
  const webhook = await startWebhook({ configFile, args, drain: '0s' });
  const agent = new Agent({
    keepAlive: true,
    // Nobody signed the certificate, so it is held against the fingerprint that the webhook printed.
    rejectUnauthorized: false,
  });
  try {
    const target: Target = { port: webhook.port, agent };
    const fingerprint = await waitFor('the fingerprint', () => fingerprintIn(webhook.operationalLines()));
    await requireFingerprint(target, fingerprint);
    print(`webhook   ${webhook.url} (self-signed, SHA-256 ${fingerprint})\n`);
    let different = 0;
    for (const scenario of scenarios()) {
      if (!report(scenario, await send(target, scenario.pod))) different += 1;
    }
    return await conclude(different, webhook);
  } finally {
    agent.destroy();
    await webhook.stop();
  }
}

async function send(target: Target, pod: Pod): Promise<Told> {
  const patch =
    pod.metadata.labels?.['mount-fuse'] === 'true'
      ? patchOf(await postReview(target, '/mutate', podReview({ object: pod })))
      : [];
  const admitted = jsonpatch.applyPatch(structuredClone(pod), patch as Operation[]).newDocument;
  const response = await postReview(target, '/validate', podReview({ object: admitted }));
  const causes = response.status?.details?.causes ?? [];
  return {
    verdict: !response.allowed ? 'denied' : patch.length > 0 ? 'patched' : 'admitted',
    decision: response.auditAnnotations?.['decision'] ?? '',
    checks: [...new Set(causes.map(({ reason }) => reason))].toSorted(),
    message: response.status?.message ?? '',
    warnings: response.warnings ?? [],
    patch: response.allowed ? patch : [],
    notes: [],
  };
}

function fingerprintIn(lines: readonly string[]): string | undefined {
  const line = lines.find((one) => one.includes('"fingerprint"'));
  return line === undefined ? undefined : /"fingerprint":"([0-9A-F:]+)"/.exec(line)?.[1];
}

async function requireFingerprint({ port }: Target, fingerprint: string): Promise<void> {
  const { connect } = await import('node:tls');
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    const seen = socket.getPeerCertificate().fingerprint256;
    if (seen !== fingerprint) throw new Error(`The certificate's fingerprint is ${seen}, not ${fingerprint}.`);
  } finally {
    socket.destroy();
  }
}
