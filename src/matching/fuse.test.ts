import { describe, expect, test } from 'vitest';
import { acceptsFuseSandbox, type Fuse, type FusePod, fuseContainersAnnotation, planFuse } from './fuse.ts';

const fuse: Fuse = {
  label: { key: 'mount-fuse', value: 'true' },
  resource: 'squat.ai/fuse',
  gatedResources: new Set(['example.com/fuse']),
  count: 1,
  containers: ['build'],
  runtimeClassName: 'untrusted',
  acceptedRuntimeClassNames: new Set(['gvisor']),
  acceptUserNamespaces: true,
  permitted: () => true,
};
const one = [{ name: 'main' }];

function plan(spec: FusePod['spec'], annotation?: string, contract = fuse) {
  return planFuse(
    { annotations: annotation === undefined ? {} : { [fuseContainersAnnotation]: annotation }, spec },
    contract,
  );
}

function holding(name: string, list: 'limits' | 'requests', resource: string, count: unknown = '1') {
  return { name, resources: { [list]: { [resource]: count } } };
}

test('one container that must not have what it has is enough to refuse', () => {
  const gated = [holding('build', 'limits', 'example.com/fuse'), { name: 'x' }];
  expect(plan({ containers: gated })).toEqual({ kind: 'refuse', obstacle: 'stranger' });
  const twice = [holding('build', 'limits', fuse.resource, '2'), { name: 'x' }];
  expect(plan({ containers: twice })).toEqual({ kind: 'refuse', obstacle: 'quantity' });
});

describe('the plan grants', () => {
  test.each([
    ['the only container', { containers: one }, undefined, ['main']],
    ['the first configured name', { containers: [{ name: 'x' }, { name: 'build' }] }, undefined, ['build']],
    ['whom the annotation names, each once', { containers: [{ name: 'a' }, { name: 'b' }] }, 'b, a,,b', ['b', 'a']],
    [
      'who asks for the same count',
      { containers: [holding('main', 'limits', fuse.resource, '1000m')] },
      undefined,
      ['main'],
    ],
  ] as const)('%s', (_, spec, annotation, names) => {
    expect(plan(spec, annotation)).toEqual({ kind: 'grant', names, setRuntimeClass: true });
  });

  test.each([
    [{}, true],
    [{ hostUsers: true }, true],
    [{ hostUsers: false }, false],
    [{ runtimeClassName: 'untrusted' }, false],
    [{ runtimeClassName: 'gvisor' }, false],
  ] as const)('with %j, and sets the class: %s', (sandbox, setRuntimeClass) => {
    expect(plan({ containers: one, ...sandbox })).toEqual({ kind: 'grant', names: ['main'], setRuntimeClass });
  });
});

describe('the plan refuses', () => {
  test.each([
    ['no container', {}, undefined],
    ['several, none of them known', { containers: [{ name: 'a' }, { name: 'b' }] }, undefined],
    ['an annotation without a name', { containers: one }, ' , '],
    ['an annotation that names somebody else too', { containers: one }, 'main,other'],
  ] as const)('for want of a choice: %s', (_, spec, annotation) => {
    expect(plan(spec, annotation)).toEqual({ kind: 'refuse', obstacle: 'choice' });
  });

  test.each([
    ['an init container, by a limit', { containers: one, initContainers: [holding('i', 'limits', fuse.resource)] }],
    ['an init container, by a request', { containers: one, initContainers: [holding('i', 'requests', fuse.resource)] }],
    ['a debug container', { containers: one, ephemeralContainers: [holding('d', 'limits', fuse.resource)] }],
    ['another container', { containers: [{ name: 'build' }, holding('x', 'limits', fuse.resource)] }],
    ['the chosen one, by another name of the device', { containers: [holding('main', 'limits', 'example.com/fuse')] }],
    ['another one, by another name', { containers: [{ name: 'build' }, holding('x', 'requests', 'example.com/fuse')] }],
    [
      'an init container, by another name',
      { containers: one, initContainers: [holding('i', 'limits', 'example.com/fuse')] },
    ],
  ])('where the device is held by %s', (_, spec) => {
    expect(plan(spec)).toEqual({ kind: 'refuse', obstacle: 'stranger' });
  });

  test.each(['limits', 'requests'] as const)('another count in %s', (list) => {
    expect(plan({ containers: [holding('main', list, fuse.resource, '2')] })).toEqual({
      kind: 'refuse',
      obstacle: 'quantity',
    });
  });

  test.each([{ runtimeClassName: 'runc' }, { runtimeClassName: '' }])('the sandbox %j', (sandbox) => {
    expect(plan({ containers: one, ...sandbox })).toEqual({ kind: 'refuse', obstacle: 'sandbox' });
  });

  test('a user namespace where it is not accepted', () => {
    const strict = { ...fuse, acceptUserNamespaces: false };
    expect(plan({ containers: one, hostUsers: false }, undefined, strict)).toEqual({
      kind: 'refuse',
      obstacle: 'sandbox',
    });
  });
});

test.each([
  ['untrusted', undefined, true],
  ['gvisor', null, true],
  ['runc', false, false],
  [null, false, true],
  [undefined, true, false],
  [undefined, undefined, false],
] as const)('the class %j with hostUsers %j is a sandbox: %s', (runtimeClassName, hostUsers, accepted) => {
  expect(acceptsFuseSandbox(fuse, runtimeClassName, hostUsers)).toBe(accepted);
});
