import { describe, expect, test } from 'vitest';
import type { Judgement, Outcome } from '../admission/outcome.ts';
import { metricsRegistry, type Readings } from './exposition.ts';
import { type Counts, countError, countRefusal, countReview, emptyCounts } from './metrics.ts';
import { refusals } from './refusals.ts';

const now = Date.UTC(2026, 10, 21);
const day = 86_400_000;

const privileged: Judgement = {
  finding: { check: 'privileged', severity: 'critical', pointer: '/spec', place: {}, message: 'm', value: 'true' },
  action: 'deny',
  outcome: 'deny',
  because: 'profile',
};

function outcome(overrides: Partial<Outcome> = {}): Outcome {
  return {
    webhook: 'validate',
    decision: 'allow',
    request: undefined,
    subject: undefined,
    profile: 'dind',
    mode: 'enforce',
    exemption: undefined,
    configHash: 'abc',
    judgements: [],
    patch: [],
    problem: undefined,
    unjudgedKind: undefined,
    unchanged: false,
    response: { uid: 'u', allowed: true },
    ...overrides,
  };
}

/** The exemptions of a configuration: each with a name of its own, and when it ends. */
const exemptions = [now - 1, now, now + 1, now + 7 * day, now + 8 * day, Number.POSITIVE_INFINITY].map(
  (expires, index) => ({ name: `agent-${index}`, owner: 'o', expires }),
);

function registryOf(counts: Counts, readings: Partial<Readings> = {}) {
  return metricsRegistry({
    counts,
    version: '1.2.3',
    clock: () => now,
    configurationHash: () => 'abc',
    exemptions: () => exemptions,
    reloadFailures: () => 3,
    configurationIsCurrent: () => false,
    lastReload: () => now,
    certificateExpiries: () => ({ serving: now + day, 'client-ca': now }),
    certificateIsCurrent: () => false,
    inflightBytes: () => 17,
    inflightBytesLimit: 1_024,
    droppedRecords: () => 5,
    ...readings,
  });
}

function exposed(counts = emptyCounts()) {
  return registryOf(counts).metrics();
}

function count(counts: Counts, overrides: Partial<Outcome>, seconds = 0, at = now): void {
  countReview(counts, outcome(overrides), { at, seconds });
}

test('reviews are counted by what they were and what became of them', async () => {
  const counts = emptyCounts();
  const inherited = { ...privileged, because: 'inherited', outcome: 'ignore' } as const;
  const broke = { ...privileged, because: 'break-glass', outcome: 'warn', ref: 'admins' } as const;
  count(counts, { decision: 'deny', judgements: [privileged, privileged, inherited] }, 0.0002);
  count(counts, { decision: 'exempt', judgements: [broke, broke] }, 0.0002);
  count(counts, { decision: 'exempt', exemption: 'agent-1' }, 0.3);
  count(counts, { webhook: 'mutate', mode: undefined, unchanged: true }, 60);
  count(counts, { decision: 'error', problem: 'no' }, 0.001);
  countRefusal(counts, refusals.noUid);
  countRefusal(counts, refusals.overloaded);
  countError(counts);
  const text = await exposed(counts);
  for (const line of [
    'pratique_reviews_total{webhook="validate",operation="unknown",decision="deny",mode="enforce"} 1',
    'pratique_reviews_total{webhook="mutate",operation="unknown",decision="allow",mode="none"} 1',
    'pratique_findings_total{check="privileged",action="deny",outcome="deny"} 2',
    'pratique_findings_total{check="privileged",action="deny",outcome="warn"} 2',
    'pratique_inherited_findings_total{check="privileged"} 1',
    'pratique_break_glass_total 1',
    'pratique_exemption_uses_total{exemption="agent-1"} 1',
    'pratique_unchanged_updates_total{webhook="mutate"} 1',
    'pratique_unreadable_reviews_total{reason="unreadable"} 1',
    'pratique_unreadable_reviews_total{reason="no-uid"} 1',
    'pratique_rejected_requests_total{code="503",reason="overloaded"} 1',
    'pratique_internal_errors_total 1',
    'pratique_review_duration_seconds_bucket{le="0.0001",webhook="validate"} 0',
    'pratique_review_duration_seconds_bucket{le="0.00025",webhook="validate"} 2',
    'pratique_review_duration_seconds_bucket{le="0.001",webhook="validate"} 3',
    'pratique_review_duration_seconds_bucket{le="0.5",webhook="validate"} 4',
    'pratique_review_duration_seconds_bucket{le="5",webhook="mutate"} 0',
    'pratique_review_duration_seconds_bucket{le="+Inf",webhook="mutate"} 1',
    'pratique_review_duration_seconds_sum{webhook="mutate"} 60',
    'pratique_review_duration_seconds_count{webhook="validate"} 4',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});

test('the state of the process is read when it is asked for', async () => {
  const lines = (await exposed()).split('\n');
  for (const line of [
    'pratique_configuration_info{hash="abc"} 1',
    'pratique_build_info{version="1.2.3"} 1',
    'pratique_configuration_reload_failures_total 3',
    `pratique_configuration_last_success_timestamp_seconds ${now / 1000}`,
    `pratique_certificate_expiry_seconds{kind="serving"} ${(now + day) / 1000}`,
    `pratique_certificate_expiry_seconds{kind="client-ca"} ${now / 1000}`,
    'pratique_certificate_current 0',
    'pratique_exemptions_expired 1',
    'pratique_exemptions_expiring 3',
    'pratique_inflight_bytes 17',
    'pratique_inflight_bytes_limit 1024',
    'pratique_configuration_current 0',
    'pratique_records_dropped_total 5',
    'pratique_break_glass_total 0',
  ]) {
    expect(lines).toContain(line);
  }
  expect(lines.filter((line) => line.startsWith('nodejs_eventloop_lag_seconds '))).toHaveLength(1);
});

test('what alerts watch is there before the first event', async () => {
  const lines = (await exposed()).split('\n');
  for (const line of [
    'pratique_unreadable_reviews_total{reason="unreadable"} 0',
    'pratique_unreadable_reviews_total{reason="no-uid"} 0',
    'pratique_unreadable_reviews_total{reason="bad-json"} 0',
    'pratique_rejected_requests_total{code="503",reason="overloaded"} 0',
    'pratique_internal_errors_total 0',
    'pratique_break_glass_total 0',
  ]) {
    expect(lines).toContain(line);
  }
});

describe('exemptions', () => {
  const uses = (text: string) => text.split('\n').filter((line) => /^pratique_exemption_(uses|last_use)/.test(line));

  test('that were never used are there, at 0', async () => {
    const lines = uses(await exposed());
    expect(lines).toHaveLength(2 * exemptions.length);
    for (const { name } of exemptions) {
      expect(lines).toContain(`pratique_exemption_uses_total{exemption="${name}"} 0`);
      expect(lines).toContain(`pratique_exemption_last_use_timestamp_seconds{exemption="${name}"} 0`);
    }
  });

  test('tell how often they were used, and when last', async () => {
    const counts = emptyCounts();
    count(counts, { decision: 'exempt', exemption: 'agent-2' }, 0, now - day);
    count(counts, { decision: 'exempt', exemption: 'agent-2' }, 0, now + 750);
    count(counts, { decision: 'deny', judgements: [privileged] }, 0, now + day);
    expect(uses(await exposed(counts)).filter((line) => !line.endsWith(' 0'))).toEqual([
      'pratique_exemption_uses_total{exemption="agent-2"} 2',
      `pratique_exemption_last_use_timestamp_seconds{exemption="agent-2"} ${now / 1000 + 0.75}`,
    ]);
  });

  test('are gone when they have left the configuration, and have lost nothing when they come back', async () => {
    const counts = emptyCounts();
    for (const exemption of ['agent-1', 'agent-2']) count(counts, { decision: 'exempt', exemption });
    let inForce = exemptions;
    const registry = registryOf(counts, { exemptions: () => inForce });
    const told = async () => uses(await registry.metrics());
    const before = await told();
    inForce = exemptions.filter(({ name }) => name !== 'agent-2');
    expect(await told()).toEqual(before.filter((line) => !line.includes('agent-2')));
    count(counts, { decision: 'exempt', exemption: 'agent-2' });
    expect((await told()).filter((line) => line.includes('agent-2'))).toEqual([]);
    inForce = exemptions;
    expect(await told()).toContain('pratique_exemption_uses_total{exemption="agent-2"} 2');
  });
});

test('a caller that invents kinds fills no memory, and cannot forge lines', async () => {
  const counts = emptyCounts();
  for (let index = 0; index < 1_000; index++) count(counts, { unjudgedKind: `a/v1/Kind${index}` });
  count(counts, { unjudgedKind: 'a/v1/Kind0' });
  expect(counts.unjudgedKinds.size).toBeLessThanOrEqual(51);
  const forged = emptyCounts();
  count(forged, { unjudgedKind: `x"} 1\nforged{a="\t${'k'.repeat(1_000)}` });
  const text = await exposed(forged);
  expect(text.split('\n').filter((line) => line.startsWith('forged'))).toEqual([]);
  expect(text.split('\n').filter((line) => line.startsWith('pratique_unjudged_kinds_total{'))).toHaveLength(1);
  const lines = (await exposed(counts)).split('\n');
  expect(lines).toContain('pratique_unjudged_kinds_total{kind="a/v1/Kind0"} 2');
  expect(lines).toContain('pratique_unjudged_kinds_total{kind="other"} 950');
});
