import fc from 'fast-check';
import { podReview } from '../../harness/review.ts';
import type { Draft } from './arbitrary-configuration.ts';
import type { Asked } from './arbitrary-request.ts';

const clean = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

const securityContext = fc
  .record({
    runAsUser: fc.constantFrom(undefined, 0, 0, 1000, 1000),
    runAsNonRoot: fc.constantFrom(undefined, false, true),
    allowPrivilegeEscalation: fc.constantFrom(undefined, false, false, true),
    capabilities: fc.constantFrom(undefined, { drop: ['ALL'] }, { add: ['MKNOD'] }, { drop: ['ALL'], add: ['SETUID'] }),
    profile: fc.constantFrom('RuntimeDefault', 'Unconfined'),
  })
  .map(({ profile: type, ...rest }) => ({ ...rest, seccompProfile: { type }, appArmorProfile: { type } }));

const resources = fc.constantFrom({}, {}, {}, { limits: { 'squat.ai/kvm': '1' } }, { claims: [{ name: 'x' }] });

const container = fc.record({ securityContext, resources }, { requiredKeys: ['securityContext'] });

const build = fc
  .record({
    build: fc.oneof({ weight: 3, arbitrary: container }, { weight: 1, arbitrary: fc.constant({}) }),
    helper: fc.oneof(
      { weight: 3, arbitrary: fc.constant({ securityContext: clean }) },
      { weight: 1, arbitrary: container },
    ),
    context: fc.constantFrom({}, {}, { runAsUser: 0 }, { runAsUser: 1000 }, { runAsNonRoot: true }),
    runtimeClassName: fc.constantFrom(undefined, undefined, 'untrusted', 'other'),
    hostUsers: fc.constantFrom(undefined, undefined, false),
  })
  .map(({ build: own, helper, context, ...rest }) => ({
    metadata: { name: 'job' },
    spec: {
      ...rest,
      securityContext: context,
      containers: [
        { name: 'build', image: 'registry.example.com/builder:1', ...own },
        { name: 'helper', image: 'registry.example.com/helper:1', ...helper },
      ],
    },
  }));

/** A review of a pod that builds an image as a builder profile lets it, or that misses one of its conditions. */
export const askedByBuilder: fc.Arbitrary<Asked> = build.map((object) => ({
  webhook: 'validate',
  review: podReview({ namespace: 'ci', object, username: 'anna', groups: [], uid: 'a' }),
}));

const builders = fc.array(
  fc.record({
    profile: fc.constantFrom('kaniko', 'rootless', 'rootless-fuse', 'root-nopriv-fuse', 'userns'),
    containers: fc.constantFrom(['build'], ['build', 'helper']),
  }),
  { maxLength: 3 },
);

/** A configuration whose jobs build in a profile that denies what builders need. */
export const builderConfiguration: fc.Arbitrary<Draft> = fc
  .record({
    profile: fc.constantFrom('strict', 'strict', 'baseline', 'restricted', 'rootful'),
    builders,
    acceptUserNamespaces: fc.boolean(),
  })
  .map(({ profile, builders: used, acceptUserNamespaces }) => ({
    profiles: { rootful: { extends: 'dind', templates: 'warn', checks: { 'run-as-root': 'deny' } } },
    namespaces: [{ match: ['ci'], profile, builders: used }],
    default: { profile: 'dind', mode: 'enforce' },
    mountFuse: { namespaces: ['ci'], acceptUserNamespaces },
    exemptions: [],
    breakGlass: { groups: [] },
  }));
