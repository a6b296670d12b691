/** A JSON object whose fields nobody has looked at yet. */
export type Json = Readonly<Record<string, unknown>>;

/** The value as an object; anything else is an empty one. */
export function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** The value as a list of objects; anything else is an empty one. */
export function records(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(record) : [];
}

/** The value as a list of strings; what is not a string is left out. */
export function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The value as a string; anything else is the empty one. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Whether a field says anything: an explicit null says nothing. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Notes that a check finds something at a place, when the condition holds. */
export type Report = (check: string, place: string, holds?: boolean) => void;

/** The place of what is found in the pod itself. */
export const wholePod = 'pod';

/** The place of what is found in a container. */
export function inContainer(container: Json): string {
  return `container ${text(container['name'])}`;
}

/** The place of what is found in a volume. */
export function inVolume(volume: Json): string {
  return `volume ${text(volume['name'])}`;
}

/** The place of what is found in an annotation or a label. */
export function atKey(key: string): string {
  return `key ${key}`;
}

/** Every container of the pod, in all three lists. */
export function containersOf(spec: Json): readonly Json[] {
  return [...records(spec['containers']), ...records(spec['initContainers']), ...records(spec['ephemeralContainers'])];
}

/** What a container does at its start and at its end. */
export function hooksOf(container: Json): readonly Json[] {
  const lifecycle = record(container['lifecycle']);
  return [record(lifecycle['postStart']), record(lifecycle['preStop'])];
}

/** What a container does to be probed. */
export function probesOf(container: Json): readonly Json[] {
  return [record(container['livenessProbe']), record(container['readinessProbe']), record(container['startupProbe'])];
}

/** What a container does at its start, at its end and to be probed. */
export function handlersOf(container: Json): readonly Json[] {
  return [...hooksOf(container), ...probesOf(container)];
}
