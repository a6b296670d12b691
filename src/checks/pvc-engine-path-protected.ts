import { volumeStorage } from '../facts/storage.ts';
import type { StorageClassSubject } from '../kubernetes/objects.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import type { Check, Finding, Parameter } from './check.ts';
import { findingAt } from './findings.ts';
import { permitsHostPath } from './host-path-findings.ts';
import { pathFindings, pathsOfClass, pathsOfVolume, protectedWords } from './volume-paths.ts';

const heading = { id: 'pvc-engine-path-protected', severity: 'critical' } as const;

/** Forbids storage that leads pods to a container engine or to a protected tree of the node by way of a claim. */
export const pvcEnginePathProtected = {
  ...heading,
  title: 'Volume leads to a protected path of the node',
  why:
    'A pod that mounts a PersistentVolumeClaim shows no path, and every Pod Security level lets it pass: the path is in ' +
    'the PersistentVolume, or made by a provisioner of what a StorageClass says. It reaches the engine or the node as a ' +
    'hostPath volume does, and is therefore judged when it is created.',
  remedy:
    'Give the volume a folder of its own on the node, such as /mnt/disks/one, or a CSI driver; leave ' +
    'allowUnsafePathPattern out.',
  restricts: [
    {
      kind: 'PersistentVolume',
      fields: ['spec.{hostPath,local}.path'],
      allowed:
        'every path that engine-socket-mount and host-path-protected have nothing against, and what lies below ' +
        'the folders listed',
      listed: volumeStorage,
    },
    { kind: 'StorageClass', fields: ['parameters.{pvDir,nodePath}'], allowed: 'the same' },
    { kind: 'StorageClass', fields: ['parameters.pathPattern'], allowed: 'every template without a .. segment' },
    { kind: 'StorageClass', fields: ['parameters.allowUnsafePathPattern'], allowed: 'absent, false' },
  ],
  site: {
    engineRoots: { kind: 'hostPaths', description: 'Folders of the site in which an engine keeps its data.' },
    paths: { kind: 'hostPaths', description: 'Further paths of the site that are protected.' },
  },
  allow: { paths: { kind: 'allowedPaths', description: 'Protected paths that a volume may lead to.' } },
  find: {
    persistentVolume: (subject, { engineRoots, paths }) =>
      pathFindings(heading, pathsOfVolume(subject), (at) => protectedWords(at, [engineRoots, paths])),
    storageClass: (subject, { engineRoots, paths }) => [
      ...pathFindings(heading, pathsOfClass(subject), (at) => protectedWords(at, [engineRoots, paths])),
      ...unsafePatterns(subject),
    ],
  },
  permits: permitsHostPath,
} as const satisfies Check<
  { engineRoots: Parameter<'hostPaths'>; paths: Parameter<'hostPaths'> },
  { paths: Parameter<'allowedPaths'> }
>;

/**
 * A pattern from which whoever creates a claim may climb to any folder: `..` in it, or the switch that turns off the
 * provisioner's own test of what the template makes (github.com/rancher/local-path-provisioner, README and provisioner.go).
 */
function unsafePatterns({ parameters }: StorageClassSubject): readonly Finding[] {
  const found: Finding[] = [];
  const pattern = Object.hasOwn(parameters, 'pathPattern') ? (parameters['pathPattern'] ?? '') : '';
  if (/(?:^|[/\\}])\.\.(?:[/\\{]|$)/.test(pattern)) {
    const words = 'parameter pathPattern of the StorageClass has a `..` segment';
    found.push(findingAt(heading, pointerTo('', 'parameters', 'pathPattern'), {}, { words, value: 'pathPattern' }));
  }
  const unsafe = Object.hasOwn(parameters, 'allowUnsafePathPattern') ? parameters['allowUnsafePathPattern'] : undefined;
  if (unsafe !== undefined && unsafe !== null && /^(?:1|t|true)$/i.test(unsafe.trim())) {
    const words =
      'allowUnsafePathPattern lets whoever creates a claim of this StorageClass choose any folder of the node';
    const at = pointerTo('', 'parameters', 'allowUnsafePathPattern');
    found.push(findingAt(heading, at, {}, { words, value: 'allowUnsafePathPattern' }));
  }
  return found;
}
