import { enginePlaces, engineSocketNames } from '../facts/host-paths.ts';
import { nodePlaces } from '../facts/node-paths.ts';
import type { Pointer } from '../kubernetes/pointer.ts';
import type { PodSubject, VolumeAt, VolumeMount } from '../kubernetes/subject.ts';
import type { PathAccess } from '../matching/allowed-paths.ts';
import { type CanonicalHostPath, canonicalHostPath, type ReadableHostPath } from '../matching/host-path.ts';
import { compileHostPathGroups, type HostPathHit } from '../matching/host-path-index.ts';
import { baseName } from '../matching/host-path-segments.ts';

/** A path on the node that a pod asks for: that of a volume, or of a mount with a subPath. */
export interface HostPathAt {
  readonly pointer: Pointer;
  readonly sent: string;
  readonly path: CanonicalHostPath;
  /** Over all mounts of it, in every list of containers. */
  readonly access: PathAccess;
  /** The engine's place that it reaches, of those that the product knows. */
  readonly engine: HostPathHit | undefined;
  /** The node's protected place that it reaches, of those that the product knows. */
  readonly node: HostPathHit | undefined;
}

/** A hostPath volume of a pod. */
export interface HostPathVolume extends HostPathAt {
  readonly name: string;
  /** Where `type: Socket` is written, which only fits a socket. */
  readonly socketTypeAt: Pointer | undefined;
  /** The paths that mounts with a subPath lead to, each once. */
  readonly subPaths: readonly HostPathAt[];
}

/** Which places of an engine and of the node a path reaches. */
export type Places = Pick<HostPathAt, 'path' | 'engine' | 'node'>;

interface MountAt {
  readonly at: Pointer;
  readonly mount: VolumeMount;
}

/** All mounts of the volumes of one name. */
interface Mounts {
  access: PathAccess;
  readonly withSubPath: MountAt[];
}

/** What reading one pod may still cost, so that no pod makes the others wait. */
interface Budget {
  text: number;
  forms: number;
}

const noVolumes: readonly HostPathVolume[] = Object.freeze([]);
const noMounts: Mounts = { access: 'rro', withSubPath: [] };
const known = new WeakMap<PodSubject, readonly HostPathVolume[]>();

const engineIndex = compileHostPathGroups(enginePlaces);
const nodeIndex = compileHostPathGroups(nodePlaces);
const socketNames: ReadonlySet<string> = new Set(engineSocketNames.flatMap((name) => [name, `${name}.ttrpc`]));

/** So many characters of joined paths are read in one pod: a short mount may repeat a long path of its volume. */
const mostSubPathText = 262_144;
/** So many names of paths are looked at in one pod: ordinary paths have two or three. */
const mostForms = 16_384;
/** A spelling that is longer is not joined with a subPath, but its canonical form is. */
const longestSpelling = 4096;

/**
 * Lists the hostPath volumes of a pod with what they reach, mounted or not: an ephemeral container can mount one later.
 *
 * The list is made once for each subject, so that several checks share it.
 */
export function hostPathVolumes(subject: PodSubject): readonly HostPathVolume[] {
  const { volumes } = subject;
  for (let index = 0; index < volumes.length; index++) {
    if (volumes[index]?.value.hostPath != null) return remembered(subject);
  }
  return noVolumes;
}

/** Finds the engine's place that a path reaches: a known one, or a socket that is known by its name. */
export function engineHit(path: ReadableHostPath): HostPathHit | undefined {
  return engineIndex.find(path) ?? engineSocket(path);
}

/** Finds the socket of an engine that a path is by its last name, wherever it lies. */
export function engineSocket(path: ReadableHostPath): HostPathHit | undefined {
  const form = path.forms.find((one) => socketNames.has(baseName(one.path)));
  if (form === undefined) return undefined;
  return { place: form.path, what: 'an engine socket by its name', remedy: undefined, reach: 'equal', form };
}

/** Finds the places that a path reaches, of those that the product knows. */
export function reachedBy(path: CanonicalHostPath): Places {
  if (path.kind === 'unreadable') return { path, engine: undefined, node: undefined };
  return { path, engine: engineHit(path), node: nodeIndex.find(path) };
}

function remembered(subject: PodSubject): readonly HostPathVolume[] {
  const before = known.get(subject);
  if (before !== undefined) return before;
  const found = readVolumes(subject);
  known.set(subject, found);
  return found;
}

function readVolumes(subject: PodSubject): readonly HostPathVolume[] {
  const volumes = subject.volumes.filter(({ value }) => value.hostPath != null);
  const mounts = mountsByVolume(subject, new Set(volumes.map(({ name }) => name)));
  const budget: Budget = { text: mostSubPathText, forms: mostForms };
  return volumes.map((volume) => readVolume(volume, mounts.get(volume.name) ?? noMounts, budget));
}

function mountsByVolume(subject: PodSubject, names: ReadonlySet<string>): ReadonlyMap<string, Mounts> {
  const byVolume = new Map<string, Mounts>();
  for (const container of subject.containers) {
    for (const [index, mount] of (container.value.volumeMounts ?? []).entries()) {
      const name = mount.name ?? '';
      if (!names.has(name)) continue;
      const mounts = byVolume.get(name) ?? { access: 'rro', withSubPath: [] };
      mounts.access = weaker(mounts.access, accessOf(mount));
      if (mount.subPath || mount.subPathExpr) {
        mounts.withSubPath.push({ at: `${container.at}/volumeMounts/${index}` as Pointer, mount });
      }
      byVolume.set(name, mounts);
    }
  }
  return byVolume;
}

function readVolume(volume: VolumeAt, mounts: Mounts, budget: Budget): HostPathVolume {
  const sent = volume.value.hostPath?.path ?? '';
  const places = placesOf(sent, budget);
  return {
    ...places,
    name: volume.name,
    sent,
    pointer: `${volume.at}/hostPath/path` as Pointer,
    access: mounts.access,
    socketTypeAt: volume.value.hostPath?.type === 'Socket' ? (`${volume.at}/hostPath/type` as Pointer) : undefined,
    subPaths: readSubPaths(sent, places, mounts.withSubPath, budget),
  };
}

function placesOf(sent: string, budget: Budget): Places {
  if (budget.forms < 0) return tooMany;
  const path = canonicalHostPath(sent);
  budget.forms -= path.kind === 'unreadable' ? 1 : path.forms.length;
  return reachedBy(path);
}

/**
 * Reads where the mounts with a subPath lead, as far as the volume itself does not lead there already: to a socket known
 * by its name, or through an alias that begins below the volume. In subPathExpr a `$(VAR)` counts as a name like others.
 */
function readSubPaths(sent: string, volume: Places, mounts: readonly MountAt[], budget: Budget): readonly HostPathAt[] {
  if (volume.path.kind === 'unreadable' || (volume.engine !== undefined && volume.node !== undefined)) return [];
  const base = sent.length > longestSpelling ? volume.path.forms[0].path : sent;
  const found = new Map<string, HostPathAt>();
  for (const { at, mount } of mounts) {
    for (const key of ['subPath', 'subPathExpr'] as const) {
      const subPath = mount[key];
      if (subPath == null || subPath === '') continue;
      const joined = base.endsWith('/') ? base + subPath : `${base}/${subPath}`;
      const before = found.get(joined);
      budget.text -= before === undefined ? joined.length : 1;
      const isOver = budget.text < 0;
      const places = isOver ? tooMany : (before ?? placesOf(joined, budget));
      found.set(isOver ? '' : joined, {
        path: places.path,
        engine: places.engine,
        node: places.node,
        sent: joined,
        pointer: before?.pointer ?? (`${at}/${key}` as Pointer),
        access: weaker(before?.access ?? 'rro', accessOf(mount)),
      });
      if (isOver) return [...found.values()];
    }
  }
  return [...found.values()];
}

const tooMany: Places = {
  path: { kind: 'unreadable', problem: 'is one of too many paths in one pod' },
  engine: undefined,
  node: undefined,
};

function accessOf(mount: VolumeMount): PathAccess {
  if (mount.readOnly !== true) return 'rw';
  return mount.recursiveReadOnly === 'Enabled' ? 'rro' : 'ro';
}

function weaker(a: PathAccess, b: PathAccess): PathAccess {
  if (a === 'rw' || b === 'rw') return 'rw';
  return a === 'ro' || b === 'ro' ? 'ro' : 'rro';
}
