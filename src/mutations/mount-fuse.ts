import type { Container, Pod, PodSubject } from '../kubernetes/subject.ts';
import {
  type Fuse,
  type FusePlan,
  fuseContainersAnnotation,
  planFuse,
  recordedFuseContainers,
} from '../matching/fuse.ts';
import type { Mutation } from './mutation.ts';

/**
 * Gives a pod that carries the label the fuse device and the sandbox class, and records which containers got it.
 *
 * Adds only what is missing: other limits, the requests and a class that is already there stay as they are.
 */
export const mountFuse: Mutation = {
  id: 'mount-fuse',
  twin: 'fuse-contract',
  apply(subject, fuse) {
    if (!asksForFuse(subject, fuse) || !fuse.permitted(subject.namespace)) return subject.pod;
    const plan = planFuse(subject, fuse);
    return plan.kind === 'grant' ? granted(subject, plan, fuse) : subject.pod;
  },
};

/** Whether the pod carries the configured label with the configured value. */
export function asksForFuse(subject: PodSubject, fuse: Fuse): boolean {
  return Object.hasOwn(subject.labels, fuse.label.key) && subject.labels[fuse.label.key] === fuse.label.value;
}

function granted(subject: PodSubject, plan: Extract<FusePlan, { kind: 'grant' }>, fuse: Fuse): Pod {
  const { pod, metadata, spec } = subject;
  const names = new Set(plan.names);
  const containers = spec.containers.map((container) =>
    names.has(container.name) ? withLimit(container, fuse) : container,
  );
  const hasLimits = containers.every((container, index) => container === spec.containers[index]);
  const isRecorded = recordedFuseContainers(subject) !== undefined;
  if (hasLimits && isRecorded && !plan.setRuntimeClass) return pod;
  const record = { [fuseContainersAnnotation]: plan.names.join(',') };
  return {
    ...pod,
    metadata: isRecorded ? metadata : { ...metadata, annotations: { ...metadata.annotations, ...record } },
    spec: {
      ...spec,
      containers: hasLimits ? spec.containers : containers,
      ...(plan.setRuntimeClass ? { runtimeClassName: fuse.runtimeClassName } : {}),
    },
  };
}

function withLimit(container: Container, fuse: Fuse): Container {
  const { resources } = container;
  if (resources?.limits != null && Object.hasOwn(resources.limits, fuse.resource)) return container;
  return {
    ...container,
    resources: { ...resources, limits: { ...resources?.limits, [fuse.resource]: String(fuse.count) } },
  };
}
