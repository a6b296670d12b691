import { describe, expect, test } from 'vitest';
import type { Finding } from '../checks/check.ts';
import type { Rule } from '../config/policy.ts';
import { persistentVolumeSubject } from '../kubernetes/objects.ts';
import { podSubject } from '../kubernetes/subject.ts';
import { changesNothingJudged, inheritedBy } from './update.ts';

const read = ['devices.crio.io', 'io.katacontainers.config.*'];

function pod(over: { labels?: object; annotations?: object; spec?: object; finalizers?: readonly string[] } = {}) {
  const { spec, ...metadata } = over;
  return podSubject({ metadata, spec: { containers: [{ name: 'a', image: 'a:1' }], ...spec } }, 'jobs');
}

describe('an update that changes nothing that is judged', () => {
  const same = (now: Parameters<typeof pod>[0], before: Parameters<typeof pod>[0]) =>
    changesNothingJudged(pod(now), pod(before), 'mount-fuse', read);

  test.each([
    ['the same', {}, {}],
    ['a finalizer that goes', {}, { finalizers: ['batch.kubernetes.io/job-tracking'] }],
    ['another label', { labels: { app: 'x' } }, {}],
    ['an annotation that nobody reads', { annotations: { 'tekton.dev/ready': 'READY' } }, {}],
    ['one that starts like one that is read', { annotations: { 'devices.crio.ix': 'x' } }, {}],
    ['one that starts with the same letter', { annotations: { 'images.example': 'x' } }, {}],
    ['an annotation that goes', {}, { annotations: { 'devices.crio.io': '/dev/fuse' } }],
    [
      'an annotation that stays',
      { annotations: { 'devices.crio.io': 'x' } },
      { annotations: { 'devices.crio.io': 'x' } },
    ],
    ['keys in another order', { spec: { hostPID: true, hostIPC: true } }, { spec: { hostIPC: true, hostPID: true } }],
  ])('%s', (_, now, before) => expect(same(now, before)).toBe(true));

  test.each([
    ['the label', { labels: { 'mount-fuse': 'true' } }, {}],
    ['the label, going', {}, { labels: { 'mount-fuse': 'true' } }],
    ['an image', { spec: { containers: [{ name: 'a', image: 'a:2' }] } }, {}],
    ['a list that is longer', { spec: { ephemeralContainers: [{ name: 'debug' }] } }, {}],
    ['an annotation that is read', { annotations: { 'devices.crio.io': '/dev/fuse' } }, {}],
    ['its bytes', { annotations: { 'devices.crio.io': 'y' } }, { annotations: { 'devices.crio.io': 'x' } }],
    ['one that is read by prefix', { annotations: { 'io.katacontainers.config.hypervisor.kernel_params': 'x' } }, {}],
    ['a key __proto__ in the spec', { spec: JSON.parse('{"__proto__":{"hostPID":true}}') }, {}],
  ])('but not %s', (_, now, before) => expect(same(now, before)).toBe(false));
});

describe('what an update did not add', () => {
  const found = (finding: Partial<Finding>) => ({
    rule: {} as Rule,
    finding: {
      check: 'c',
      severity: 'high',
      pointer: '/spec',
      place: {},
      message: 'm',
      value: 'v',
      ...finding,
    } as Finding,
  });
  const old = (finding: Partial<Finding>, now = pod(), before = pod()) =>
    inheritedBy(now, before, [found(finding)])(found(finding).finding);
  const debugged = pod({ spec: { ephemeralContainers: [{ name: 'debug', image: 'd' }] } });

  test('a pod finding is old while no container is added and no image changed', () => {
    expect(old({})).toBe(true);
    expect(old({}, debugged)).toBe(false);
    expect(old({}, pod({ spec: { containers: [{ name: 'a', image: 'a:2' }] } }))).toBe(false);
  });

  test('a container finding is old while its own image is unchanged', () => {
    expect(old({ place: { container: 'a' } }, debugged)).toBe(true);
    expect(old({ place: { container: 'debug' } }, debugged)).toBe(false);
  });

  test('another value or place is another finding', () => {
    const isOld = inheritedBy(pod(), pod(), [found({ value: '/cache:ro', place: { volume: 'v' } })]);
    expect(isOld(found({ value: '/cache:rw', place: { volume: 'v' } }).finding)).toBe(false);
    expect(isOld(found({ value: '/cache:ro', place: { volume: 'w' } }).finding)).toBe(false);
    expect(isOld(found({ value: '/cache:ro', place: { volume: 'v' } }).finding)).toBe(true);
  });

  test('the same in another container, or by another key, is another finding', () => {
    const two = pod({ spec: { containers: ['a', 'b'].map((name) => ({ name, image: 'x' })) } });
    const isOld = inheritedBy(two, two, [found({ place: { container: 'a' } }), found({ place: { key: 'k' } })]);
    expect(isOld(found({ place: { container: 'a' } }).finding)).toBe(true);
    expect(isOld(found({ place: { container: 'b' } }).finding)).toBe(false);
    expect(isOld(found({ place: { key: 'k' } }).finding)).toBe(true);
    expect(isOld(found({ place: { key: 'l' } }).finding)).toBe(false);
  });

  test('a finding is not old by one that failed', () => {
    expect(inheritedBy(pod(), pod(), [found({ failed: true })])(found({}).finding)).toBe(false);
  });

  test('a finding of what is no pod is old when it was there, an annotation with the same bytes', () => {
    const metadata = { name: 'pv', annotations: { 'devices.crio.io': 'x' } };
    const volume = persistentVolumeSubject({ metadata, spec: {} });
    const isOld = (finding: Partial<Finding>, before = volume) =>
      inheritedBy(volume, before, [found(finding)])(found(finding).finding);
    expect(isOld({})).toBe(true);
    expect(inheritedBy(volume, volume, [found({})])(found({ value: 'w' }).finding)).toBe(false);
    expect(isOld({ failed: true })).toBe(false);
    const annotation = { pointer: '/metadata/annotations/devices.crio.io', place: { key: 'devices.crio.io' } } as const;
    expect(isOld(annotation)).toBe(true);
    expect(isOld(annotation, persistentVolumeSubject({ metadata: { name: 'pv' }, spec: {} }))).toBe(false);
  });

  test('an annotation finding is old only with the same bytes', () => {
    const finding = { pointer: '/metadata/annotations/devices.crio.io', place: { key: 'devices.crio.io' } } as const;
    const x = pod({ annotations: { 'devices.crio.io': 'x' } });
    expect(old(finding, x, x)).toBe(true);
    expect(old(finding, x, pod({ annotations: { 'devices.crio.io': 'y' } }))).toBe(false);
    expect(old(finding, x, pod())).toBe(false);
  });

  test('a check that failed is never old', () => {
    expect(old({ failed: true })).toBe(false);
  });

  test('names with separators in them are not confused', () => {
    const isOld = inheritedBy(pod(), pod(), [found({ place: { volume: 'a","b' }, value: 'c' })]);
    expect(isOld(found({ place: { volume: 'a' }, value: 'b","c' }).finding)).toBe(false);
  });
});
