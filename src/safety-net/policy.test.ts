import { expect, test } from 'vitest';
import { loadConfiguration } from '../config/load.ts';
import { heldChecks } from './held.ts';
import type { NetAction } from './net-variables.ts';
import { safetyNet } from './policy.ts';

interface Written {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly validationActions?: readonly string[];
    readonly validations?: readonly { readonly reason: string; readonly message: string }[];
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly matchConditions?: readonly { readonly expression: string }[];
  };
}

function netOf(document: object, action: NetAction = 'Deny', clock = Date.UTC(2026, 10, 22)) {
  const head = { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration' };
  const loaded = loadConfiguration(JSON.stringify({ ...head, ...document }), clock);
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems));
  const { objects, inexpressible } = safetyNet(loaded, {
    name: 'pratique',
    action,
    exceptNamespaces: ['kube-system'],
    clock,
  });
  return { objects: objects as unknown as readonly Written[], inexpressible };
}

const exemption = (allow: object, expires = '2099-06-30') => ({
  exemptions: [{ name: 'agent', namespaces: ['agents'], allow, owner: 'platform-team', reason: 'an agent', expires }],
});

test('the embedded default makes one policy with its binding, which holds every check of the net', () => {
  const { objects, inexpressible } = netOf({});
  expect(objects.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
    ['ValidatingAdmissionPolicy', 'pratique-safety-net'],
    ['ValidatingAdmissionPolicyBinding', 'pratique-safety-net'],
  ]);
  expect(inexpressible).toEqual([]);
  const [validation] = objects[0]?.spec.validations ?? [];
  expect(heldChecks.filter((check) => !validation?.message.includes(check))).toEqual([]);
  expect(validation?.reason).toBe('Forbidden');
});

test.each([
  ['Audit', ['Audit']],
  ['Warn', ['Warn', 'Audit']],
  ['Deny', ['Deny', 'Audit']],
] as const)('%s is what the binding does, and the audit log always tells', (action, expected) => {
  expect(netOf({}, action).objects[1]?.spec.validationActions).toEqual(expected);
});

test('where nothing is enforced there is nothing to hold', () => {
  expect(netOf({ default: { mode: 'warn' } }).objects).toEqual([]);
  expect(
    netOf({
      profiles: { mild: { checks: Object.fromEntries(heldChecks.map((check) => [check, 'warn'])) } },
      default: { profile: 'mild' },
    }).objects,
  ).toEqual([]);
});

test('a check of which something cannot be said in CEL only warns, in a policy of its own that says so', () => {
  const allow = {
    'host-path-protected': { paths: [{ path: '/', readOnly: true, tree: true }] },
    'engine-socket-mount': { paths: [{ path: '/', readOnly: true, tree: true }] },
  };
  const { objects, inexpressible } = netOf(exemption(allow));
  expect(inexpressible.map(({ check }) => check).toSorted()).toEqual(['engine-socket-mount', 'host-path-protected']);
  expect(objects.map(({ metadata }) => metadata.name)).toEqual([
    ...['pratique-safety-net', 'pratique-safety-net'],
    ...['pratique-safety-net-warns', 'pratique-safety-net-warns'],
  ]);
  const [held, holds, warned, warns] = objects;
  expect(held?.spec.variables?.map(({ name }) => name)).not.toContain('hostPathProtected');
  expect(holds?.spec.validationActions).toEqual(['Deny', 'Audit']);
  expect(warned?.metadata.annotations['pratique.dev/warns-only']).toBe('engine-socket-mount, host-path-protected');
  expect(warns?.spec.validationActions).toEqual(['Warn', 'Audit']);
});

test('an exemption is written with its end, and not at all once it has ended', () => {
  const text = (expires: string) => JSON.stringify(netOf(exemption({ privileged: true }, expires)).objects);
  expect(text('2027-06-30')).toContain("timestamp('2027-06-30T23:59:59.999Z')");
  expect(text('2026-01-01')).not.toContain('agents');
});

test('the first entry that matches a namespace counts', () => {
  const { objects } = netOf({
    namespaces: [
      { match: ['ci-old'], mode: 'audit' },
      { match: ['ci-*'], mode: 'enforce', acceptGlob: true },
      { match: ['ci-new'], mode: 'audit' },
    ],
    default: { mode: 'warn' },
  });
  expect(objects[0]?.spec.matchConditions?.[0]?.expression).toBe(
    "({'ci-old': -1, 'ci-new': 0}[?request.namespace].orValue(request.namespace.matches(r'^ci-[^/]*$') ? 0 : -1)) >= 0",
  );
});

test('profiles that all answer 422 are answered so by the API server too', () => {
  const { objects } = netOf({ profiles: { ci: { extends: 'dind', denialStatus: 422 } }, default: { profile: 'ci' } });
  expect(objects[0]?.spec.validations?.[0]?.reason).toBe('Invalid');
});

test('a quote in what the site writes stays inside of its text', () => {
  const { objects } = netOf({ breakGlass: { groups: ["it's \\ admins"] } });
  expect(JSON.stringify(objects)).toContain(JSON.stringify("['it\\'s \\\\ admins']").slice(1, -1));
});
