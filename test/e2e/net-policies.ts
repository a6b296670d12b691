import { loadConfiguration } from '../../src/config/load.ts';
import type { NetAction } from '../../src/safety-net/net-variables.ts';
import type { NetConfiguration } from '../../src/safety-net/objects.ts';
import { safetyNet } from '../../src/safety-net/policy.ts';
import type { ApiClient, ApiObject, ApiResponse } from '../harness/api-client.ts';
import { waitFor } from '../harness/waiting.ts';

/** A configuration of a test, loaded; throws with its problems. */
export function netConfiguration(document: object): NetConfiguration {
  const head = { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration' };
  const loaded = loadConfiguration(JSON.stringify({ ...head, ...document }), Date.now());
  if (loaded.kind === 'configuration') return loaded;
  throw new Error(loaded.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}

/** The objects of a safety net, as they are generated. */
export function netObjects(source: NetConfiguration, name: string, action: NetAction = 'Deny'): readonly ApiObject[] {
  return safetyNet(source, { name, action, exceptNamespaces: ['kube-system'], clock: Date.now() }).objects;
}

const plurals: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
  MutatingAdmissionPolicy: 'mutatingadmissionpolicies',
  MutatingAdmissionPolicyBinding: 'mutatingadmissionpolicybindings',
};

/** Creates policies with their bindings; the API server compiles every expression, and what it refuses is thrown. */
export async function createPolicies(api: ApiClient, objects: readonly ApiObject[]): Promise<void> {
  for (const object of objects) await api.expect('POST', pathOfPolicies(object), object);
}

/** Deletes policies with their bindings. */
export async function deletePolicies(api: ApiClient, objects: readonly ApiObject[]): Promise<void> {
  for (const object of objects) await api.expect('DELETE', `${pathOfPolicies(object)}/${object.metadata?.name}`);
}

function pathOfPolicies(object: ApiObject): string {
  return `/apis/admissionregistration.k8s.io/v1/${plurals[object.kind ?? '']}`;
}

/** Waits until the policies judge: the API server takes a moment to compile them. */
export async function untilJudged(what: string, send: () => Promise<ApiResponse<ApiObject>>): Promise<void> {
  await waitFor(`${what} to judge`, async () => (await send()).status >= 400);
}

const separator = '␞';

/**
 * Lets a policy tell every finding in place of its message: check, container and volume. Nothing else of it changes, and
 * so not what it decides.
 */
export function tellingFindings(objects: readonly ApiObject[]): readonly ApiObject[] {
  const telling = `'${separator}' + variables.denied.map(l, l.map(f, f.same.replace('\\n', ' ')).join('${separator}')).filter(s, s != '').join('${separator}')`;
  return objects.map((object) => {
    const spec = object['spec'] as { readonly validations?: readonly object[] };
    if (spec.validations === undefined) return object;
    const validations = spec.validations.map((one) => ({ ...one, messageExpression: telling }));
    return { ...object, spec: { ...spec, validations } };
  });
}

/** The findings that a denial of such a policy tells, as `check container volume`; throws for any other denial. */
export function toldFindings({ status, body }: ApiResponse<ApiObject>): readonly string[] {
  if (status === 200 || status === 201) return [];
  const [head = '', ...told] = (body.message ?? '').split(separator);
  if (status !== 403 || !head.includes('denied request: ') || told.length === 0)
    throw new Error(`${status} ${body.message}`);
  return sorted(told.map((key) => key.split('|').slice(0, 3).join(' ')));
}

/** Each once, in order. */
export function sorted(findings: readonly string[]): readonly string[] {
  return [...new Set(findings)].toSorted();
}
