import { type Json, record, records, text } from './oracle-pod.ts';

/** What a site has configured for pods that ask for the fuse device. */
export interface FuseSite {
  /** Whether the pod's namespace may ask. */
  readonly permitted: boolean;
  readonly labelKey: string;
  readonly labelValue: string;
  readonly resource: string;
  readonly gatedResources: readonly string[];
  readonly count: number;
  readonly runtimeClassNames: readonly string[];
  readonly annotation: string;
}

/** The site that the documents describe. */
export const documentedSite: FuseSite = {
  permitted: true,
  labelKey: 'mount-fuse',
  labelValue: 'true',
  resource: 'squat.ai/fuse',
  gatedResources: [
    'github.com/fuse',
    'smarter-devices/fuse',
    'nextflow.io/fuse',
    'deviceclass.resource.kubernetes.io/fuse',
  ],
  count: 1,
  runtimeClassNames: ['untrusted'],
  annotation: 'pratique.dev/fuse-containers',
};

/** The amount that a quantity says, or NaN. */
function amount(quantity: unknown): number {
  const written = String(quantity);
  return /^[0-9]+m$/.test(written) ? Number(written.slice(0, -1)) / 1000 : Number(written);
}

/** Whether the container asks for any of the resource, be it none of it. */
function mentions(container: Json, resource: string): boolean {
  const resources = record(container['resources']);
  return resource in record(resources['limits']) || resource in record(resources['requests']);
}

/** Whether the container holds exactly what the site grants. */
function holdsExactly(container: Json, site: FuseSite): boolean {
  const resources = record(container['resources']);
  const limit = record(resources['limits'])[site.resource];
  const request = record(resources['requests'])[site.resource];
  return amount(limit) === site.count && (request === undefined || amount(request) === site.count);
}

/** Whether the pod carries the label with another value than the configured one. */
export function hasOtherFuseLabel(metadata: Json, site: FuseSite): boolean {
  const value = record(metadata['labels'])[site.labelKey];
  return value !== undefined && value !== site.labelValue;
}

/** Whether the pod asks for the device by the label and is not as the mutation would have left it. */
export function breaksFuseContract(metadata: Json, spec: Json, site: FuseSite): boolean {
  if (record(metadata['labels'])[site.labelKey] !== site.labelValue) return false;
  if (!site.permitted) return true;
  if (!site.runtimeClassNames.includes(text(spec['runtimeClassName']))) return true;

  const chosen = text(record(metadata['annotations'])[site.annotation])
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (chosen.length === 0) return true;

  const main = records(spec['containers']);
  for (const name of chosen) {
    const container = main.find((candidate) => candidate['name'] === name);
    if (container === undefined || !holdsExactly(container, site)) return true;
    if (site.gatedResources.some((resource) => mentions(container, resource))) return true;
  }

  const others = [
    ...main.filter((container) => !chosen.includes(text(container['name']))),
    ...records(spec['initContainers']),
    ...records(spec['ephemeralContainers']),
  ];
  return others.some((container) =>
    [site.resource, ...site.gatedResources].some((resource) => mentions(container, resource)),
  );
}
