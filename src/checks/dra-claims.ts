import { pointerTo } from '../kubernetes/pointer.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import { type Check, type Finding, none, type Parameter, type Shape } from './check.ts';
import { findingAt, findingIn, shown } from './findings.ts';

const heading = { id: 'dra-claims', severity: 'medium' } as const;

/** Allows only listed claims of dynamic resource allocation (KEP-4381). */
export const draClaims = {
  ...heading,
  title: 'Claim of dynamic resource allocation',
  why:
    'What a claim brings into the pod is decided by its driver: devices, and by way of CDI also mounts of the node ' +
    'and hooks that run there. A claim with adminAccess reaches devices that belong to others.',
  remedy: 'Drop the claim, or ask for the claim or its template to be put on the list of this namespace.',
  restricts: [
    { fields: ['spec.resourceClaims[*]'], allowed: 'those of the allowance' },
    { fields: ['spec.containers[*].resources.claims[*]'], allowed: 'names of spec.resourceClaims' },
    { kind: 'ResourceClaim', fields: ['spec.devices.requests[*]….adminAccess'], allowed: 'absent, false' },
    { kind: 'ResourceClaimTemplate', fields: ['spec.spec.devices.requests[*]….adminAccess'], allowed: 'absent, false' },
  ],
  site: {},
  allow: {
    claims: { kind: 'names', description: 'ResourceClaims that a pod may name.' },
    templates: { kind: 'names', description: 'ResourceClaimTemplates that a pod may name.' },
  },
  find: {
    pod(subject) {
      const claims = subject.spec.resourceClaims;
      let findings: Finding[] | undefined;
      if (claims != null) {
        for (let index = 0; index < claims.length; index++) {
          findings ??= [];
          findings.push(podClaim(subject, index));
        }
      }
      let names: ReadonlySet<unknown> | undefined;
      for (const container of subject.containers) {
        const used = container.value.resources?.claims;
        if (used == null) continue;
        for (let index = 0; index < used.length; index++) {
          const name = used[index]?.name ?? '';
          names ??= new Set(claims?.map((claim) => claim.name));
          if (names.has(name)) continue;
          findings ??= [];
          findings.push(
            findingIn(heading, container, ['resources', 'claims', index], {
              words: `uses the claim "${shown(name)}", which spec.resourceClaims does not have`,
              value: `unknown:${name}`,
            }),
          );
        }
      }
      return findings ?? none;
    },
    resourceClaim({ requests }) {
      let findings: Finding[] | undefined;
      for (const { adminAccessAt } of requests) {
        if (adminAccessAt === undefined) continue;
        const words = 'the claim asks for adminAccess, and so for devices that others use';
        findings ??= [];
        findings.push(findingAt(heading, adminAccessAt, {}, { words, value: 'adminAccess' }));
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { claims, templates }) => {
    const colon = value.indexOf(':');
    const name = value.slice(colon + 1);
    if (value.startsWith('claim:')) return claims?.has(name) === true;
    return value.startsWith('template:') && templates?.has(name) === true;
  },
} as const satisfies Check<Shape, { claims: Parameter<'names'>; templates: Parameter<'names'> }>;

function podClaim(subject: PodSubject, index: number): Finding {
  const { name, resourceClaimName, resourceClaimTemplateName } = subject.spec.resourceClaims?.[index] ?? {};
  // With both, which Kubernetes refuses, nothing tolerates it.
  const isOne = (resourceClaimName == null) !== (resourceClaimTemplateName == null);
  const what = resourceClaimName != null ? 'ResourceClaim' : 'ResourceClaimTemplate';
  const source = resourceClaimName ?? resourceClaimTemplateName ?? '';
  return findingAt(
    heading,
    pointerTo(subject.specAt, 'resourceClaims', index),
    {},
    {
      words: `the pod claims devices as "${shown(name ?? '')}", by the ${what} "${shown(source)}"`,
      value: `${isOne ? (what === 'ResourceClaim' ? 'claim' : 'template') : 'unknown'}:${source}`,
    },
  );
}
