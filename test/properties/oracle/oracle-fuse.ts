import { containersOf, inContainer, type Json, type Report, record, records, text, wholePod } from './oracle-pod.ts';

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

/**
 * Finds what is not as the mutation would have left it in a pod that asks for the device, be it by the label or by
 * holding a resource that gives it: in the containers that hold something else than the contract says, and in the pod.
 */
export function reportFuseContract(metadata: Json, spec: Json, site: FuseSite, report: Report): void {
  const isLabelled = record(metadata['labels'])[site.labelKey] === site.labelValue;
  const gives = [site.resource, ...site.gatedResources];
  const isHeld = containersOf(spec).some((container) => gives.some((resource) => mentions(container, resource)));
  if (!isLabelled && !isHeld) return;

  const main = records(spec['containers']);
  const chosen = text(record(metadata['annotations'])[site.annotation])
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const isChosen = (container: Json): boolean => main.includes(container) && chosen.includes(text(container['name']));

  report('fuse-contract', wholePod, !isLabelled || !site.permitted);
  report('fuse-contract', wholePod, !site.runtimeClassNames.includes(text(spec['runtimeClassName'])));
  report('fuse-contract', wholePod, chosen.length === 0);
  for (const name of chosen) report('fuse-contract', wholePod, !main.some((container) => container['name'] === name));
  for (const container of containersOf(spec)) {
    const holds = isChosen(container) ? site.gatedResources : gives;
    const isStray = holds.some((resource) => mentions(container, resource));
    report('fuse-contract', inContainer(container), isStray || (isChosen(container) && !holdsExactly(container, site)));
  }
}
