import { judgeWithoutReview } from '../admission/without-review.ts';
import { profileFile } from '../config/builtin.ts';
import type { AllowanceDocument, CheckDocument, ConfigurationDocument } from '../config/document.ts';
import { apiVersion } from '../config/document.ts';
import { loadConfiguration } from '../config/load.ts';
import type { Configuration } from '../config/policy.ts';
import { formatProblem } from '../config/problem.ts';
import { customResources } from '../facts/custom-resources.ts';
import { UnreadableObjectError } from '../kubernetes/shape.ts';
import { compileSubjects } from '../manifests/subjects.ts';

/** What our checks say of an object: check id → its messages, as long as they are few. */
export type Findings = ReadonlyMap<string, string>;

const longestTold = 200;

const subjectsOf = compileSubjects(customResources);

/** What a configuration denies, warns of or records in an object that is created; an object that cannot be read has one finding. */
export function findingsIn(
  object: Readonly<Record<string, unknown>>,
  configuration: Configuration,
  clock: number,
): Findings {
  const findings = new Map<string, string>();
  const metadata = object['metadata'] as { readonly namespace?: unknown } | undefined;
  const namespace = typeof metadata?.namespace === 'string' ? metadata.namespace : '';
  try {
    for (const subject of subjectsOf(object, namespace)) {
      for (const { finding, outcome } of judgeWithoutReview(subject, configuration, clock)) {
        if (outcome === 'ignore') continue;
        const before = findings.get(finding.check);
        if (before === undefined) findings.set(finding.check, finding.message);
        else if (before.length < longestTold) findings.set(finding.check, `${before}; ${finding.message}`);
      }
    }
  } catch (error) {
    if (!(error instanceof UnreadableObjectError)) throw error;
    findings.set('unreadable', `cannot be read: ${error.message}`);
  }
  return findings;
}

/** Says what is found in an object, and remembers it for as long as the object is there. */
export type Look = (object: Readonly<Record<string, unknown>>) => Findings;

/** Looks at objects under a configuration; many rules are shown the same ones. */
export function lookUnder(configuration: Configuration, clock: number): Look {
  const known = new WeakMap<object, Findings>();
  return (object) => {
    const before = known.get(object);
    if (before !== undefined) return before;
    const found = findingsIn(object, configuration, clock);
    known.set(object, found);
    return found;
  };
}

/** Loads a document as a file of a user's is loaded; throws with every problem where there is one. */
export function configurationOf(document: ConfigurationDocument, clock: number): Configuration {
  const result = loadConfiguration(JSON.stringify(document), clock);
  if (result.kind === 'configuration') return result.configuration;
  throw new Error(result.problems.map((problem) => formatProblem('configuration', problem)).join('\n'));
}

/** How a check is written in profile dind. */
export function entryOf(check: string): Exclude<CheckDocument, string> {
  const entry = profileFile('dind').checks[check] ?? 'ignore';
  return typeof entry === 'string' ? { action: entry } : entry;
}

/** A check's entry with another action, and with another allowance where one is given. */
export function entryWith(check: string, action: 'deny' | 'warn' | 'audit', allow?: AllowanceDocument): CheckDocument {
  const entry = { ...entryOf(check), action, ...(allow === undefined ? {} : { allow }) };
  return Object.keys(entry).length === 1 ? action : entry;
}

/** A configuration in which every check denies, with what profile dind allows: what our checks are able to see. */
export function everythingDenies(
  ids: readonly string[],
  allow: Readonly<Record<string, AllowanceDocument>>,
  mountFuse: ConfigurationDocument['mountFuse'] = {},
): ConfigurationDocument {
  const checks = Object.fromEntries(ids.map((id) => [id, entryWith(id, 'deny', allow[id])]));
  return {
    apiVersion,
    kind: 'PratiqueConfiguration',
    profiles: { everything: { extends: 'dind', checks } },
    namespaces: [],
    default: { profile: 'everything', mode: 'enforce' },
    mountFuse,
  };
}

/** What denies an object after all exemptions, by some checks or with them; undefined: these checks let it through. */
export function denialOf(
  object: Readonly<Record<string, unknown>>,
  configuration: Configuration,
  clock: number,
  { checks, exempt }: { readonly checks: readonly string[]; readonly exempt: ReadonlySet<string> },
): string | undefined {
  const findings = findingsIn(object, configuration, clock);
  if (!checks.some((id) => findings.has(id))) return undefined;
  const [id, message] = [...findings].find(([check]) => !exempt.has(check)) ?? [...findings][0] ?? ['', ''];
  return exempt.has(id) ? `${id}: ${message}` : `no exemption covers ${id}: ${message}`;
}
