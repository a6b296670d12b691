import type { ConfigurationDocument } from '../config/document.ts';
import { loadConfiguration } from '../config/load.ts';
import type { Configuration } from '../config/policy.ts';
import { formatProblem } from '../config/problem.ts';
import { isGlob } from '../matching/glob.ts';
import { placed, type Sample, samples } from './cases.ts';
import { compare, headOf, scopeNotes } from './compare.ts';
import {
  compareException,
  type Excepted,
  type Exception,
  exempted,
  mergedExemptions,
  unknownExpiry,
} from './exceptions.ts';
import { compareChanges, type FuseStudy, joined, studyChange } from './fuse.ts';
import type { Kyverno } from './kyverno.ts';
import { type Look, lookUnder } from './ours.ts';
import { proposed, unknownNamespace } from './proposal.ts';
import type { Migration, RuleReport } from './result.ts';
import type { Rule } from './rules.ts';
import { ordinaryNamespaces } from './scope.ts';
import { checksByFields } from './structure.ts';
import { type Bench, everythingDenying, type Study, study } from './study.ts';
import { wrapped } from './workloads.ts';

/** What is migrated, and by what it is judged. */
export interface MigrationInput {
  readonly rules: readonly Rule[];
  readonly exceptions: readonly Exception[];
  /** Objects of the user's, by which rules are judged as well. */
  readonly own: readonly Sample[];
  readonly kyverno: Kyverno | undefined;
  readonly clock: number;
  readonly errors: readonly string[];
  /** Told before each rule that takes seconds. */
  readonly progress?: (text: string) => void;
}

/** Says of each rule what covers it, and writes the configuration that does. */
export async function migrate(input: MigrationInput): Promise<Migration> {
  const { kyverno, errors } = input;
  if (kyverno === undefined) return withoutKyverno(input);
  const bench = benchFor(input, kyverno);
  const studies = new Map<Rule, Study | FuseStudy>();
  for (const [index, rule] of input.rules.entries()) {
    input.progress?.(`${index + 1}/${input.rules.length} ${rule.policy}: ${rule.name}`);
    studies.set(rule, rule.deed === 'mutate' ? await studyChange(rule, bench) : await study(rule, bench));
  }
  const validating = [...studies.values()].filter((one): one is Study => 'checks' in one);
  const grants = joined([...studies.values()].filter((one): one is FuseStudy => !('checks' in one)));
  const excepted = input.exceptions.map((one) => exempted(one, validating));
  const { document, toFillIn } = proposed(validating, grants.mountFuse, mergedExemptions(excepted));
  const configuration = filledIn(document, input.clock);
  const look = lookUnder(configuration, input.clock);
  const rules = [...studies.values()].map((one): RuleReport => {
    if ('checks' in one) return compare(one, look);
    const isSecond = grants.second.includes(one);
    const why = 'another rule gives the device by another label or name, and one contract holds for all';
    return compareChanges(isSecond ? { ...one, mountFuse: undefined, why } : one, configuration, input.clock);
  });
  const exceptions = [];
  for (const one of excepted) exceptions.push(await compareException(named(one, document), bench, configuration));
  return { kyverno: kyverno.version, rules, exceptions, configuration: document, toFillIn, errors };
}

/** The exemption that an exception has become part of. */
function named(one: Excepted, { exemptions = [] }: ConfigurationDocument): Excepted {
  const exemption = exemptions.find(({ namespaces, allow }) => {
    return (
      one.exemption !== undefined &&
      JSON.stringify(namespaces) === JSON.stringify(one.exemption.namespaces) &&
      Object.keys(one.exemption.allow).every((check) => check in allow)
    );
  });
  return { ...one, exemption };
}

/** They are the same each time: the clock only ends exemptions, and there are none here. */
let prepared: { readonly everything: Look; readonly cases: readonly Sample[] } | undefined;

function benchFor({ own, clock }: MigrationInput, kyverno: Kyverno): Bench {
  if (prepared === undefined) {
    const look = lookUnder(everythingDenying(clock), clock);
    prepared = { everything: look, cases: casesFor(clock, look) };
  }
  const { everything, cases } = prepared;
  const known = new Map<string, readonly Sample[]>();
  return {
    kyverno,
    everything,
    own,
    clock,
    samplesFor(place, kind) {
      const key = JSON.stringify([place, kind]);
      const before = known.get(key) ?? wrapped(placed(cases, place), kind);
      known.set(key, before);
      return before;
    },
  };
}

/** The cases that every rule is shown. */
export function casesFor(clock: number, look: Look = lookUnder(everythingDenying(clock), clock)): readonly Sample[] {
  return samples((check, before, after) => check === '' || look(before).has(check) === look(after).has(check));
}

/** The configuration as it will be once a person has filled in what is missing; throws when it is wrong beyond that. */
export function filledIn(document: ConfigurationDocument, clock: number): Configuration {
  const day = new Date(clock + 86_400_000).toISOString().slice(0, 10);
  // Where rules are tried that choose namespaces by their labels.
  const known = (names: readonly string[]) =>
    names.flatMap((name) => (name === unknownNamespace ? ordinaryNamespaces : [name]));
  const filled: ConfigurationDocument = {
    ...document,
    ...(document.namespaces === undefined
      ? {}
      : { namespaces: document.namespaces.map((one) => ({ ...one, match: known(one.match) })) }),
    ...(document.exemptions === undefined
      ? {}
      : {
          exemptions: document.exemptions.map((one) => ({
            ...one,
            namespaces: known(one.namespaces),
            expires: one.expires === unknownExpiry ? day : one.expires,
            acceptAuthorsInNamespace: true,
            ...(one.namespaces.some(isGlob) ? { acceptGlob: true } : {}),
          })),
        }),
  };
  const result = loadConfiguration(JSON.stringify(filled), clock);
  if (result.kind === 'configuration') return result.configuration;
  const problems = result.problems.map((problem) => formatProblem('the proposed configuration', problem));
  throw new Error(problems.join('\n'));
}

function withoutKyverno({ rules, exceptions, errors }: MigrationInput): Migration {
  const { document, toFillIn } = proposed([], undefined, []);
  return {
    kyverno: undefined,
    rules: rules.map(unproven),
    exceptions: exceptions.map(({ source, name }) => {
      const why = "without Kyverno's CLI it is not known which checks cover its rules";
      return { source, name, exemption: undefined, why, notes: [], agreed: 0, lost: [], gained: [] };
    }),
    configuration: document,
    toFillIn,
    errors,
  };
}

function unproven(rule: Rule): RuleReport {
  const nothing = { compared: { cases: 0, own: 0 }, agreed: 0, lost: [], gained: [], otherwise: [] };
  const head = { ...headOf(rule), ...nothing, needs: {}, notes: scopeNotes(rule) };
  if (rule.obstacle !== undefined) return { ...head, verdict: 'left', checks: [], why: rule.obstacle };
  const found = rule.deed === 'mutate' ? [] : checksByFields(rule);
  const why =
    found.length === 0
      ? 'its text names no field that a check restricts'
      : 'its text names fields that these checks restrict; what it does with them was not tried';
  return { ...head, verdict: 'unproven', checks: found, why };
}
