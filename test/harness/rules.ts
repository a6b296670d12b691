import { loadConfiguration } from '../../src/config/load.ts';
import type { Configuration, Rule } from '../../src/config/policy.ts';

/** Loads a configuration that a test writes as data; throws with every problem when it is invalid. */
export function configurationOf(document: Readonly<Record<string, unknown>> = {}): Configuration {
  const head = { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration' };
  const result = loadConfiguration(JSON.stringify({ ...head, ...document }), Date.now());
  if (result.kind === 'configuration') return result.configuration;
  throw new Error(result.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}

const known = new Map<string, Rule>();

/**
 * The rule of one check, with settings of the site and an allowance as a configuration file writes them.
 *
 * Most cases of a check want the same one, and a rule keeps no state: it is compiled once.
 */
export function ruleFor(id: string, site: Readonly<Record<string, unknown>> = {}, allow?: unknown): Rule {
  const key = JSON.stringify([id, site, allow]);
  const rule = known.get(key) ?? compiledRule(id, site, allow);
  known.set(key, rule);
  return rule;
}

function compiledRule(id: string, site: Readonly<Record<string, unknown>>, allow: unknown): Rule {
  const entry = { action: 'deny', ...site, ...(allow === undefined ? {} : { allow }) };
  const configuration = configurationOf({
    profiles: { case: { extends: 'dind', checks: { [id]: entry } } },
    default: { profile: 'case' },
    mountFuse: { namespaces: ['gitlab'] },
  });
  const { rules } = configuration.policyFor('jobs').profile;
  const rule = Object.values(rules)
    .flat()
    .find(({ check }) => check.id === id);
  if (rule === undefined) throw new Error(`The profile has no rule for ${id}.`);
  return rule;
}
