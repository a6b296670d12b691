import { type Pointer, pointerTo } from '../kubernetes/pointer.ts';
import type { Container, ContainerAt, PodSubject } from '../kubernetes/subject.ts';
import {
  acceptsFuseSandbox,
  type Fuse,
  type FuseObstacle,
  fuseContainersAnnotation,
  namesInFuseAnnotation,
  planFuse,
  recordedFuseContainers,
} from '../matching/fuse.ts';
import { quantityEquals } from '../matching/quantity.ts';
import { type Check, type Finding, none, type Place } from './check.ts';

/** Proves that a pod with the fuse device got it by the contract, whatever became of the mutation. */
export const fuseContract = {
  id: 'fuse-contract',
  title: 'Fuse device outside of its contract',
  severity: 'high',
  why:
    'A pod that holds /dev/fuse on the shared kernel can reach kernel bugs that a build never needs. The device is ' +
    'given only in namespaces that may ask for it, only to the container that builds, and only inside a sandbox class. ' +
    'The mutation arranges that; this check proves it, so that a mutation that was skipped is a denial with a reason.',
  remedy: 'Ask with the label only, and leave the limit, the annotation and the runtime class to the webhook.',
  restricts: [
    {
      fields: ['metadata.labels[mount-fuse]'],
      allowed: 'absent; or the label of mountFuse, in a namespace that it lists',
    },
    {
      fields: ['spec.containers[*].resources.{limits,requests}[*]'],
      allowed:
        'with the label, exactly the configured count of the resource in exactly the recorded containers; the ' +
        'resources of mountFuse nowhere else',
    },
    {
      fields: [`metadata.annotations[${fuseContainersAnnotation}]`],
      allowed: 'with the label, names that spec.containers has',
    },
    {
      fields: ['spec.runtimeClassName'],
      allowed: 'with the label, a class that mountFuse accepts, or where it says so hostUsers: false in its place',
    },
  ],
  site: { fuse: { kind: 'fuse', description: 'The fuse contract, from mountFuse.' } },
  allow: {},
  annotations: [fuseContainersAnnotation],
  find: {
    pod(subject, site) {
      const fuse = site.fuse;
      if (fuse === undefined) return none;
      const labelled =
        Object.hasOwn(subject.labels, fuse.label.key) && subject.labels[fuse.label.key] === fuse.label.value;
      if (
        labelled
          ? isPlainlyKept(subject, fuse)
          : !subject.containers.some(({ value }) => holdsAny(value.resources, fuse))
      ) {
        return none;
      }
      return brokenClauses(
        subject,
        fuse,
        labelled,
        subject.containers.flatMap((container) => heldBy(container, fuse)),
      );
    },
  },
  permits: () => true,
} as const satisfies Check<{ fuse: { kind: 'fuse'; description: string } }>;

/** How many containers are named to choose from: a pod may have thousands. */
const mostCandidates = 10;

/** A fuse resource that a container names, in its limits or requests. */
interface Held {
  readonly container: ContainerAt;
  readonly resource: string;
  readonly pointer: Pointer;
}

function heldBy(container: ContainerAt, fuse: Fuse): readonly Held[] {
  const { limits, requests } = container.value.resources ?? {};
  const held = (list: 'limits' | 'requests', resource: string) => {
    return { container, resource, pointer: pointerTo(container.at, 'resources', list, resource) };
  };
  const limited = Object.keys(limits ?? {}).filter((resource) => isFuse(resource, fuse));
  const requested = Object.keys(requests ?? {}).filter((resource) => isFuse(resource, fuse));
  return [
    ...limited.map((resource) => held('limits', resource)),
    ...requested.filter((resource) => !limited.includes(resource)).map((resource) => held('requests', resource)),
  ];
}

type Resources = Container['resources'] | null;

/**
 * Proves the common case without an allocation: a labelled pod with one recorded container that holds exactly the count.
 *
 * False says nothing: the clauses are then looked at one by one.
 */
function isPlainlyKept(subject: PodSubject, fuse: Fuse): boolean {
  const { containers, namespace, spec } = subject;
  if (!fuse.permitted(namespace) || !acceptsFuseSandbox(fuse, spec.runtimeClassName, spec.hostUsers)) return false;
  const recorded = recordedFuseContainers(subject);
  if (!recorded || recorded.includes(',')) return false;
  let chosen = 0;
  for (const { name, list, value } of containers) {
    if (list === 'containers' && name === recorded) {
      if (!holdsJustTheCount(value.resources, fuse)) return false;
      chosen += 1;
    } else if (holdsAny(value.resources, fuse)) return false;
  }
  return chosen === 1;
}

function holdsJustTheCount(resources: Resources, fuse: Fuse): boolean {
  const { limits, requests } = resources ?? {};
  const count = String(fuse.count);
  if (limits == null || limits[fuse.resource] !== count) return false;
  for (const resource in limits) if (fuse.gatedResources.has(resource)) return false;
  if (requests == null) return true;
  for (const resource in requests) {
    if (isFuse(resource, fuse) && (resource !== fuse.resource || requests[resource] !== count)) return false;
  }
  return true;
}

function holdsAny(resources: Resources, fuse: Fuse): boolean {
  const { limits, requests } = resources ?? {};
  if (limits != null) for (const resource in limits) if (isFuse(resource, fuse)) return true;
  if (requests != null) for (const resource in requests) if (isFuse(resource, fuse)) return true;
  return false;
}

function isFuse(resource: string, fuse: Fuse): boolean {
  return resource === fuse.resource || fuse.gatedResources.has(resource);
}

function brokenClauses(subject: PodSubject, fuse: Fuse, labelled: boolean, held: readonly Held[]): readonly Finding[] {
  const findings: Finding[] = [];
  const labelAt = pointerTo(subject.metadataAt, 'labels', fuse.label.key);
  const asked = labelled ? labelAt : (held[0]?.pointer ?? labelAt);
  const label = `${fuse.label.key}: ${JSON.stringify(fuse.label.value)}`;
  if (!fuse.permitted(subject.namespace)) {
    findings.push(
      clause(
        'namespace',
        asked,
        { key: fuse.label.key },
        `pods of namespace "${subject.namespace}" may not ask for the fuse device`,
        `Build in a namespace that mountFuse.namespaces lists, or drop the ${labelled ? 'label' : 'limit'}.`,
      ),
    );
  }
  if (!labelled) {
    findings.push(
      clause(
        'label',
        asked,
        { key: fuse.label.key },
        `the pod holds a fuse device without the label ${label}`,
        `Drop the limit and set the label ${label} when the pod is created.`,
      ),
    );
  }
  if (!acceptsFuseSandbox(fuse, subject.spec.runtimeClassName, subject.spec.hostUsers))
    findings.push(sandbox(subject, fuse));
  const recorded = recordedChoice(subject);
  if (recorded === undefined) findings.push(choice(subject, fuse));
  const chosen = new Set(recorded);
  findings.push(...quantities(subject, fuse, chosen), ...strangers(fuse, chosen, held));
  return findings;
}

/** The recorded names, or undefined when there is no record, or one that names what spec.containers does not have. */
function recordedChoice(subject: PodSubject): readonly string[] | undefined {
  const recorded = recordedFuseContainers(subject);
  if (recorded === undefined) return undefined;
  const names = namesInFuseAnnotation(recorded);
  const existing = new Set(appContainers(subject).map((container) => container.name));
  return names.length > 0 && names.every((name) => existing.has(name)) ? names : undefined;
}

/** Why there is no choice on record: what the mutation would meet now is most likely what it met. */
function choice(subject: PodSubject, fuse: Fuse): Finding {
  const annotated = recordedFuseContainers(subject) !== undefined;
  const at = annotated
    ? pointerTo(subject.metadataAt, 'annotations', fuseContainersAnnotation)
    : pointerTo(subject.metadataAt, 'labels', fuse.label.key);
  const plan = planFuse(subject, fuse);
  const [message, remedy] = unrecorded(plan.kind === 'refuse' ? plan.obstacle : undefined, annotated, subject, fuse);
  return clause('choice', at, { key: fuseContainersAnnotation }, message, remedy);
}

function unrecorded(
  obstacle: FuseObstacle | undefined,
  annotated: boolean,
  subject: PodSubject,
  fuse: Fuse,
): readonly [message: string, remedy: string] {
  switch (obstacle) {
    case 'choice': {
      const candidates = appContainers(subject)
        .slice(0, mostCandidates)
        .map(({ name }) => `"${name}"`)
        .join(', ');
      const problem = annotated
        ? `annotation ${fuseContainersAnnotation} names a container that spec.containers does not have`
        : 'no container could be chosen for the fuse device';
      return [
        `${problem}; candidates are ${candidates}`,
        `Name the container that builds in the annotation ${fuseContainersAnnotation}.`,
      ];
    }
    case 'stranger':
      return [
        'the pod was left as it is, since a container asks for the fuse device by itself',
        'Leave the device out of all limits and requests; the webhook sets it.',
      ];
    case 'quantity':
      return [
        `the pod was left as it is, since a container asks for another count of ${fuse.resource} than ${fuse.count}`,
        `Leave ${fuse.resource} out of its limits and requests; the webhook sets it.`,
      ];
    case 'sandbox':
      return [
        'the pod was left as it is, since its sandbox is not accepted',
        'Leave runtimeClassName and hostUsers to the webhook.',
      ];
    case undefined:
      return [
        'the pod was not mutated: the label was added later, or /mutate was unreachable',
        'Create the pod anew with the label.',
      ];
  }
}

function sandbox(subject: PodSubject, fuse: Fuse): Finding {
  const set = subject.spec.runtimeClassName;
  const accepted = [fuse.runtimeClassName, ...fuse.acceptedRuntimeClassNames].map((name) => `"${name}"`).join(', ');
  const instead = fuse.acceptUserNamespaces ? ' or hostUsers: false' : '';
  return clause(
    `sandbox:${set ?? 'none'}`,
    pointerTo(subject.specAt, 'runtimeClassName'),
    {},
    set == null
      ? `the pod asks for the fuse device without a sandbox class${subject.spec.hostUsers === false ? ' (hostUsers: false is not accepted in its place here)' : ''}`
      : `runtimeClassName "${set}" is no sandbox that the fuse device is given in`,
    `Leave runtimeClassName out, or use ${accepted}${instead}.`,
  );
}

function quantities(subject: PodSubject, fuse: Fuse, chosen: ReadonlySet<string>): readonly Finding[] {
  const findings: Finding[] = [];
  for (const container of appContainers(subject)) {
    if (!chosen.has(container.name)) continue;
    const { limits, requests } = container.value.resources ?? {};
    const limit = limits?.[fuse.resource];
    const request = requests?.[fuse.resource];
    const wrong = !quantityEquals(limit, fuse.count)
      ? 'limits'
      : request != null && !quantityEquals(request, fuse.count)
        ? 'requests'
        : undefined;
    if (wrong === undefined) continue;
    findings.push(
      clause(
        `quantity:${wrong}`,
        pointerTo(container.at, 'resources', wrong, fuse.resource),
        { container: container.name },
        `container "${container.name}" does not hold exactly ${fuse.count} of ${fuse.resource} in its ${wrong}`,
        `Leave ${fuse.resource} out of its limits and requests; the webhook sets it.`,
      ),
    );
  }
  return findings;
}

function strangers(fuse: Fuse, chosen: ReadonlySet<string>, held: readonly Held[]): readonly Finding[] {
  return held
    .filter(({ container, resource }) => {
      return resource !== fuse.resource || container.list !== 'containers' || !chosen.has(container.name);
    })
    .map(({ container, resource, pointer }) =>
      clause(
        `holds:${resource}`,
        pointer,
        { container: container.name },
        `container "${container.name}" asks for ${resource} by itself`,
        `Drop it, and use the label ${fuse.label.key}: ${JSON.stringify(fuse.label.value)} instead.`,
      ),
    );
}

function appContainers(subject: PodSubject): readonly ContainerAt[] {
  return subject.containers.filter((container) => container.list === 'containers');
}

function clause(value: string, pointer: Pointer, place: Place, message: string, remedy: string): Finding {
  return { check: 'fuse-contract', severity: 'high', pointer, place, message, value, remedy };
}
