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

/** What our checks say of an object: check id → the first of its messages. */
export type Findings = ReadonlyMap<string, string>;

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
        if (outcome !== 'ignore' && !findings.has(finding.check)) findings.set(finding.check, finding.message);
      }
    }
  } catch (error) {
    if (!(error instanceof UnreadableObjectError)) throw error;
    findings.set('unreadable', `cannot be read: ${error.message}`);
  }
  return findings;
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

/** What is still objected to in an object by some checks after exemptions; undefined: nothing. */
export function judgedFor(
  object: Readonly<Record<string, unknown>>,
  configuration: Configuration,
  clock: number,
  checks: readonly string[],
): string | undefined {
  const findings = findingsIn(object, configuration, clock);
  const check = checks.find((id) => findings.has(id));
  return check === undefined ? undefined : `${check}: ${findings.get(check) ?? ''}`;
}
