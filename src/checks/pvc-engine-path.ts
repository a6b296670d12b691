import { isHostPathDriver } from '../facts/storage.ts';
import type { PersistentVolumeSubject, StorageClassSubject } from '../kubernetes/objects.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import { canonicalHostPath } from '../matching/host-path.ts';
import { nodeHostProblem } from '../matching/node-host.ts';
import type { Check, Finding, Parameter, Shape } from './check.ts';
import { findingAt, shown } from './findings.ts';
import { permitsHostPath } from './host-path-findings.ts';
import {
  isBelowAny,
  pathFindings,
  pathsOfClass,
  pathsOfVolume,
  protectedWords,
  type VolumePath,
} from './volume-paths.ts';

const heading = { id: 'pvc-engine-path', severity: 'medium' } as const;

/** Forbids storage that is a folder of the node, or of an address that only the node has. */
export const pvcEnginePath = {
  ...heading,
  title: 'Volume is a folder of the node',
  why:
    'The container runtime follows a link that it finds at the path of a volume, on the node: whoever can write to one ' +
    'harmless folder places a link to any other there, and the next volume leads there. Drivers that give out folders of ' +
    'the node, a template over more than the names of a claim, and an NFS server on the loopback are the same by another name.',
  remedy: 'Use a CSI driver with storage of its own, or have the path, its folder or the driver allowed.',
  restricts: [
    {
      kind: 'PersistentVolume',
      fields: ['spec.{hostPath,local}.path'],
      allowed: 'absent, and the paths and folders of the allowance; what pvc-engine-path-protected finds is left to it',
    },
    {
      kind: 'PersistentVolume',
      fields: ['spec.csi.driver'],
      allowed:
        'every driver but those that give out folders of the node by their names, which begin with local.csi. or ' +
        'have hostpath in them',
    },
    {
      kind: 'PersistentVolume',
      fields: ['spec.nfs.server'],
      allowed: 'every name and address of a host but the loopback of the node, in any spelling',
    },
    { kind: 'StorageClass', fields: ['parameters.{pvDir,nodePath}'], allowed: 'as the paths of a PersistentVolume' },
    {
      kind: 'StorageClass',
      fields: ['parameters.pathPattern'],
      allowed:
        'text, and the actions {{ .PVC.Name }}, {{ .PVC.Namespace }}, {{ .PVC.UID }} and {{ .PVName }} within it, ' +
        'without labels or annotations of a claim by another syntax',
    },
  ],
  site: {},
  allow: {
    paths: { kind: 'allowedPaths', description: 'Paths that a volume may be.' },
    storage: { kind: 'hostPaths', description: 'Folders below which volumes may lie, at any depth.' },
    drivers: { kind: 'names', description: 'CSI drivers that give out folders of the node and may be used.' },
  },
  find: {
    persistentVolume: (subject) => [
      ...pathFindings(heading, pathsOfVolume(subject), folderWords),
      ...remoteNodes(subject),
    ],
    storageClass: (subject) => [
      ...pathFindings(heading, pathsOfClass(subject), folderWords),
      ...claimedPatterns(subject),
    ],
  },
  permits(finding, { paths, storage, drivers }) {
    const { value } = finding;
    if (value.startsWith('csi:')) return drivers?.has(value.slice('csi:'.length)) === true;
    if (permitsHostPath(finding, { paths })) return true;
    if (storage === undefined || !value.endsWith(':rw')) return false;
    const sent = value.slice(0, -':rw'.length);
    return isBelowAny({ path: canonicalHostPath(sent), sent }, storage);
  },
} as const satisfies Check<
  Shape,
  { paths: Parameter<'allowedPaths'>; storage: Parameter<'hostPaths'>; drivers: Parameter<'names'> }
>;

/** What is protected is the matter of pvc-engine-path-protected. */
function folderWords(at: VolumePath): string | undefined {
  return protectedWords(at, []) === undefined ? ', a folder of the node' : undefined;
}

/** Folders of the node by another name: a driver that gives them out, an NFS server that only the node reaches. */
function remoteNodes({ volume, specAt }: PersistentVolumeSubject): readonly Finding[] {
  const found: Finding[] = [];
  const driver = volume.spec?.csi?.driver ?? '';
  if (isHostPathDriver(driver)) {
    const words = `the PersistentVolume is one of the driver "${shown(driver)}", which gives out folders of the node`;
    found.push(findingAt(heading, pointerTo(specAt, 'csi', 'driver'), {}, { words, value: `csi:${driver}` }));
  }
  const server = volume.spec?.nfs?.server ?? '';
  const problem = server === '' ? undefined : nodeHostProblem(server);
  if (problem !== undefined) {
    const words = `the PersistentVolume is one of the NFS server "${shown(server)}", which ${problem}`;
    found.push(findingAt(heading, pointerTo(specAt, 'nfs', 'server'), {}, { words, value: `nfs:${server}` }));
  }
  return found;
}

/** An action of a template that writes what the API server has checked or made up: a name, or an identifier. */
const harmlessAction = /\{\{(?:-\s)?\s*\.(?:PVName|PVC\.(?:Name|Namespace|UID))\s*(?:\s-)?\}\}/gi;

/**
 * A template over what the author of a claim writes: names are checked by the API server, labels and annotations can be
 * anything, and a template of Go has many ways to them. Other provisioners write `${.PVC.annotations.folder}`.
 */
function claimedPatterns({ parameters }: StorageClassSubject): readonly Finding[] {
  const pattern = Object.hasOwn(parameters, 'pathPattern') ? (parameters['pathPattern'] ?? '') : '';
  const rest = pattern.replaceAll(harmlessAction, '_');
  if (!rest.includes('{{') && !/\.(?:labels|annotations)\b/i.test(rest)) return [];
  const words =
    'parameter pathPattern of the StorageClass is a template over more than the names of a claim, its namespace and its ' +
    'volume';
  return [findingAt(heading, pointerTo('', 'parameters', 'pathPattern'), {}, { words, value: 'pathPattern' })];
}
