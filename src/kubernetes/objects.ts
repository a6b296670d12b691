import type { V1PersistentVolume, V1RuntimeClass, V1StorageClass } from '@kubernetes/client-node';
import { type Pointer, pointerTo } from './pointer.ts';
import type { DeepReadonly } from './readonly.ts';
import {
  each,
  type Fields,
  isFlag,
  isObject,
  isText,
  requireMetadata,
  requireStrings,
  UnreadableObjectError,
  within,
  wrong,
} from './shape.ts';
import type { ObjectMeta, ObjectSubject } from './subject.ts';

/** A PersistentVolume: what pods reach by their claims, and never name themselves. */
export interface PersistentVolumeSubject extends ObjectSubject {
  readonly kind: 'persistentVolume';
  readonly volume: DeepReadonly<V1PersistentVolume>;
}

/** A StorageClass: what decides where the volumes of claims will lie. */
export interface StorageClassSubject extends ObjectSubject {
  readonly kind: 'storageClass';
  readonly storageClass: DeepReadonly<V1StorageClass>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A RuntimeClass: a name for a handler of the container runtime. */
export interface RuntimeClassSubject extends ObjectSubject {
  readonly kind: 'runtimeClass';
  readonly name: string;
  readonly runtimeClass: DeepReadonly<V1RuntimeClass>;
}

/** A device class that a claim asks for. */
export interface DeviceRequest {
  /** Where the class is named. */
  readonly at: Pointer;
  readonly deviceClassName: string;
  /** Where it asks for devices that are in use by others: KEP-5018. */
  readonly adminAccessAt: Pointer | undefined;
}

/** A ResourceClaim, or a ResourceClaimTemplate with the claim that it makes: KEP-4381. */
export interface ResourceClaimSubject extends ObjectSubject {
  readonly kind: 'resourceClaim';
  readonly requests: readonly DeviceRequest[];
}

/** A Service: what gives a port of pods a name in the cluster, or on every node. */
export interface ServiceSubject extends ObjectSubject {
  readonly kind: 'service';
  readonly ports: readonly ServicePort[];
}

/** A port of a Service with its place: `targetPort` may be the name of a container's port. */
export interface ServicePort {
  readonly at: Pointer;
  readonly port: number | undefined;
  readonly targetPort: number | string | undefined;
}

const nothing = Object.freeze({});

/** Views a PersistentVolume as a subject. Throws UnreadableObjectError. */
export function persistentVolumeSubject(value: unknown): PersistentVolumeSubject {
  const object = requireObject(value);
  within(object['spec'], 'spec', requireVolumeSpec);
  return { kind: 'persistentVolume', ...commonOf(object, ''), volume: object as DeepReadonly<V1PersistentVolume> };
}

/** Views a StorageClass as a subject. Throws UnreadableObjectError. */
export function storageClassSubject(value: unknown): StorageClassSubject {
  const object = requireObject(value);
  if (!isText(object['provisioner'])) wrong('provisioner', 'a string');
  within(object['parameters'], 'parameters', requireStrings);
  const storageClass = object as unknown as DeepReadonly<V1StorageClass>;
  return {
    kind: 'storageClass',
    ...commonOf(object, '', ''),
    storageClass,
    parameters: storageClass.parameters ?? nothing,
  };
}

/** Views a RuntimeClass as a subject. Throws UnreadableObjectError. */
export function runtimeClassSubject(value: unknown): RuntimeClassSubject {
  const object = requireObject(value);
  if (!isText(object['handler'])) wrong('handler', 'a string');
  const runtimeClass = object as unknown as DeepReadonly<V1RuntimeClass>;
  const common = commonOf(object, '', '');
  return { kind: 'runtimeClass', ...common, name: common.metadata.name ?? '', runtimeClass };
}

/** Views a ResourceClaim of any version as a subject. Throws UnreadableObjectError. */
export function resourceClaimSubject(value: unknown, namespace: string): ResourceClaimSubject {
  const object = requireObject(value);
  return { kind: 'resourceClaim', ...commonOf(object, namespace), requests: requestsOf(object, '') };
}

/** Views a ResourceClaimTemplate of any version as a subject. Throws UnreadableObjectError. */
export function resourceClaimTemplateSubject(value: unknown, namespace: string): ResourceClaimSubject {
  const object = requireObject(value);
  let requests: readonly DeviceRequest[] = [];
  within(object['spec'], 'spec', (template) => {
    requests = requestsOf(template, '/spec');
  });
  return { kind: 'resourceClaim', ...commonOf(object, namespace), requests };
}

/** Views a Service as a subject. Throws UnreadableObjectError. */
export function serviceSubject(value: unknown, namespace: string): ServiceSubject {
  const object = requireObject(value);
  const ports: ServicePort[] = [];
  within(object['spec'], 'spec', (spec) => {
    each(spec['ports'], 'ports', (entry) => {
      const { port, targetPort } = entry as { readonly port?: unknown; readonly targetPort?: unknown };
      if (port != null && typeof port !== 'number') wrong('port', 'a number');
      if (targetPort != null && typeof targetPort !== 'number' && typeof targetPort !== 'string') {
        wrong('targetPort', 'a number or a string');
      }
      ports.push({
        at: pointerTo('/spec', 'ports', ports.length),
        port: port ?? undefined,
        targetPort: targetPort ?? undefined,
      });
    });
  });
  return { kind: 'service', ...commonOf(object, namespace), ports };
}

function requireObject(value: unknown): Fields {
  if (!isObject(value)) throw new UnreadableObjectError('', 'is not an object');
  within(value['metadata'], 'metadata', requireMetadata);
  return value;
}

function commonOf(object: Fields, namespace: string, specAt: Pointer = '/spec'): ObjectSubject {
  const metadata = (object['metadata'] ?? nothing) as ObjectMeta;
  return {
    namespace,
    metadata,
    metadataAt: '/metadata',
    specAt,
    labels: metadata.labels ?? nothing,
    annotations: metadata.annotations ?? nothing,
  };
}

function requireVolumeSpec(spec: Fields): void {
  within(spec['hostPath'], 'hostPath', requirePath);
  within(spec['local'], 'local', requirePath);
  within(spec['nfs'], 'nfs', (nfs) => {
    if (!isText(nfs['server'])) wrong('server', 'a string');
  });
  within(spec['csi'], 'csi', requireDriver);
  within(spec['flexVolume'], 'flexVolume', requireDriver);
}

function requirePath(source: Fields): void {
  if (!isText(source['path'])) wrong('path', 'a string');
  if (!isText(source['type'])) wrong('type', 'a string');
}

function requireDriver(source: Fields): void {
  if (!isText(source['driver'])) wrong('driver', 'a string');
}

/**
 * The requests of a claim, wherever its version has them: in v1 and v1beta2 below `exactly` or `firstAvailable`, in
 * v1beta1 in the request itself (k8s.io/api/resource).
 */
function requestsOf(holder: Fields, at: Pointer): readonly DeviceRequest[] {
  const requests: DeviceRequest[] = [];
  const add = (request: Fields, ...tokens: readonly (string | number)[]): void => {
    if (!isText(request['deviceClassName'])) wrong('deviceClassName', 'a string');
    if (!isFlag(request['adminAccess'])) wrong('adminAccess', 'a boolean');
    const own = pointerTo(at, 'spec', 'devices', 'requests', ...tokens);
    const deviceClassName = (request['deviceClassName'] as string | null | undefined) ?? '';
    const adminAccessAt = request['adminAccess'] === true ? pointerTo(own, 'adminAccess') : undefined;
    if (deviceClassName === '' && adminAccessAt === undefined) return;
    requests.push({ at: pointerTo(own, 'deviceClassName'), deviceClassName, adminAccessAt });
  };
  within(holder['spec'], 'spec', (spec) => {
    within(spec['devices'], 'devices', (devices) => {
      let index = 0;
      each(devices['requests'], 'requests', (request) => {
        const own = index++;
        add(request, own);
        within(request['exactly'], 'exactly', (exactly) => add(exactly, own, 'exactly'));
        let alternative = 0;
        each(request['firstAvailable'], 'firstAvailable', (one) => add(one, own, 'firstAvailable', alternative++));
      });
    });
  });
  return requests;
}
