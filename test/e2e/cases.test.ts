import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checks } from '../../src/checks/registry.ts';
import { fieldPath, type Pointer } from '../../src/kubernetes/pointer.ts';
import { mutations } from '../../src/mutations/registry.ts';
import type { Case } from '../harness/cases.ts';
import { concurrently } from '../harness/concurrently.ts';
import { configurationOf } from '../harness/rules.ts';
import { waitFor } from '../harness/waiting.ts';
import { prepare, type Sendable } from './case-objects.ts';
import { type PlacedCase, placeCases, signOf } from './case-places.ts';
import { saidOf } from './case-unseen.ts';
import { type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import { pod } from './pods.ts';

/** Checks that find nothing in what this API server takes: their found cases are all unseen. */
const withoutSeenCases = ['proc-mount', 'unknown-security-context', 'unknown-volume-source'];

/** Where the API server itself makes a second field of what a case says, so that a second finding is told. */
const alsoAt: Readonly<Record<string, readonly string[]>> = {
  'apparmor-unconfined, found: the old annotation': ['spec.containers[0].securityContext.appArmorProfile.type'],
};

/** What these tell to do instead is for a mutation to complete, and is sent above, where there is one. */
const twins: ReadonlySet<string> = new Set(mutations.map(({ twin }) => twin));

const { cases, namespaces, configurations } = placeCases();
const laterRounds = configurations.map((_, round) => round).slice(1);
const width = 8;

/** Without it the API server takes no claim with adminAccess there. */
const mayAdminister = { 'resource.kubernetes.io/admin-access': 'true' };

let guard: GuardedCluster;
const sendables = new Map<PlacedCase, Sendable>();
beforeAll(async () => {
  guard = await startGuardedCluster({
    configuration: configurations[0] ?? {},
    namespaces: laterRounds.map(signOf),
    before: async ({ api, createNamespace }) => {
      await concurrently(namespaces, width, (name) => createNamespace(name, mayAdminister));
      await concurrently(cases, width, async (one, index) => {
        sendables.set(one, await prepare(api, one.written.object, one.namespace, `case-${index}`));
      });
    },
  });
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(() => guard?.stop());

describe('the default policy', () => {
  const { rules } = configurationOf().policyFor('gitlab').profile;
  const ids = new Set(Object.values(rules).flatMap((ofKind) => ofKind.map(({ check }) => check.id)));

  const hasNoSettings = ({ site, allow }: Case) => allow === undefined && Object.keys(site).length === 0;

  test.for(
    cases.filter(({ check, expected, written }) => expected === 'instead' && ids.has(check) && hasNoSettings(written)),
  )('admits what $check tells to do instead', async ({ written }) => {
    const { send } = await prepare(guard.cluster.api, written.object, 'gitlab', 'instead');
    expect(await send()).toMatchObject({ status: 201 });
  });
});

describe('where nothing mutates', () => {
  // A pod comes to /validate as it was written: what the mutation would mend is refused too.
  beforeAll(async () => {
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pratique';
    await guard.cluster.api.expect('DELETE', path);
    const asking = pod('asking', { labels: { 'mount-fuse': 'true' } });
    await waitFor('the mutation to end', async () => (await guard.create(asking, { dryRun: true })).status === 403);
  });

  test('every case that is listed as unseen is a case', () => {
    const known = new Set(cases.map(nameOf));
    expect([...saidOf.keys()].filter((name) => !known.has(name))).toEqual([]);
  });

  test.for(checks.map(({ id }) => [id] as const))('%s judges its cases through the API server', async ([id]) => {
    const own = cases.filter(({ check, expected }) => check === id && !(expected === 'instead' && twins.has(id)));
    const seen = await expectAsWritten(own.filter(({ round }) => round === 0));
    const hasSeen = seen.some(({ expected }) => expected === 'found');
    expect(hasSeen).toBe(!withoutSeenCases.includes(id));
  });

  test.for(laterRounds)('objects in no namespace are judged by settings of the site: round %i', async (round) => {
    await guard.configure(configurations[round] ?? {});
    const sign = pod('sign', { namespace: signOf(round), spec: { hostPID: true } });
    await waitFor('the configuration', async () => (await guard.create(sign, { dryRun: true })).status === 201);
    await expectAsWritten(cases.filter((one) => one.round === round));
  });
});

/** What the client is told of a case. */
interface Answer {
  readonly status: number;
  readonly message: string;
  /** Where the case's check found something. */
  readonly fields: readonly string[];
  /** Whether other checks denied, and this one had no part in it. */
  readonly isDeniedByOthers: boolean;
  readonly isUpdate: boolean;
}

/** What no message has. */
const notListed = '\0';

/** Expects of each case what is written of it; of those listed as unseen, what the API server says. Gives those seen. */
async function expectAsWritten(some: readonly PlacedCase[]): Promise<readonly PlacedCase[]> {
  const answers = await concurrently(some, width, async (one) => [one, await answerTo(one)] as const);
  const others = answers.filter(([one, answer]) => !isAsWritten(one, answer));
  expect(others.filter(([one, { message }]) => !message.includes(saidOf.get(nameOf(one)) ?? notListed))).toEqual([]);
  const listed = some.filter((one) => saidOf.has(nameOf(one)));
  expect(others.map(([one]) => nameOf(one))).toEqual(listed.map(nameOf));
  return some.filter((one) => !listed.includes(one));
}

async function answerTo(one: PlacedCase): Promise<Answer> {
  const sendable = sendables.get(one);
  if (sendable === undefined) throw new Error(`${nameOf(one)} was not prepared.`);
  const { status, body, warnings } = await sendable.send();
  const causes = (body.details?.causes ?? []) as readonly { readonly reason?: string; readonly field?: string }[];
  const fields = causes.filter(({ reason }) => reason === one.check).map(({ field }) => field ?? '');
  const isOurs = causes.some(({ reason }) => checks.some(({ id }) => id === reason));
  const message = [body.message ?? '', ...warnings].join('\n');
  return { status, message, fields, isDeniedByOthers: isOurs && fields.length === 0, isUpdate: sendable.isUpdate };
}

function isAsWritten(one: PlacedCase, { status, fields, isDeniedByOthers, isUpdate }: Answer): boolean {
  if (one.expected === 'refused') return status === 403 && fields.length > 0;
  if (one.expected === 'found') {
    const wanted = isUpdate ? [...new Set(fieldsOf(one).filter(isNew))] : fieldsOf(one);
    const told = isUpdate ? [...new Set(fields)] : fields;
    return status === 403 && isDeepStrictEqual(told.toSorted(), wanted.toSorted());
  }
  // What is in no namespace is judged by all checks, and storage comes to "already exists" only after admission.
  const isAdmitted = status === 200 || status === 201 || status === 409;
  return fields.length === 0 && (isAdmitted || (one.namespace === '' && isDeniedByOthers));
}

function fieldsOf(one: PlacedCase): readonly string[] {
  return [...one.written.at.map((pointer) => fieldPath(pointer as Pointer)), ...(alsoAt[nameOf(one)] ?? [])];
}

/** An update that adds an ephemeral container is not denied for the containers that were there. */
function isNew(field: string): boolean {
  return !field.startsWith('spec.containers[') && !field.startsWith('spec.initContainers[');
}

function nameOf({ check, expected, written }: PlacedCase): string {
  return `${check}, ${expected}: ${written.name}`;
}
