import { describe, expect, test } from 'vitest';
import { podReview } from '../../test/harness/review.ts';
import { configurationOf } from '../../test/harness/rules.ts';
import { readReview } from '../kubernetes/review.ts';
import { answerReview } from './answer.ts';

const clean = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const root = { ...clean, runAsUser: 0, runAsNonRoot: false };
const unconfined = { seccompProfile: { type: 'Unconfined' }, appArmorProfile: { type: 'Unconfined' } };
const rootless = {
  ...clean,
  ...unconfined,
  runAsUser: 1000,
  allowPrivilegeEscalation: true,
  capabilities: { drop: ['ALL'], add: ['SETUID', 'SETGID'] },
};
const confined = {
  ...rootless,
  seccompProfile: { type: 'RuntimeDefault' },
  appArmorProfile: { type: 'RuntimeDefault' },
};
const buildKit = 'moby/buildkit:v0.32.2-rootless';
const buildah = 'quay.io/buildah/stable:v1.44.0';
const kaniko = 'registry.example.com/kaniko:v1';
const fuse = { limits: { 'squat.ai/fuse': '1' } };
const inSandbox = { runtimeClassName: 'untrusted' };
const byLabel = { labels: { 'mount-fuse': 'true' }, annotations: { 'pratique.dev/fuse-containers': 'build' } };

interface Built {
  readonly securityContext?: object;
  readonly image?: string;
  readonly [field: string]: unknown;
}

/** A pod with a container that builds, and one that fulfils every profile. */
function pod(build: Built, spec: object = {}, metadata: object = {}): unknown {
  const containers = [
    { name: 'build', image: kaniko, ...build },
    { name: 'helper', image: 'registry.example.com/helper:1', securityContext: clean },
  ];
  return { metadata: { name: 'job', ...metadata }, spec: { containers, ...spec } };
}

/** What keeps a pod out of a namespace with a builder profile for its container `build`; nothing, where it is let in. */
function denials(builder: string, object: unknown, profile = 'strict', mountFuse: object = {}): readonly string[] {
  const configuration = configurationOf({
    namespaces: [{ match: ['jobs'], profile, builders: [{ profile: builder, containers: ['build'] }] }],
    mountFuse: { namespaces: ['jobs'], ...mountFuse },
    profiles: {
      ci: { extends: 'dind', checks: { 'seccomp-unconfined': 'deny', 'apparmor-unconfined': 'deny' } },
      loose: { extends: 'dind', checks: { 'run-as-root': 'deny' } },
    },
  });
  const read = readReview(podReview({ object, namespace: 'jobs' }));
  if (read.kind === 'no-uid') throw new Error(read.problem);
  const { judgements, problem } = answerReview(read, 'validate', configuration, 0);
  expect(problem).toBeUndefined();
  return judgements.filter(({ outcome }) => outcome === 'deny').map(({ finding }) => finding.check);
}

describe('rootless', () => {
  test.each(['strict', 'baseline', 'ci'])('lets a user without root in, unconfined (profile %s)', (profile) => {
    expect(denials('rootless', pod({ image: buildKit, securityContext: rootless }), profile)).toEqual([]);
  });

  test.each(['baseline', 'ci'])('is nothing to root (profile %s)', (profile) => {
    const securityContext = { ...rootless, runAsUser: 0, runAsNonRoot: false, capabilities: {} };
    expect(denials('rootless', pod({ image: buildKit, securityContext }), profile)).toEqual([
      'apparmor-unconfined',
      'seccomp-unconfined',
    ]);
  });

  test.each<[string, object, object, boolean]>([
    ["the pod's user", {}, { runAsUser: 1000 }, true],
    ["the pod's root", {}, { runAsUser: 0 }, false],
    ["its own user before the pod's root", { runAsUser: 1000 }, { runAsUser: 0 }, true],
    ["its own root before the pod's user", { runAsUser: 0 }, { runAsUser: 1000 }, false],
    ['no user at all, which is then the image to say', {}, {}, false],
    ['no user, and that it is not root', { runAsNonRoot: true }, {}, true],
    ['no user, and that the pod is not root', {}, { runAsNonRoot: true }, true],
    ['no user, and that it may be root in a pod that is not', { runAsNonRoot: false }, { runAsNonRoot: true }, false],
    ['root that says that it is none, which the kubelet refuses', { runAsUser: 0, runAsNonRoot: true }, {}, false],
  ])('looks at the effective user: %s', (_, own, podContext, isHeld) => {
    const securityContext = { ...unconfined, ...own };
    const object = pod({ image: buildKit, securityContext }, { securityContext: podContext });
    expect(denials('rootless', object, 'baseline')).toEqual(
      isHeld ? [] : ['apparmor-unconfined', 'seccomp-unconfined'],
    );
  });

  test('looks at a container and at a pod that say nothing of themselves', () => {
    const image = buildKit;
    const securityContext = { seccompProfile: { type: 'Unconfined' }, runAsUser: 1000 };
    expect(denials('rootless', pod({ image }, { securityContext }), 'baseline')).toEqual([]);
    expect(denials('rootless', pod({ image }), 'strict')).toContain('privilege-escalation');
    expect(denials('rootless', pod({ image, securityContext: unconfined }), 'baseline')).toEqual([
      'apparmor-unconfined',
      'seccomp-unconfined',
    ]);
  });

  test('is nothing to two containers of one name, of which one is root', () => {
    const init = { name: 'build', image: buildKit, securityContext: { ...rootless, runAsUser: 0 } };
    const object = pod({ image: buildKit, securityContext: rootless }, { initContainers: [init] });
    expect(denials('rootless', object, 'baseline')).toContain('seccomp-unconfined');
  });

  test('needs nothing unconfined inside of a sandbox class, where the kernel is not the node’s', () => {
    expect(denials('rootless', pod({ image: buildKit, securityContext: confined }, inSandbox))).toEqual([]);
    const hostile = pod({ image: buildKit, securityContext: rootless }, inSandbox);
    expect(denials('rootless', hostile, 'baseline')).toEqual(['apparmor-unconfined', 'seccomp-unconfined']);
    const mountFuse = { acceptedRuntimeClassNames: ['kata-qemu'] };
    const other = pod({ image: buildKit, securityContext: rootless }, { runtimeClassName: 'kata-qemu' });
    expect(denials('rootless', other, 'baseline', mountFuse)).not.toEqual([]);
    expect(denials('rootless', other, 'baseline')).toEqual([]);
  });

  test('takes no emptyDir for granted: the layers may be on the container’s own file system', () => {
    const volumes = [{ name: 'layers', emptyDir: {} }];
    const volumeMounts = [{ name: 'layers', mountPath: '/home/user/.local/share/buildkit' }];
    const build = { image: buildKit, securityContext: rootless };
    expect(denials('rootless', pod({ ...build, volumeMounts }, { volumes }))).toEqual([]);
    expect(denials('rootless', pod(build))).toEqual([]);
  });
});

describe('rootless-fuse', () => {
  test('lets a user without root in, with the device, confined in its sandbox class', () => {
    const build = { image: buildah, securityContext: confined, resources: fuse };
    expect(denials('rootless-fuse', pod(build, inSandbox, byLabel))).toEqual([]);
  });

  test('lets nothing be unconfined in its sandbox class', () => {
    const build = { image: buildah, securityContext: rootless, resources: fuse };
    expect(denials('rootless-fuse', pod(build, inSandbox, byLabel), 'baseline')).toEqual([
      'apparmor-unconfined',
      'seccomp-unconfined',
    ]);
  });

  test('lets it be unconfined in a user namespace that takes the place of the class', () => {
    const object = pod({ image: buildah, securityContext: rootless, resources: fuse }, { hostUsers: false }, byLabel);
    expect(denials('rootless-fuse', object, 'strict', { acceptUserNamespaces: true })).toEqual([]);
    expect(denials('rootless-fuse', object, 'strict')).not.toEqual([]);
  });

  test('is nothing to root', () => {
    const securityContext = { ...confined, runAsUser: 0, runAsNonRoot: false };
    const build = { image: buildah, securityContext, resources: fuse };
    expect(denials('rootless-fuse', pod(build, inSandbox, byLabel))).toContain('privilege-escalation');
  });
});

describe('root-nopriv-fuse', () => {
  const podman = { image: 'quay.io/podman/stable:v5', resources: fuse };
  const { capabilities: _, ...withDefaults } = root;

  test.each<[string, object | undefined]>([
    ['nothing', undefined],
    ['NET_RAW, as GitLab does', { drop: ['NET_RAW'] }],
    ['everything', { drop: ['ALL'] }],
  ])('lets root in with what the runtime gives, dropping %s', (_what, capabilities) => {
    const object = pod({ ...podman, securityContext: { ...withDefaults, capabilities } }, inSandbox, byLabel);
    expect(denials('root-nopriv-fuse', object)).toEqual([]);
  });

  test.each(['MKNOD', 'SETFCAP', 'SYS_CHROOT', 'AUDIT_WRITE'])('adds no capability: %s', (name) => {
    const object = pod({ ...podman, securityContext: { ...root, capabilities: { add: [name] } } }, inSandbox, byLabel);
    expect(denials('root-nopriv-fuse', object)).toContain('capabilities-drop');
  });

  test.each([
    ['strict', ['capabilities-drop', 'privilege-escalation', 'run-as-root']],
    // A profile that does not look for privilege escalation.
    ['loose', ['run-as-root']],
  ])('is nothing to a container that may gain privileges (profile %s)', (profile, expected) => {
    const denied = (allowPrivilegeEscalation: boolean | undefined) => {
      const securityContext = { ...withDefaults, allowPrivilegeEscalation };
      return denials('root-nopriv-fuse', pod({ ...podman, securityContext }, inSandbox, byLabel), profile);
    };
    expect(denied(true)).toEqual(expected);
    expect(denied(undefined)).toEqual(expected);
    expect(denied(false)).toEqual([]);
  });
});

describe('kaniko', () => {
  const securityContext = { ...root, capabilities: { drop: ['ALL'], add: ['CHOWN', 'SETFCAP'] } };

  test('lets root in, with six capabilities', () => {
    const resources = { limits: { memory: '4Gi', 'hugepages-2Mi': '2Mi' }, requests: { cpu: '2' } };
    expect(denials('kaniko', pod({ securityContext, resources }))).toEqual([]);
  });

  test.each<[string, object, object, object]>([
    ['a device', { limits: { 'squat.ai/kvm': '1' } }, {}, {}],
    ['a device in its requests', { requests: { 'squat.ai/kvm': '1' } }, {}, {}],
    ['a device of the pod', {}, { resources: { limits: { 'squat.ai/kvm': '1' } } }, {}],
    ['a claim', { claims: [{ name: 'x' }] }, { resourceClaims: [{ name: 'x', resourceClaimName: 'y' }] }, {}],
    ['a claim of the pod', {}, { resources: { claims: [{ name: 'x' }] } }, {}],
    ['the FUSE device', fuse, inSandbox, byLabel],
  ])('is nothing to root with %s', (_, resources, spec, metadata) => {
    expect(denials('kaniko', pod({ securityContext, resources }, spec, metadata))).toEqual([
      'capabilities-drop',
      'capabilities-drop',
      'run-as-root',
    ]);
  });

  test('looks at no other container’s devices', () => {
    const helper = { name: 'gpu', image: 'registry.example.com/gpu:1', securityContext: clean };
    const initContainers = [{ ...helper, resources: { limits: { 'nvidia.com/gpu': '1' } } }];
    expect(denials('kaniko', pod({ securityContext }, { initContainers }))).toEqual([]);
  });
});
