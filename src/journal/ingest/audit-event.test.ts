import { expect, test } from 'vitest';
import { auditEventsOf, isAuditEvent } from './audit-event.ts';

const event = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  auditID: 'audit-1',
  user: { username: 'admin@example.com' },
  impersonatedUser: { username: 'jane' },
  sourceIPs: ['10.0.0.7', '10.0.0.1'],
  userAgent: 'kubectl/v1.37.1',
  annotations: {
    'authorization.k8s.io/decision': 'allow',
    'pods.pratique.dev/decision': 'deny',
    'pods.pratique.dev/config': '0123456789ab',
    'pods.pratique.dev/review': 'uid-1',
  },
};

test('an event is known by its kind and group', () => {
  expect(isAuditEvent(event)).toBe(true);
  expect(isAuditEvent({ ...event, apiVersion: 'events.k8s.io/v1' })).toBe(false);
  expect(isAuditEvent({ kind: 'Event' })).toBe(false);
});

test('an event of ours says who was behind it, from where and with what', () => {
  expect(auditEventsOf(event)).toEqual([
    {
      review: 'uid-1',
      auditId: 'audit-1',
      sourceIps: ['10.0.0.7', '10.0.0.1'],
      userAgent: 'kubectl/v1.37.1',
      impersonator: 'admin@example.com',
    },
  ]);
});

test('without impersonation nobody is named: the record has the user', () => {
  const { impersonatedUser: _, ...plain } = event;
  expect(auditEventsOf(plain)).toMatchObject([{ impersonator: null }]);
});

test('each of our webhooks that annotated the event counts; those of others do not', () => {
  const annotations = {
    ...event.annotations,
    'other.example.com/review': 'not-ours',
    'templates.pratique.dev/decision': 'allow',
    'templates.pratique.dev/config': '0123456789ab',
    'templates.pratique.dev/review': 'uid-2',
  };
  expect(auditEventsOf({ ...event, annotations }).map(({ review }) => review)).toEqual(['uid-1', 'uid-2']);
  expect(auditEventsOf({ ...event, annotations: { 'other.example.com/review': 'x' } })).toEqual([]);
});

test.each([
  [{ annotations: null }, []],
  [{ annotations: { ...event.annotations, 'pods.pratique.dev/review': 7 } }, []],
  [{ annotations: { ...event.annotations, 'pods.pratique.dev/review': '' } }, []],
  [{ sourceIPs: 'x', userAgent: 7, auditID: null }, [{ review: 'uid-1', auditId: '', sourceIps: [], userAgent: null }]],
  [{ sourceIPs: [null, {}, '10.0.0.9'], user: 'x' }, [{ sourceIps: ['10.0.0.9'], impersonator: null }]],
  [{ userAgent: `a\u001b${'x'.repeat(9_000)}` }, [{ userAgent: `a\ufffd${'x'.repeat(509)}…` }]],
])('an event of any shape is read: %o', (overrides, expected) => {
  expect(auditEventsOf({ ...event, ...overrides })).toMatchObject(expected);
});
