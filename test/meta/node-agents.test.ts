import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { answerReview } from '../../src/admission/answer.ts';
import type { Outcome } from '../../src/admission/outcome.ts';
import type {
  AllowancesDocument,
  AllowedPathDocument,
  ExemptionDocument,
  SettingDocument,
} from '../../src/config/document.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { readReview } from '../../src/kubernetes/review.ts';
import { podReview } from '../harness/review.ts';
import { configurationOf } from '../harness/rules.ts';

const examples = new URL('../../deploy/examples/exemptions/', import.meta.url);
const fixtures = new URL('../fixtures/agents/', import.meta.url);
const page = readFileSync(new URL('../../docs/exemptions.md', import.meta.url), 'utf8');
const now = Date.UTC(2026, 10, 21);

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}
interface Container {
  readonly volumeMounts?: readonly Mount[];
}
/** A pod of an agent, as its own project's manifest makes it. */
interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
  };
}

interface Agent {
  readonly name: string;
  readonly exemptions: readonly ExemptionDocument[];
  readonly pods: readonly Pod[];
}

const agents = namesIn(examples).map(readAgent);

test('every agent with an exemption has its pods, and the other way round', () => {
  expect(agents.length).toBeGreaterThan(10);
  expect(agents.map(({ name }) => name)).toEqual(namesIn(fixtures));
});

test('all of them together are one valid configuration, in which each agent has its own exemption', () => {
  const exemptions = agents.flatMap((agent) => agent.exemptions);
  expect(problemsOf(exemptions)).toEqual([]);
  for (const { exemptions: own, pods } of agents) {
    const used = pods.map((pod) => judged(pod, { exemptions }).exemption).filter((name) => name !== undefined);
    expect([...new Set(used)]).toEqual(own.map(({ name }) => name));
  }
});

describe.each(agents)('$name', ({ name, exemptions, pods }) => {
  const needy = pods.filter((pod) => !judged(pod).response.allowed);

  test('is denied without an exemption', () => {
    expect(needy.length).toBeGreaterThan(0);
    expect(needy.map((pod) => judged(pod).decision)).toEqual(needy.map(() => 'deny'));
  });

  test('is exempt with it, and so is the workload that makes it', () => {
    const used = needy.map((pod) => {
      const outcome = judged(pod, { exemptions });
      expect(outcome).toMatchObject({ decision: 'exempt', response: { allowed: true } });
      expect(judged(pod, { exemptions, asTemplate: true })).toMatchObject({ decision: 'exempt' });
      return outcome.exemption;
    });
    expect([...new Set(used)].sort()).toEqual(exemptions.map(({ name }) => name).sort());
    for (const pod of pods) expect(judged(pod, { exemptions }).response.allowed).toBe(true);
  });

  test('is in the docs with what it needs and what it is warned of', () => {
    const row = page.split('\n').find((line) => line.includes(`(../deploy/examples/exemptions/${name}.yaml)`));
    const cells = (row ?? '').split(' | ').map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]));
    const warned = needy.flatMap((pod) =>
      judged(pod, { exemptions }).judgements.flatMap(({ outcome, finding }) =>
        outcome === 'warn' ? finding.check : [],
      ),
    );
    expect(cells.slice(1)).toEqual([
      exemptions.map(({ namespaces, serviceAccounts }) => `${namespaces}/${serviceAccounts}`),
      [...new Set(exemptions.flatMap(({ allow }) => Object.keys(allow)))].sort(),
      [...new Set(warned)].sort(),
    ]);
  });

  test('is denied in another namespace, under another service account, and when the exemption has expired', () => {
    for (const pod of needy) {
      for (const over of [
        { namespace: 'jobs' },
        { serviceAccount: 'build' },
        { at: Date.UTC(2027, 11, 1) },
        { namespace: 'jobs', asTemplate: true },
      ]) {
        expect(judged(pod, { exemptions, ...over }).decision).toBe(over.asTemplate ? 'would-deny' : 'deny');
      }
    }
  });

  test.each(narrowed(exemptions))('needs $without', ({ left }) => {
    const problems = problemsOf(left);
    if (problems.length > 0) {
      // Without the check that looks for sockets, the path is not even a valid allowance of the other one.
      expect(problems).toEqual([expect.stringContaining('whoever reaches a container engine is root on the node')]);
      return;
    }
    expect(needy.filter((pod) => !judged(pod, { exemptions: left }).response.allowed)).not.toEqual([]);
  });

  test.each(readOnlyPaths(exemptions))('may not write to $path', ({ path }) => {
    const written = needy.map((pod) => writing(pod, path)).filter((pod) => pod !== undefined);
    expect(written).not.toEqual([]);
    for (const pod of written) expect(judged(pod, { exemptions }).decision).toBe('deny');
  });

  test('may not mount an engine or a folder that its manifest does not', () => {
    for (const path of ['/var/run/docker.sock', '/run/containerd', '/etc/kubernetes/manifests', '/data']) {
      if (exemptions.some(({ allow }) => pathsOf(allow).some((entry) => entry.path === path))) continue;
      for (const pod of needy) expect(judged(mounting(pod, path), { exemptions }).decision).toBe('deny');
    }
  });
});

interface Circumstances {
  readonly exemptions?: readonly ExemptionDocument[];
  readonly namespace?: string;
  readonly serviceAccount?: string;
  readonly at?: number;
  /** As the template of a DaemonSet, in place of a pod. */
  readonly asTemplate?: boolean;
}

/** Judges a pod by the profile dind, with kube-system enforced like every other namespace. */
function judged(pod: Pod, over: Circumstances = {}): Outcome {
  const { metadata, spec } = pod;
  const namespace = over.namespace ?? metadata.namespace;
  const serviceAccountName = over.serviceAccount ?? spec.serviceAccountName;
  const sent = { ...pod, metadata: { ...metadata, namespace }, spec: { ...spec, serviceAccountName } };
  const object = over.asTemplate ? { metadata: { name: 'agent', namespace }, spec: { template: sent } } : sent;
  const review = podReview({ object }) as { readonly request: Record<string, unknown> };
  if (over.asTemplate) review.request['kind'] = { group: 'apps', version: 'v1', kind: 'DaemonSet' };
  const read = readReview(review);
  if (read.kind === 'no-uid') throw new Error(read.problem);
  const configuration = configurationOf({ namespaces: [], exemptions: over.exemptions ?? [] });
  return answerReview(read, 'validate', configuration, over.at ?? now);
}

/** What makes a configuration with these exemptions invalid. */
function problemsOf(exemptions: readonly ExemptionDocument[]): readonly string[] {
  const document = { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration', exemptions };
  const result = loadConfiguration(JSON.stringify(document), now);
  return result.kind === 'configuration' ? [] : result.problems.map(({ message }) => message);
}

/** The exemptions with each single thing left out that they allow: a check, an entry of its settings, writing to a path. */
function narrowed(exemptions: readonly ExemptionDocument[]) {
  return exemptions.flatMap((exemption) =>
    narrowerAllowances(exemption.allow).map(({ without, allow }) => ({
      without: `${exemption.name}: ${without}`,
      left: exemptions.map((one) => (one === exemption ? { ...one, allow } : one)).filter(hasAllowance),
    })),
  );
}

function narrowerAllowances(allow: AllowancesDocument): { without: string; allow: AllowancesDocument }[] {
  return Object.entries(allow).flatMap(([check, allowance]) => {
    const { [check]: _, ...others } = allow;
    if (allowance === true) return [{ without: check, allow: others }];
    return Object.entries(allowance).flatMap(([setting, entries]) =>
      entries.flatMap((entry) => {
        const rest = entries.filter((other) => other !== entry);
        const left = (own: SettingDocument) => ({ ...others, [check]: { ...allowance, [setting]: own } });
        const path = typeof entry === 'string' ? entry : entry.path;
        const without = { without: `${check} of ${path}`, allow: rest.length === 0 ? others : left(rest) };
        if (setting !== 'paths' || path !== entry) return [without];
        return [without, { without: `writing to ${path}`, allow: left([...rest, { path, readOnly: true }]) }];
      }),
    );
  });
}

function hasAllowance({ allow }: ExemptionDocument): boolean {
  return Object.keys(allow).length > 0;
}

function readOnlyPaths(exemptions: readonly ExemptionDocument[]): readonly { readonly path: string }[] {
  const entries = exemptions.flatMap(({ allow }) => pathsOf(allow));
  return [...new Set(entries.filter(({ readOnly }) => readOnly).map(({ path }) => path))].map((path) => ({ path }));
}

function pathsOf(allow: AllowancesDocument): readonly Exclude<AllowedPathDocument, string>[] {
  const settings = Object.values(allow).flatMap((allowance) => (allowance === true ? [] : [allowance['paths'] ?? []]));
  return settings.flat().map((entry) => (typeof entry === 'string' ? { path: entry } : entry));
}

/** The pod with every mount of a path of the node writable; undefined when it has none. */
function writing(pod: Pod, path: string): Pod | undefined {
  const volumes = pod.spec.volumes.filter(({ hostPath }) => hostPath?.path === path).map(({ name }) => name);
  if (volumes.length === 0) return undefined;
  const written = (container: Container): Container => ({
    ...container,
    volumeMounts: (container.volumeMounts ?? []).map((mount) =>
      volumes.includes(mount.name) ? { ...mount, readOnly: false } : mount,
    ),
  });
  const { containers, initContainers = [] } = pod.spec;
  const spec = { ...pod.spec, containers: containers.map(written), initContainers: initContainers.map(written) };
  return { ...pod, spec };
}

function mounting(pod: Pod, path: string): Pod {
  return { ...pod, spec: { ...pod.spec, volumes: [...pod.spec.volumes, { name: 'added', hostPath: { path } }] } };
}

function readAgent(name: string): Agent {
  const { exemptions } = parse(readFileSync(new URL(`${name}.yaml`, examples), 'utf8'), { version: '1.1' });
  const documents = parseAllDocuments(readFileSync(new URL(`${name}.yaml`, fixtures), 'utf8'), { version: '1.1' });
  return { name, exemptions, pods: documents.map((document) => document.toJS() as Pod) };
}

function namesIn(folder: URL): readonly string[] {
  return readdirSync(folder)
    .map((file) => basename(file, '.yaml'))
    .sort();
}
