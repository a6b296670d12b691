import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { completeCase, type Fragment } from '../harness/cases.ts';
import { configurationOf } from '../harness/rules.ts';
import { writtenVerdict } from '../harness/verdict.ts';
import { type Placed, readPlaces } from '../harness/verdict-places.ts';
import { waitFor } from '../harness/waiting.ts';
import { completed } from './case-completion.ts';
import { createClasses, isClusterScoped } from './case-objects.ts';
import { baseConfiguration, type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import { pod } from './pods.ts';
import { aloneBlock, configurationAlone, saidOfAlone } from './verdict-alone.ts';
import { configurationIn } from './verdict-configuration.ts';
import { isAsStated, type Judged, judgeAll, type Submitted } from './verdict-judge.ts';
import { documentsOf, namespaceOf, type Objects, objectsOf, podOf } from './verdict-objects.ts';
import { deniedOffline, judgeText } from './verdict-texts.ts';

type Json = Readonly<Record<string, unknown>>;

const { blocks, files, quotations, problems } = readPlaces();
const places = [...blocks, ...files];

/** What the API server decides; of everything else it is only asked whether it knows the kind. */
const sent = ['allow', 'patch', 'deny', 'exempt', 'would-deny', 'refused'];
const isSent = ({ verdict }: Placed) => sent.includes(verdict.outcome);

/** The configuration of blocks that name none. */
const builtIn = 'the built-in configuration';

/** Documents that are judged under one configuration. */
interface Session {
  readonly name: string;
  readonly configuration: object;
  readonly documents: readonly Document[];
}

interface Document extends Submitted {
  readonly place: Placed;
}

interface JudgedObject {
  readonly object: Json;
  readonly judged: Judged;
}

const sessions = sessionsOf(places.filter(isSent));
/** By the place. */
const judged = new Map<string, readonly JudgedObject[]>();

let guard: GuardedCluster;
let objects: Objects;
beforeAll(async () => {
  const documents = sessions.flatMap((session) => session.documents);
  const all = documents.map(({ object, namespace }) => namespaceOf(object) ?? namespace);
  const namespaces = [...new Set(all)].filter(
    (name) => !['gitlab', 'default', 'kube-system', 'pratique'].includes(name),
  );
  guard = await startGuardedCluster({
    namespaces,
    before: async ({ api }) => {
      for (const { object, place } of documents) {
        if (place.verdict.alone) await createClasses(api, (object['spec'] ?? {}) as Json);
      }
    },
  });
  objects = objectsOf(guard.cluster.api);
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(() => guard?.stop());

test('every YAML block of the docs and every file of deploy/ has a verdict', () => {
  expect(problems).toEqual([]);
  expect(blocks.length).toBeGreaterThan(150);
  expect(files.length).toBeGreaterThan(40);
});

describe.each(sessions)('under $name', (session) => {
  beforeAll(async () => {
    await configure(session.configuration);
    const answers = await judgeAll(guard, objects, session.documents);
    for (const [index, { object, place }] of session.documents.entries()) {
      const one = { object, judged: answers[index] as Judged };
      judged.set(place.place, [...(judged.get(place.place) ?? []), one]);
    }
  });

  test.each(placesOf(session))('$place is judged as it is stated', (place) => {
    expect((judged.get(place.place) ?? []).flatMap((one) => differences(place, one))).toEqual([]);
  });
});

describe('what the API server does not take', () => {
  test.concurrent.each(places.filter((place) => !isSent(place)))('$place is what it is stated to be', async (place) => {
    expect(await judgeText(place, objects)).toEqual([]);
    const pods = place.verdict.leadsTo.map((name) => files.find((file) => file.place === name && isSent(file)));
    expect(pods).not.toContain(undefined);
    if (pods.length === 0 || place.verdict.outcome !== 'not-applied') return;
    const denied = pods.flatMap((pod) => (pod?.verdict.outcome === 'deny' ? pod.verdict.names : []));
    const offline = await deniedOffline(place);
    if (offline !== undefined) expect(offline).toEqual([...new Set(denied)].toSorted());
  });
});

describe('what is quoted', () => {
  test.each(quotations)('$place is what the client is told of $file', ({ text, file }) => {
    const messages = (judged.get(file) ?? []).map((one) => one.judged.answer.body.message ?? '');
    // A CI system puts words of its own before it.
    const isTold = messages.some((message) => message !== '' && inOneLine(text).endsWith(inOneLine(message)));
    expect(isTold ? [] : messages).toEqual([]);
  });
});

function placesOf({ documents }: Session): readonly Placed[] {
  return [...new Set(documents.map(({ place }) => place))];
}

/** What is not as it is stated: the object, both verdicts and what the client is told. */
function differences(place: Placed, { object, judged: one }: JudgedObject): readonly object[] {
  const { message } = one.answer.body;
  const said = place.verdict.alone ? saidOfAlone(place) : undefined;
  const isStated =
    said === undefined
      ? isAsStated(place.verdict, one)
      : [message, ...one.answer.warnings].some((text) => text?.includes(said) === true);
  if (isStated || isUnasked(place, object, one)) return [];
  const { name } = object['metadata'] as Json;
  const [stated, is] = [place.verdict, one.verdict].map(writtenVerdict);
  return [{ object: `${object['kind']} ${name}`, stated, is, message, warnings: one.answer.warnings }];
}

/** Beside what is judged there stands what nobody is asked about: a namespace, an account. Alone it is `allow`. */
function isUnasked({ verdict, text }: Placed, object: Json, one: Judged): boolean {
  const isJudgedKind = object['kind'] === 'Pod' || podOf(object) !== undefined;
  if (one.record !== undefined || isJudgedKind || one.verdict.outcome !== 'allow') return false;
  return sent.includes(verdict.outcome) && documentsOf(text).length > 1;
}

function inOneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

/** Groups by configuration. What is in no namespace has one policy only, and so a session of its own on the page of a check. */
function sessionsOf(some: readonly Placed[]): readonly Session[] {
  const ofPages = Map.groupBy(
    some.filter(({ verdict }) => !verdict.alone),
    ({ verdict }) => verdict.under ?? builtIn,
  );
  const alone = some.filter(({ verdict }) => verdict.alone).map(aloneBlock);
  const isInNone = (block: Placed) =>
    documentsOf(block.text).some((one) => one['kind'] !== undefined && isClusterScoped(one));
  const ofChecks = Map.groupBy(alone, (block) =>
    isInNone(block) ? `${block.check}: ${block.verdict.outcome}` : 'each check alone',
  );
  return [
    ...[...ofPages].map(([name, own]) => ({
      name,
      configuration: name === builtIn ? { mountFuse: {} } : configurationIn(name),
      documents: own.flatMap((place) => submittedOf(place, place.verdict.namespace, (object) => object)),
    })),
    ...[...ofChecks].map(([name, own]) => ({
      name,
      configuration: configurationAlone(own),
      documents: own.flatMap((block) =>
        submittedOf(block, block.namespace, (object) => wholeObject(object, block.namespace)),
      ),
    })),
  ];
}

function submittedOf(place: Placed, namespace: string, whole: (object: Json) => Json): readonly Document[] {
  return documentsOf(place.text).map((object) => ({ place, namespace, object: whole(object) }));
}

/** A fragment of the check reference, completed as cases are; in the namespace in which only its check judges. */
function wholeObject(fragment: Json, namespace: string): Json {
  const written =
    fragment['kind'] === undefined ? completeCase(fragment as Fragment) : completeCase({ object: fragment });
  const object = completed(written.object);
  const { namespace: told, ...metadata } = object['metadata'] as Json;
  const isInNamespace = told !== undefined || object['kind'] === 'Pod';
  return { ...object, metadata: { ...metadata, ...(isInNamespace ? { namespace } : {}) } };
}

/** Puts a configuration in force: the record of a pod names the one that judged it. */
async function configure(configuration: object): Promise<void> {
  await guard.configure(configuration);
  const { hash } = configurationOf({ ...baseConfiguration, ...configuration });
  await waitFor('the configuration', async () => {
    const probe = pod(`probe-${guard.webhook.records().length}`);
    await guard.create(probe, { dryRun: true });
    return (await guard.recordOf(probe)).configHash === hash;
  });
}
