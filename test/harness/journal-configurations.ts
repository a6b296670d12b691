import { wholeDocument } from '../../src/config/effective.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { type Configured, configuredOf } from '../../src/journal/queries/configured.ts';

/** Loads a configuration that a test writes as data, as the journal's questions want it; throws when it is invalid. */
export function configuredFor(document: Readonly<Record<string, unknown>>): Configured {
  const head = { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration' };
  const loaded = loadConfiguration(JSON.stringify({ ...head, ...document }), 0);
  if (loaded.kind === 'configuration') return configuredOf(loaded.configuration, loaded.effective);
  throw new Error(loaded.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}

/** The document of the configuration line that a process would send of it. */
export function documentFor(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return wholeDocument(configuredFor(document).effective);
}
