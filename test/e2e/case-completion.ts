import { smallestProjections, smallestSources } from './volume-sources.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Adds to the object of a case what the API server demands beside what the case is about: cases are written as short as
 * they can be. What a case says itself, if only that there is nothing, stays.
 */
export function completed(object: Json): Json {
  const spec = isObject(object['spec']) ? object['spec'] : {};
  if (object['kind'] === 'Pod') return { ...object, spec: completedPod(spec) };
  if (object['kind'] === 'PersistentVolume') return { ...object, spec: completedVolume(spec) };
  return object;
}

const containerLists = ['containers', 'initContainers', 'ephemeralContainers'];

function completedPod(spec: Json): Json {
  const lists = containerLists.filter((list) => Array.isArray(spec[list]));
  const volumes = Array.isArray(spec['volumes']) ? { volumes: spec['volumes'].map(completedSources) } : {};
  return {
    ...requiredBeside(JSON.stringify(spec)),
    ...spec,
    ...volumes,
    ...Object.fromEntries(lists.map((list) => [list, (spec[list] as unknown[]).map(completedContainer)])),
  };
}

/** A token is a service account's, and a process of a Windows node is in the node's network. */
function requiredBeside(text: string): Json {
  return {
    ...(text.includes('"serviceAccountToken":{') ? { serviceAccountName: 'builder' } : {}),
    ...(text.includes('"hostProcess":true') ? { hostNetwork: true } : {}),
  };
}

function completedContainer(container: unknown): unknown {
  if (!isObject(container)) return container;
  const mounts = JSON.stringify(container['volumeMounts'] ?? []);
  // Only privileged containers may spread mounts.
  const securityContext = mounts.includes('"Bidirectional"') ? { securityContext: { privileged: true } } : {};
  const envFrom = Array.isArray(container['envFrom']) ? { envFrom: container['envFrom'].map(completedEnvFrom) } : {};
  return { ...securityContext, ...container, ...envFrom };
}

function completedEnvFrom(source: unknown): unknown {
  const isComplete = !isObject(source) || 'configMapRef' in source || 'secretRef' in source;
  return isComplete ? source : { ...source, configMapRef: { name: 'settings' } };
}

/** Not hostPath and image: without a path or a reference they are what a case is about. */
const { hostPath: _, image: __, ...sources } = smallestSources;

function completedSources(volume: unknown): unknown {
  const whole = completedBy(sources, volume);
  if (!isObject(whole) || !isObject(whole['projected']) || !Array.isArray(whole['projected']['sources'])) return whole;
  const projections = whole['projected']['sources'].map((source) => completedBy(smallestProjections, source));
  return { ...whole, projected: { ...whole['projected'], sources: projections } };
}

function completedBy(smallest: Readonly<Record<string, Json>>, holder: unknown): unknown {
  if (!isObject(holder)) return holder;
  return Object.fromEntries(
    Object.entries(holder).map(([kind, source]) => [
      kind,
      isObject(source) ? { ...smallest[kind], ...source } : source,
    ]),
  );
}

function completedVolume(spec: Json): Json {
  const terms = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node-1'] }] }];
  return {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    ...(completedBy({ ...sources, csi: { ...sources['csi'], volumeHandle: 'vol-1' } }, spec) as Json),
    ...(isObject(spec['local']) ? { nodeAffinity: { required: { nodeSelectorTerms: terms } } } : {}),
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
