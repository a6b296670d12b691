import type { CustomResource, PodPath } from '../kubernetes/custom-resource.ts';
import { type Pointer, pointerTo } from '../kubernetes/pointer.ts';
import { subjectReader } from '../kubernetes/reader.ts';
import { type Fields, isObject } from '../kubernetes/shape.ts';
import { partsSubject, podSubject, type Subject } from '../kubernetes/subject.ts';

/** Says what an object holds that is judged: nothing, itself, the pod inside of it, or several. */
export type SubjectsOf = (object: Fields, namespace: string) => readonly Subject[];

/** Compiles the list of custom resources into a look-up. What it returns throws UnreadableObjectError. */
export function compileSubjects(resources: readonly CustomResource[]): SubjectsOf {
  const byKind = new Map<string, PodPath[]>();
  for (const { kinds, pods } of resources) {
    for (const kind of kinds) byKind.set(kind, [...(byKind.get(kind) ?? []), ...pods]);
  }
  return (object, namespace) => {
    const { group, kind } = kindOf(object);
    const read = subjectReader({ group, kind });
    if (read !== undefined) {
      const subject = read(object, namespace);
      return subject === undefined ? [] : [subject];
    }
    return (byKind.get(`${group}/${kind}`) ?? []).flatMap((path) => podsAt(object, path, namespace));
  };
}

/** The group of an object's apiVersion, empty for that of the core, and its kind; both empty where it has none. */
function kindOf(object: Fields): { readonly group: string; readonly kind: string } {
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return { group: '', kind: '' };
  const slash = apiVersion.indexOf('/');
  return { group: slash === -1 ? '' : apiVersion.slice(0, slash), kind };
}

interface Found {
  readonly at: Pointer;
  readonly value: unknown;
}

function podsAt(object: Fields, path: PodPath, namespace: string): readonly Subject[] {
  return lookUp({ at: '', value: object }, path.at).flatMap(({ at, value }) => {
    if (!isObject(value)) return [];
    if (path.is === 'template') return [podSubject(value, namespace, 'custom', at)];
    const containers = listed(value, at, path.is === 'spec' ? podContainers : (path.containers ?? []));
    const volumes = [
      ...listed(value, at, path.is === 'spec' ? ['volumes'] : (path.volumes ?? [])),
      ...listed(value, at, path.hostDisks ?? []).flatMap(hostDisk),
    ];
    const spec = path.containers?.includes('') ? without(value, 'securityContext') : value;
    if (path.is === 'parts' && containers.length === 0 && volumes.length === 0) return [];
    return [partsSubject({ namespace, at, spec: podLevelOf(spec), containers, volumes })];
  });
}

/** A disk of a virtual machine that is a file or folder of the node, as the volume that its pod mounts. */
function hostDisk({ at, value }: Found): readonly Found[] {
  const disk = isObject(value) ? value['hostDisk'] : undefined;
  if (!isObject(value) || !isObject(disk)) return [];
  return [{ at, value: { name: value['name'], hostPath: { path: disk['path'] } } }];
}

const podContainers = ['containers', 'initContainers', 'ephemeralContainers'];

/** Fields that mean the same wherever an API has taken them over from PodSpec. */
const podLevel: ReadonlySet<string> = new Set([
  'automountServiceAccountToken',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'hostUsers',
  'nodeName',
  'os',
  'priorityClassName',
  'runtimeClassName',
  'securityContext',
  'serviceAccountName',
  'shareProcessNamespace',
  'tolerations',
]);

function podLevelOf(spec: Fields): Fields {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => podLevel.has(key)));
}

function without(object: Fields, key: string): Fields {
  const { [key]: _, ...rest } = object;
  return rest;
}

/** What lies at the paths: an object, or each entry of a list. */
function listed(holder: Fields, at: Pointer, paths: readonly string[]): readonly Found[] {
  return paths.flatMap((path) =>
    lookUp({ at, value: holder }, path).flatMap((found) => {
      if (!Array.isArray(found.value)) return isObject(found.value) ? [found] : [];
      return found.value.map((value: unknown, index) => ({ at: pointerTo(found.at, index), value }));
    }),
  );
}

function lookUp(from: Found, path: string): readonly Found[] {
  let found: readonly Found[] = [from];
  for (const key of path === '' ? [] : path.split('.')) {
    found = found.flatMap(({ at, value }) => {
      if (typeof value !== 'object' || value === null) return [];
      if (key === '*') return Object.entries(value).map(([name, one]) => ({ at: pointerTo(at, name), value: one }));
      if (!Object.hasOwn(value, key)) return [];
      return [{ at: pointerTo(at, key), value: (value as Fields)[key] }];
    });
  }
  return found;
}
