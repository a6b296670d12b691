import { expect, test } from 'vitest';
import type { Instance } from '../../queries/health.ts';
import { textOf } from '../markup.ts';
import { attention, type Health, instancesTable } from './health.ts';

const now = Date.parse('2026-11-20T16:40:00.000Z');

const replica = (state: Instance['state']): Instance => ({
  name: `a-${state}-replica`,
  version: '1.0.0',
  configHash: '0123456789ab',
  startedAt: now,
  firstSeen: now,
  lastSeen: now,
  lastHeartbeat: now,
  state,
  received: 1,
  dropped: 0,
  queued: 0,
  certificateExpires: null,
});
const healthOf = (...states: readonly Instance['state'][]): Health => ({
  instances: states.map(replica),
  gaps: [],
  exemptions: [],
  now,
});

test('a replica that is silent is to be looked after, and one that is gone is not', () => {
  const text = textOf(attention(healthOf('live', 'silent', 'gone', 'ended')));
  expect(text).toContain('1 thing to look after');
  expect(text).toContain('a-silent-replica');
  expect(text).not.toContain('a-gone-replica');
});

test('replicas that are gone are counted below the table of those that may run', () => {
  const text = textOf(instancesTable(healthOf('live', 'silent', 'gone', 'gone', 'ended')));
  expect(text.match(/a-[a-z]+-replica(?=<)/g)).toEqual(['a-live-replica', 'a-silent-replica']);
  expect(text).toContain(
    '1 earlier replica ended as they should. 2 earlier replicas fell silent more than 7 days ago.',
  );
});

test('where no replica runs, the table has those that did', () => {
  expect(textOf(instancesTable(healthOf('gone')))).toContain('a-gone-replica');
});
