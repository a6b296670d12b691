import { describe, expect, test } from 'vitest';
import { completePod, type Fragment } from '../../test/harness/cases.ts';
import { podSubject } from '../kubernetes/subject.ts';
import { type Fuse, fuseContainersAnnotation } from '../matching/fuse.ts';
import type { Finding } from './check.ts';
import { fuseContract } from './fuse-contract.ts';

const fuse: Fuse = {
  label: { key: 'mount-fuse', value: 'true' },
  resource: 'squat.ai/fuse',
  gatedResources: new Set(['example.com/fuse']),
  count: 2,
  containers: ['build'],
  runtimeClassName: 'untrusted',
  acceptedRuntimeClassNames: new Set(['gvisor', 'kata']),
  acceptUserNamespaces: false,
  permitted: (namespace) => namespace === 'jobs',
};
const labels = { 'mount-fuse': 'true' };

type Spec = Fragment['spec'];

function found(metadata: object, spec: Spec = {}, contract: Fuse | undefined = fuse, namespace = 'jobs') {
  const pod = completePod({ metadata: { ...metadata }, spec });
  return fuseContract.find.pod(podSubject(pod, namespace), { fuse: contract });
}

/** A pod with the label, and a record of these containers. */
function granted(recorded: string, spec: Spec): readonly Finding[] {
  return found({ labels, annotations: { [fuseContainersAnnotation]: recorded } }, spec);
}

function told(findings: readonly Finding[]) {
  return findings.map(({ value, message, remedy }) => ({ value, message, remedy }));
}

const holds = (count: unknown, name = 'main') => ({ name, resources: { limits: { 'squat.ai/fuse': count } } });
const kept = { runtimeClassName: 'untrusted', containers: [holds('2')] };

test('without a contract there is nothing to hold a pod to', () => {
  const pod = podSubject(completePod({ metadata: { labels }, spec: kept }), 'jobs');
  expect(fuseContract.find.pod(pod, { fuse: undefined })).toEqual([]);
});

describe('who may ask', () => {
  test('is told which namespace may not, and what to drop', () => {
    expect(found({ labels, annotations: { [fuseContainersAnnotation]: 'main' } }, kept, fuse, 'other')).toEqual([
      {
        check: 'fuse-contract',
        severity: 'high',
        pointer: '/metadata/labels/mount-fuse',
        place: { key: 'mount-fuse' },
        value: 'namespace',
        message: 'pods of namespace "other" may not ask for the fuse device',
        remedy: 'Build in a namespace that mountFuse.namespaces lists, or drop the label.',
      },
    ]);
  });

  test('is told to drop the limit where there is no label, and to ask by it', () => {
    const findings = found({ annotations: { [fuseContainersAnnotation]: 'main' } }, kept, fuse, 'other');
    expect(told(findings)).toEqual([
      {
        value: 'namespace',
        message: 'pods of namespace "other" may not ask for the fuse device',
        remedy: 'Build in a namespace that mountFuse.namespaces lists, or drop the limit.',
      },
      {
        value: 'label',
        message: 'the pod holds a fuse device without the label mount-fuse: "true"',
        remedy: 'Drop the limit and set the label mount-fuse: "true" when the pod is created.',
      },
    ]);
    expect(findings.map(({ place }) => place)).toEqual([{ key: 'mount-fuse' }, { key: 'mount-fuse' }]);
  });
});

describe('the sandbox', () => {
  const sandbox = (spec: Spec, contract = fuse) =>
    told(found({ labels, annotations: { [fuseContainersAnnotation]: 'main' } }, { ...kept, ...spec }, contract));

  test.each(['untrusted', 'gvisor', 'kata'])('%s is one', (runtimeClassName) => {
    expect(sandbox({ runtimeClassName })).toEqual([]);
  });

  test('is a class; the remedy lists all that there are', () => {
    expect(sandbox({ runtimeClassName: 'runc' })).toEqual([
      {
        value: 'sandbox:runc',
        message: 'runtimeClassName "runc" is no sandbox that the fuse device is given in',
        remedy: 'Leave runtimeClassName out, or use "untrusted", "gvisor", "kata".',
      },
    ]);
    const [none] = sandbox({ runtimeClassName: undefined });
    expect(none).toMatchObject({
      value: 'sandbox:none',
      message: 'the pod asks for the fuse device without a sandbox class',
    });
  });

  test('is no user namespace, unless the site accepts one', () => {
    const spec = { runtimeClassName: undefined, hostUsers: false };
    expect(sandbox(spec)[0]?.message).toBe(
      'the pod asks for the fuse device without a sandbox class (hostUsers: false is not accepted in its place here)',
    );
    const open = { ...fuse, acceptUserNamespaces: true };
    expect(sandbox(spec, open)).toEqual([]);
    expect(sandbox({ runtimeClassName: 'runc' }, open)[0]?.remedy).toBe(
      'Leave runtimeClassName out, or use "untrusted", "gvisor", "kata" or hostUsers: false.',
    );
  });
});

describe('a choice that is not on record', () => {
  const choiceIn = (findings: readonly Finding[]) => findings.filter(({ value }) => value === 'choice');
  const unrecorded = (spec: Spec) => choiceIn(found({ labels }, spec));

  test('is blamed on too many containers, of which the first ten are named', () => {
    const containers = Array.from({ length: 11 }, (_, index) => ({ name: `c${index}` }));
    const [finding] = unrecorded({ containers, initContainers: [{ name: 'i' }] });
    expect(finding).toMatchObject({
      place: { key: fuseContainersAnnotation },
      message:
        'no container could be chosen for the fuse device; candidates are ' +
        '"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"',
      remedy: `Name the container that builds in the annotation ${fuseContainersAnnotation}.`,
    });
  });

  test('is blamed on an annotation that names somebody else', () => {
    expect(choiceIn(granted('other', kept))).toEqual([
      expect.objectContaining({
        pointer: '/metadata/annotations/pratique.dev~1fuse-containers',
        message: `annotation ${fuseContainersAnnotation} names a container that spec.containers does not have; candidates are "main"`,
      }),
    ]);
  });

  test.each([
    [
      'a container that asked by itself',
      { containers: [{ name: 'build' }, holds('2', 'other')] },
      'the pod was left as it is, since a container asks for the fuse device by itself',
      'Leave the device out of all limits and requests; the webhook sets it.',
    ],
    [
      'another count',
      { containers: [holds('1')] },
      'the pod was left as it is, since a container asks for another count of squat.ai/fuse than 2',
      'Leave squat.ai/fuse out of its limits and requests; the webhook sets it.',
    ],
    [
      'its sandbox',
      { runtimeClassName: 'runc' },
      'the pod was left as it is, since its sandbox is not accepted',
      'Leave runtimeClassName and hostUsers to the webhook.',
    ],
    [
      'a mutation that never was',
      {},
      'the pod was not mutated: the label was added later, or /mutate was unreachable',
      'Create the pod anew with the label.',
    ],
  ])('is blamed on %s', (_, spec, message, remedy) => {
    expect(told(unrecorded(spec))).toEqual([{ value: 'choice', message, remedy }]);
  });
});

describe('what containers hold', () => {
  const withMain = (resources: object, more: object = {}) =>
    granted('main', { ...kept, containers: [{ name: 'main', resources }], ...more });
  const enough = { 'squat.ai/fuse': '2' };

  test.each([
    ['just the limit', { limits: enough }],
    ['the limit, and the request that the API server makes of it', { limits: enough, requests: enough }],
    ['the same count written otherwise', { limits: { 'squat.ai/fuse': '2000m' }, requests: { 'squat.ai/fuse': 2 } }],
    ['other things besides', { limits: { ...enough, cpu: '1' }, requests: { cpu: '1' } }],
    ['null for its requests', { limits: enough, requests: null }],
  ])('is right with %s', (_, resources) => {
    expect(withMain(resources)).toEqual([]);
  });

  test.each([
    ['no resources', null, 'limits'],
    ['no limits', {}, 'limits'],
    ['null for its limits', { limits: null }, 'limits'],
    ['only a request', { requests: enough }, 'limits'],
    ['another limit', { limits: { 'squat.ai/fuse': '1' } }, 'limits'],
    [
      'another limit, and with other things that are nobody’s matter',
      { limits: { 'squat.ai/fuse': '1', cpu: '1' }, requests: { memory: '1Gi' } },
      'limits',
    ],
    ['another request', { limits: enough, requests: { 'squat.ai/fuse': '1' } }, 'requests'],
  ])('is wrong with %s', (_, resources, list) => {
    expect(withMain(resources as object)).toEqual([
      {
        check: 'fuse-contract',
        severity: 'high',
        pointer: `/spec/containers/0/resources/${list}/squat.ai~1fuse`,
        place: { container: 'main' },
        value: `quantity:${list}`,
        message: `container "main" does not hold exactly 2 of squat.ai/fuse in its ${list}`,
        remedy: 'Leave squat.ai/fuse out of its limits and requests; the webhook sets it.',
      },
    ]);
  });

  const stranger = (container: string, resource: string) => ({
    value: `holds:${resource}`,
    message: `container "${container}" asks for ${resource} by itself`,
    remedy: 'Drop it, and use the label mount-fuse: "true" instead.',
  });

  test.each([
    ['the limits', { limits: { ...enough, 'example.com/fuse': '1' } }],
    ['the requests', { limits: enough, requests: { 'example.com/fuse': '1' } }],
    ['both, told once', { limits: { ...enough, 'example.com/fuse': '1' }, requests: { 'example.com/fuse': '1' } }],
    // A gated name with the right count is no better.
    ['the requests, with the right count', { limits: enough, requests: { 'example.com/fuse': '2' } }],
  ])('is wrong with another name of the device in %s', (_, resources) => {
    expect(told(withMain(resources))).toEqual([stranger('main', 'example.com/fuse')]);
  });

  test('is wrong in an init container, a debug container and one that is not recorded', () => {
    const findings = granted('main', {
      ...kept,
      containers: [holds('2'), holds('2', 'other')],
      initContainers: [holds('2', 'init')],
      ephemeralContainers: [holds('2', 'debug')],
    });
    expect(told(findings).map(({ message }) => message)).toEqual(
      findings.map(({ place }) => stranger(place.container ?? '', 'squat.ai/fuse').message),
    );
    expect(findings.map(({ place }) => place.container).toSorted()).toEqual(['debug', 'init', 'other']);
  });

  test('is wrong in an init container that the record names, beside a container of that name', () => {
    const spec = { ...kept, initContainers: [holds('2')] };
    expect(told(granted('main', spec))).toEqual([stranger('main', 'squat.ai/fuse')]);
  });

  test('is wrong in an init container alone, which no record can choose', () => {
    const findings = granted('init', { ...kept, containers: [{}], initContainers: [holds('2', 'init')] });
    expect(findings.map(({ value }) => value)).toEqual(['choice', 'holds:squat.ai/fuse']);
  });

  test('is right with two recorded containers of which each holds the count, in spite of blanks', () => {
    expect(granted('main, side', { ...kept, containers: [holds('2'), holds('2', 'side')] })).toEqual([]);
  });

  test('is nothing to a pod without the label that asks for other things', () => {
    const cpu = { limits: { cpu: '2' }, requests: { memory: '1Gi' } };
    expect(found({}, { containers: [{ resources: cpu }, { resources: null }, {}] })).toEqual([]);
    expect(found({}, { containers: [{ resources: { limits: null, requests: null } }] })).toEqual([]);
  });

  test('is wrong without the label in requests alone', () => {
    const findings = found({}, { ...kept, containers: [{ resources: { requests: { 'example.com/fuse': '1' } } }] });
    expect(findings.map(({ value, pointer }) => [value, pointer])).toEqual([
      ['label', '/spec/containers/0/resources/requests/example.com~1fuse'],
      ['choice', '/metadata/labels/mount-fuse'],
      ['holds:example.com/fuse', '/spec/containers/0/resources/requests/example.com~1fuse'],
    ]);
  });
});
