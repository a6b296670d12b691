import type { ConfigurationLine, Heartbeat, JournalLine } from '../../src/journal/lines.ts';
import type { DecisionRecord, RecordedJudgement } from '../../src/record/record.ts';

/** Noon of a day: the clock of the tests of stores. */
export const noon = Date.UTC(2026, 10, 22, 12);

/** A judgement that denies. */
export const denied: RecordedJudgement = {
  check: 'privileged',
  severity: 'critical',
  action: 'deny',
  outcome: 'deny',
  because: 'profile',
  ref: null,
  pointer: '/spec/containers/0/securityContext/privileged',
  place: { container: 'build' },
  value: 'true',
};

/** A record of the instance `a`, made at noon unless told. */
export function record(seq: number, overrides: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    v: 1,
    ts: new Date(noon).toISOString(),
    instance: 'a',
    seq,
    uid: `uid-${overrides.instance ?? 'a'}-${seq}`,
    traceId: null,
    webhook: 'validate',
    operation: 'CREATE',
    dryRun: false,
    resource: 'pods',
    subresource: null,
    namespace: 'ci',
    name: null,
    generateName: 'runner-',
    owner: { apiVersion: 'batch/v1', kind: 'Job', name: 'build' },
    serviceAccount: 'runner',
    runtimeClassName: null,
    hostUsers: null,
    images: ['registry.example.com/app:1', 'docker:dind'],
    user: { name: 'jane', groups: ['developers'] },
    authn: 'mtls',
    decision: 'deny',
    profile: 'dind',
    mode: 'enforce',
    exemption: null,
    configHash: '0123456789ab',
    version: '0.1.0',
    judgements: [denied],
    patch: null,
    warnings: [],
    durationMs: 1.25,
    bytes: 2400,
    ...overrides,
  };
}

/** Lines of records. */
export function lines(...records: readonly DecisionRecord[]): readonly JournalLine[] {
  return records.map((line) => ({ kind: 'record', line }));
}

/** A heartbeat of the instance `a` at noon unless told. */
export function heartbeat(overrides: Partial<Heartbeat> = {}): JournalLine {
  return {
    kind: 'heartbeat',
    line: {
      v: 1,
      kind: 'heartbeat',
      ts: new Date(noon).toISOString(),
      instance: 'a',
      version: '0.1.0',
      configHash: '0123456789ab',
      startedAt: new Date(noon - 3_600_000).toISOString(),
      seq: 0,
      received: 10,
      decisions: { deny: 1 },
      dropped: 0,
      queued: 0,
      final: false,
      certificateExpires: null,
      ...overrides,
    },
  };
}

/** A configuration line. */
export function configuration(overrides: Partial<ConfigurationLine> = {}): JournalLine {
  return {
    kind: 'configuration',
    line: {
      v: 1,
      kind: 'configuration',
      ts: new Date(noon).toISOString(),
      instance: 'a',
      configHash: '0123456789ab',
      document: { profiles: {} },
      ...overrides,
    },
  };
}
