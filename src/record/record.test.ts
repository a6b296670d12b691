import { describe, expect, test } from 'vitest';
import type { Judgement, Outcome } from '../admission/outcome.ts';
import { readReview } from '../kubernetes/review.ts';
import { podSubject } from '../kubernetes/subject.ts';
import { lineLimit, recordLine } from './line.ts';
import { type DecisionRecord, decisionRecord, isRecorded, type RecordContext } from './record.ts';

const context: RecordContext = {
  now: Date.UTC(2026, 10, 21, 12),
  instance: 'pratique-7c9-1a2b3c4d',
  seq: 7,
  version: '0.1.0',
  authn: 'none',
  traceId: undefined,
  durationMs: 0.123456,
  bytes: 2400,
};

const pod = {
  metadata: {
    generateName: 'runner-',
    annotations: { secret: 'annotation-value' },
    labels: { l: 'label-value' },
    ownerReferences: [
      { apiVersion: 'v1', kind: 'Node', name: 'n' },
      { apiVersion: 'batch/v1', kind: 'Job', name: 'build', controller: true },
    ],
  },
  spec: {
    serviceAccountName: 'runner',
    runtimeClassName: 'untrusted',
    hostUsers: false,
    containers: [
      {
        name: 'build',
        image: 'https://me:pw@registry.local/img:1?token=t',
        env: [{ name: 'E', value: 'env-value' }],
        args: ['arg-value'],
      },
      { name: 'svc', image: 'docker:dind' },
      { name: 'again', image: 'docker:dind' },
    ],
  },
};

const privileged: Judgement = {
  finding: {
    check: 'privileged',
    severity: 'critical',
    pointer: '/spec/containers/0/securityContext/privileged',
    place: { container: 'build' },
    message: 'is privileged',
    value: 'true',
  },
  action: 'deny',
  outcome: 'deny',
  because: 'profile',
};

function request(overrides: Readonly<Record<string, unknown>> = {}) {
  const read = readReview({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace: 'gitlab',
      userInfo: { username: 'jane', groups: ['dev'], extra: { token: ['user-extra'] } },
      dryRun: true,
      object: pod,
      ...overrides,
    },
  });
  if (read.kind !== 'request') throw new Error('the request of this test cannot be read');
  return read.request;
}

function outcome(overrides: Partial<Outcome> = {}): Outcome {
  return {
    webhook: 'validate',
    decision: 'deny',
    request: request(),
    subject: podSubject(pod, 'gitlab'),
    profile: 'dind',
    mode: 'enforce',
    exemption: undefined,
    configHash: '0123456789ab',
    judgements: [privileged],
    patch: [],
    problem: undefined,
    unjudgedKind: undefined,
    unchanged: false,
    response: { uid: 'u-1', allowed: false, warnings: ['a warning'] },
    ...overrides,
  };
}

const parse = (line: string) => JSON.parse(line) as DecisionRecord;

describe('a record', () => {
  test('has every field of version 1, in its order', () => {
    expect(parse(recordLine(decisionRecord(outcome(), context)))).toEqual({
      v: 1,
      ts: '2026-11-21T12:00:00.000Z',
      instance: 'pratique-7c9-1a2b3c4d',
      seq: 7,
      uid: 'u-1',
      traceId: null,
      webhook: 'validate',
      operation: 'CREATE',
      dryRun: true,
      resource: 'pods',
      subresource: null,
      namespace: 'gitlab',
      name: null,
      generateName: 'runner-',
      owner: { apiVersion: 'batch/v1', kind: 'Job', name: 'build' },
      serviceAccount: 'runner',
      runtimeClassName: 'untrusted',
      hostUsers: false,
      images: ['registry.local/img:1…', 'docker:dind'],
      user: { name: 'jane', groups: ['dev'] },
      authn: 'none',
      decision: 'deny',
      profile: 'dind',
      mode: 'enforce',
      exemption: null,
      configHash: '0123456789ab',
      version: '0.1.0',
      judgements: [
        {
          check: 'privileged',
          severity: 'critical',
          action: 'deny',
          outcome: 'deny',
          because: 'profile',
          ref: null,
          pointer: '/spec/containers/0/securityContext/privileged',
          place: { container: 'build' },
          value: 'true',
        },
      ],
      patch: null,
      warnings: ['a warning'],
      durationMs: 0.123,
      bytes: 2400,
    });
    const order =
      'v ts instance seq uid traceId webhook operation dryRun resource subresource namespace name generateName owner ' +
      'serviceAccount runtimeClassName hostUsers images user authn decision profile mode exemption configHash version ' +
      'judgements patch warnings durationMs bytes';
    const unread = outcome({ request: undefined, subject: undefined, profile: '', mode: undefined, decision: 'error' });
    for (const one of [outcome(), unread]) {
      expect(Object.keys(parse(recordLine(decisionRecord(one, context)))).join(' ')).toBe(order);
    }
  });

  test('never quotes values of env, arguments, annotations, labels, or extra fields of the user', () => {
    const line = recordLine(decisionRecord(outcome(), context));
    for (const secret of [
      'env-value',
      'arg-value',
      'annotation-value',
      'label-value',
      'user-extra',
      'me:pw',
      'token',
    ]) {
      expect(line).not.toContain(secret);
    }
  });

  test('takes the name of the request before that of the object, and qualifies other resources by their group', () => {
    const named = { metadata: { name: 'of-object' } };
    const apps = request({
      object: named,
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      name: 'of-request',
      subResource: 'scale',
    });
    expect(decisionRecord(outcome({ request: request({ object: named }) }), context).name).toBe('of-object');
    expect(decisionRecord(outcome({ request: apps }), context)).toMatchObject({
      name: 'of-request',
      resource: 'deployments.apps',
      subresource: 'scale',
    });
  });

  test.for([
    ['null', null],
    ['a text', 'Job'],
    ['a list of nothing', [null, 7]],
    ['fields of other types', [{ kind: {}, name: [] }]],
  ] as const)('reads owners of any shape: %s', ([, ownerReferences]) => {
    const object = { metadata: { ownerReferences } };
    const { owner } = decisionRecord(outcome({ request: request({ object }) }), context);
    expect([null, { apiVersion: '', kind: '', name: '' }]).toContainEqual(owner);
  });

  test('tells of a patch by its paths and its digest', () => {
    const patch = [{ op: 'add', path: '/spec/runtimeClassName', value: 'untrusted' }] as const;
    expect(decisionRecord(outcome({ patch, decision: 'patch' }), context).patch).toEqual({
      operations: 1,
      paths: ['/spec/runtimeClassName'],
      // echo -n '[{"op":"add","path":"/spec/runtimeClassName","value":"untrusted"}]' | sha256sum
      sha256: 'e6c05ade130fe2f6e696fbbac7db52feb24440f0f36990a1d6747a366dd65a4c',
    });
  });
});

describe('a line', () => {
  test('holds no unprintable character, whatever a caller sends', () => {
    const evil = 'a\u0000\u001b[2J\n\u007f\u0085\u2028\u202e\u200b\ufeff\ud800b';
    const one = outcome({
      request: request({ name: evil, namespace: evil, userInfo: { username: evil, groups: [evil] } }),
    });
    const line = recordLine(decisionRecord(one, context));
    expect(line.endsWith('\n')).toBe(true);
    expect(line.slice(0, -1)).toMatch(/^[\x20-\x7e…\ufffd]+$/);
    expect(parse(line).name).toBe('a\ufffd\ufffd[2J\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdb');
  });

  test.for([
    [
      'many images',
      {
        subject: podSubject(
          { spec: { containers: many(5000, (i) => ({ name: `c${i}`, image: `registry/${'i'.repeat(200)}:${i}` })) } },
          'x',
        ),
      },
    ],
    [
      'one huge image',
      { subject: podSubject({ spec: { containers: [{ name: 'c', image: 'x'.repeat(1_000_000) }] } }, 'x') },
    ],
    [
      'many judgements',
      { judgements: many(5000, (i) => ({ ...privileged, finding: { ...privileged.finding, value: '"'.repeat(i) } })) },
    ],
    [
      'many groups',
      {
        request: request({
          userInfo: { username: 'é'.repeat(9000), groups: many(5000, (i) => `g${i}${'ü'.repeat(500)}`) },
        }),
      },
    ],
    [
      'many warnings',
      { response: { uid: 'u-1', allowed: true, warnings: many(500, (i) => `${i}${'w'.repeat(119)}`) } },
    ],
    ['a long patch', { patch: many(500, (i) => ({ op: 'remove' as const, path: `/${'p'.repeat(300)}${i}` })) }],
    ['control characters', { request: request({ name: '\u0001'.repeat(50_000), namespace: '\\'.repeat(50_000) }) }],
  ] satisfies [string, Partial<Outcome>][])('is at most 16 KiB: %s', ([, overrides]) => {
    const line = recordLine(decisionRecord(outcome(overrides), context));
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(lineLimit);
    expect(parse(line)).toMatchObject({ v: 1, uid: 'u-1', seq: 7, decision: 'deny', bytes: 2400 });
  });

  test('says how many entries of each list were cut, and keeps the denials', () => {
    const audit = { ...privileged, outcome: 'audit' as const };
    const judgements = [...many(500, () => audit), privileged];
    const record = parse(recordLine(decisionRecord(outcome({ judgements }), context)));
    expect(record.judgements[0]?.outcome).toBe('deny');
    expect(record.judgements.length + (record.cut?.judgements ?? 0)).toBe(501);
    expect(record.images).toHaveLength(2);
    const groups = many(50, String);
    const small = parse(recordLine(decisionRecord(outcome({ request: request({ userInfo: { groups } }) }), context)));
    expect([small.user?.groups.length, small.cut]).toEqual([32, { groups: 18 }]);
  });
});

describe('a line is written for', () => {
  const inherited = { ...privileged, outcome: 'ignore', because: 'inherited' } as const;
  const allowed = { ...privileged, outcome: 'ignore', because: 'allowed' } as const;
  test.for([
    ['a denial', outcome(), true],
    ['an error', outcome({ decision: 'error', judgements: [] }), true],
    ['a patch', outcome({ decision: 'patch', judgements: [] }), true],
    ['an exemption', outcome({ decision: 'exempt' }), true],
    ['an allow with a tolerated finding', outcome({ decision: 'allow', judgements: [allowed] }), true],
    ['an allow with an old and a new finding', outcome({ decision: 'allow', judgements: [inherited, allowed] }), true],
    ['an allow with old findings only', outcome({ decision: 'allow', judgements: [inherited] }), false],
    ['an unchanged update', outcome({ decision: 'allow', judgements: [], unchanged: true }), false],
    ['a plain allow', outcome({ decision: 'allow', judgements: [] }), false],
  ] as const)('%s', ([, one, recorded]) => {
    expect(isRecorded(one, 'none')).toBe(recorded);
    expect(isRecorded(one, 'all')).toBe(true);
  });
});

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
