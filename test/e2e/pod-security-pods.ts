import fc from 'fast-check';
import { containerContext, type Draft } from './pod-security-contexts.ts';
import { type DraftPod, podTweak, type Tweak, windowsTweak } from './pod-security-tweaks.ts';

/** A pod, and the ephemeral container that it is to get. */
export interface DebuggedPod {
  /** The name of the pod: one of `debugTargets`. */
  readonly target: string;
  readonly ephemeralContainer: Draft;
}

/** What Restricted asks of a container, and what it takes from the pod unless it has its own. */
const hardened = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const inheritable = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

type Base = (counts: readonly [containers: number, initContainers: number, sidecars: number]) => DraftPod;

/** A pod in the sense of Restricted, made so by the pod's fields or by the containers' own. */
const restricted =
  (settings: { readonly pod: object; readonly container: object }): Base =>
  (counts) => {
    const pod = withContainers(counts, settings.container);
    Object.assign(pod.spec, structuredClone(settings.pod));
    return pod;
  };

const byPod = restricted({ pod: { securityContext: inheritable }, container: { securityContext: hardened } });
const byContainer = restricted({ pod: {}, container: { securityContext: { ...inheritable, ...hardened } } });
const inUserNamespace = restricted({
  pod: { hostUsers: false, securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
  container: { securityContext: hardened },
});
const onWindows = restricted({
  pod: { os: { name: 'windows' }, securityContext: { runAsNonRoot: true } },
  container: {},
});
/** Clean in the sense of Baseline only. */
const bare = restricted({ pod: {}, container: {} });

/**
 * Pods that the API server takes far more often than not, most of them with one or two deviations from a pod that
 * Restricted admits, so that each rule decides about some of them alone.
 */
export const podSecurityPod: fc.Arbitrary<DraftPod> = fc.oneof(
  { weight: 12, arbitrary: deviating(fc.constantFrom(byPod, byPod, byContainer, inUserNamespace), podTweak) },
  { weight: 2, arbitrary: deviating(fc.constant(bare), podTweak) },
  { weight: 1, arbitrary: deviating(fc.constant(onWindows), windowsTweak) },
);

function deviating(base: fc.Arbitrary<Base>, tweak: fc.Arbitrary<Tweak>): fc.Arbitrary<DraftPod> {
  const counts = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(1), fc.nat(1));
  const deviations = fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 8, arbitrary: fc.tuple(tweak) },
    { weight: 5, arbitrary: fc.tuple(tweak, tweak) },
    { weight: 2, arbitrary: fc.array(tweak, { minLength: 3, maxLength: 4 }) },
  );
  return fc.tuple(base, counts, deviations).map(([make, sizes, tweaks]) => {
    const pod = make(sizes);
    for (const change of tweaks) change(pod);
    reconcile(pod);
    return structuredClone(pod);
  });
}

/** The pods that get ephemeral containers, by name; all of them are clean in the sense of Restricted. */
export const debugTargets: Readonly<Record<string, DraftPod>> = {
  'by-pod': byPod([1, 1, 0]),
  'by-container': byContainer([2, 0, 1]),
  'in-user-namespace': inUserNamespace([1, 0, 0]),
};

/** Ephemeral containers, most of them with one or two deviations as well. */
export const debuggedPod: fc.Arbitrary<DebuggedPod> = fc
  .tuple(
    fc.constantFrom(...Object.keys(debugTargets)),
    fc.constantFrom({ ...inheritable, ...hardened }, { ...inheritable, ...hardened }, hardened, undefined),
    fc.array(containerContext, { maxLength: 2 }),
  )
  .map(([target, securityContext, tweaks]) => {
    const context = securityContext === undefined ? {} : { securityContext };
    const ephemeralContainer: Draft = structuredClone({ name: 'debug', image: 'registry.example/shell:1', ...context });
    for (const change of tweaks) change(ephemeralContainer);
    reconcileContainer(ephemeralContainer);
    return structuredClone({ target, ephemeralContainer });
  });

function withContainers([containers, inits, sidecars]: Parameters<Base>[0], settings: object): DraftPod {
  const named = (prefix: string, count: number, more: object = {}) =>
    Array.from({ length: count }, (_, index) =>
      structuredClone({ name: `${prefix}-${index}`, image: 'registry.example/app:1', ...more, ...settings }),
    );
  const initContainers = [...named('init', inits), ...named('sidecar', sidecars, { restartPolicy: 'Always' })];
  return { metadata: {}, spec: { containers: named('main', containers), initContainers } };
}

/** Brings together what the API server only takes together, so that few pods are lost to a comparison. */
function reconcile({ spec }: DraftPod): void {
  const containers = [...spec.containers, ...spec.initContainers];
  for (const container of containers) reconcileContainer(container);
  const contexts = containers.map((container) => (container['securityContext'] ?? {}) as Draft);
  if (contexts.some((context) => context['procMount'] === 'Unmasked')) spec['hostUsers'] = false;
  if (spec['hostUsers'] === false) for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) delete spec[field];
  if (spec['hostNetwork'] !== true) return;
  for (const port of containers.flatMap((container) => (container['ports'] ?? []) as Draft[])) {
    if (port['hostPort']) port['hostPort'] = port['containerPort'];
  }
}

/** Who is privileged may escalate already. */
function reconcileContainer(container: Draft): void {
  const context = container['securityContext'] as Draft | undefined;
  if (context?.['allowPrivilegeEscalation'] !== false) return;
  const added = ((context['capabilities'] as Draft | null)?.['add'] ?? []) as readonly string[];
  if (context['privileged'] === true || added.includes('SYS_ADMIN') || added.includes('CAP_SYS_ADMIN')) {
    delete context['allowPrivilegeEscalation'];
  }
}
