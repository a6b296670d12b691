import { describe, expect, test } from 'vitest';
import { fieldPath, pointerTo, pointerTokens } from './pointer.ts';
import { readReview } from './review.ts';
import { UnreadableObjectError } from './shape.ts';
import { podSubject } from './subject.ts';

describe('a pod', () => {
  test('is viewed with its containers and volumes in place', () => {
    const subject = podSubject(
      {
        spec: {
          volumes: [{ name: 'v' }],
          initContainers: [{ name: 'i' }],
          containers: [{ name: 'a' }, { name: 'b' }],
          ephemeralContainers: [{ name: 'e' }],
        },
      },
      'jobs',
      'template',
      '/spec/template',
    );
    expect(subject.containers.map(({ at, name }) => `${name} ${at}`)).toEqual([
      'a /spec/template/spec/containers/0',
      'b /spec/template/spec/containers/1',
      'i /spec/template/spec/initContainers/0',
      'e /spec/template/spec/ephemeralContainers/0',
    ]);
    expect(subject.volumes.map(({ at }) => at)).toEqual(['/spec/template/spec/volumes/0']);
    expect(subject.metadataAt).toBe('/spec/template/metadata');
  });

  test.each([
    ['null fields', { metadata: null, spec: { containers: null, volumes: null } }],
    [
      'nulls in a container',
      { spec: { containers: [{ name: null, securityContext: null, env: null, command: null }] } },
    ],
    ['nothing', {}],
  ])('is readable with %s', (_, pod) => expect(podSubject(pod, 'jobs').containers.length).toBeLessThan(2));

  test.each([
    ['/spec', { spec: 'x' }],
    ['/spec', { spec: [] }],
    ['/spec/containers', { spec: { containers: {} } }],
    ['/spec/containers/0', { spec: { containers: ['x'] } }],
    ['/spec/hostPID', { spec: { hostPID: 'true' } }],
    ['/spec/containers/0/image', { spec: { containers: [{ image: 1 }] } }],
    ['/spec/containers/0/args', { spec: { containers: [{ args: ['a', 1] }] } }],
    [
      '/spec/initContainers/1/securityContext/privileged',
      { spec: { initContainers: [{}, { securityContext: { privileged: 1 } }] } },
    ],
    [
      '/spec/containers/0/securityContext/capabilities/add',
      { spec: { containers: [{ securityContext: { capabilities: { add: 'ALL' } } }] } },
    ],
    ['/spec/containers/0/env/0/name', { spec: { containers: [{ env: [{ name: {} }] }] } }],
    ['/spec/containers/0/resources/limits', { spec: { containers: [{ resources: { limits: [] } }] } }],
    [
      '/spec/containers/0/lifecycle/preStop/exec/command',
      { spec: { containers: [{ lifecycle: { preStop: { exec: { command: 'x' } } } }] } },
    ],
    ['/spec/containers/0/volumeMounts/0/readOnly', { spec: { containers: [{ volumeMounts: [{ readOnly: 'yes' }] }] } }],
    ['/spec/volumes/0/hostPath/path', { spec: { volumes: [{ hostPath: { path: ['/'] } }] } }],
    ['/metadata/annotations/a~1b', { metadata: { annotations: { 'a/b': 1 } } }],
  ])('is unreadable when %s has another type', (pointer, pod) => {
    const read = () => podSubject(pod, 'jobs');
    expect(read).toThrow(UnreadableObjectError);
    expect(read).toThrow(`${pointer} is not`);
  });

  test.each([null, undefined, 'x', 1, []])('is unreadable when it is %j', (pod) => {
    expect(() => podSubject(pod, 'jobs')).toThrow('the object is not an object');
  });
});

test('pointers escape and come back', () => {
  const pointer = pointerTo('/metadata/annotations', 'a/b~c', 0);
  expect(pointer).toBe('/metadata/annotations/a~1b~0c/0');
  expect(pointerTokens(pointer)).toEqual(['metadata', 'annotations', 'a/b~c', '0']);
  expect(fieldPath(pointer)).toBe('metadata.annotations["a/b~c"][0]');
  expect(fieldPath('/spec/containers/0/image')).toBe('spec.containers[0].image');
});

describe('a review', () => {
  const request = {
    uid: 'u',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    operation: 'CREATE',
    namespace: 'jobs',
    userInfo: { username: 'me', groups: ['a'] },
    object: { kind: 'Pod' },
  };
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };

  test('is read', () => {
    expect(readReview(review)).toMatchObject({
      kind: 'request',
      request: {
        uid: 'u',
        namespace: 'jobs',
        subResource: '',
        dryRun: false,
        userInfo: { groups: ['a'] },
        oldObject: null,
      },
    });
  });

  test.each([
    [null],
    ['x'],
    [[]],
    [{}],
    [{ request: null }],
    [{ ...review, request: { ...request, uid: '' } }],
    [{ ...review, request: { ...request, uid: 7 } }],
  ])('has no uid: %j', (body) => expect(readReview(body).kind).toBe('no-uid'));

  test.each([
    ['apiVersion', { ...review, apiVersion: 'admission.k8s.io/v1beta1' }],
    ['kind', { ...review, kind: 'Pod' }],
    ['operation', { ...review, request: { ...request, operation: 'PATCH' } }],
    ['kind', { ...review, request: { ...request, kind: 'Pod' } }],
    ['resource', { ...review, request: { ...request, resource: null } }],
    ['namespace', { ...review, request: { ...request, namespace: 1 } }],
    ['dryRun', { ...review, request: { ...request, dryRun: 'yes' } }],
    ['groups', { ...review, request: { ...request, userInfo: { groups: 'a' } } }],
    ['groups', { ...review, request: { ...request, userInfo: { groups: [1] } } }],
    ['userInfo', { ...review, request: { ...request, userInfo: 'me' } }],
  ])('can be answered but not judged: %s', (field, body) => {
    expect(readReview(body)).toMatchObject({ kind: 'unreadable', uid: 'u', problem: expect.stringContaining(field) });
  });
});
