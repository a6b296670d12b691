import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { programVersion } from '../../src/commands/version.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { beyondChart } from '../../src/doctor/expected-net.ts';
import { createCa } from '../../src/tls/issue.ts';
import { about, healthyParts, idsOf } from '../harness/doctor-state.ts';
import { render, valuesFiles } from './chart.ts';

const files = await valuesFiles();

test.each(files)('nothing is wrong with the webhook configurations and the safety net of $name', async ({ file }) => {
  const objects = await render(['--values', file]);
  const of = (kind: string) => objects.filter((one) => one.kind === kind);
  // The journal has a Deployment and a Service of its own.
  const ownOf = (kind: string) => of(kind).find(({ metadata }) => metadata.name === 'pratique');
  const map = of('ConfigMap').find(({ metadata }) => metadata.name.startsWith('pratique-config-'));
  const configuration = loadConfiguration(map?.['data']['config.yaml'], about.clock);
  if (configuration.kind === 'invalid') throw new Error(stringify(configuration.problems));
  const { certificate } = await createCa(about.clock, 1000 * 86_400_000);
  const validatingPolicies = objects.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
  expect(validatingPolicies.length).toBe(beyondChart(configuration.effective).length === 0 ? 2 : 0);
  const parts = {
    ...healthyParts(certificate.pem, configuration),
    deployment: ownOf('Deployment'),
    service: ownOf('Service'),
    validating: parse(JSON.stringify(of('ValidatingWebhookConfiguration'))),
    mutating: parse(JSON.stringify(of('MutatingWebhookConfiguration'))),
    validatingPolicies,
  };
  const found = idsOf(parts, { version: programVersion() });
  const wrong = /^(webhook|namespace|failure|aks|service|mutating|safety|policies|mutation)-/;
  const isOpen =
    configuration.effective.default.mode === 'enforce' &&
    of('ValidatingWebhookConfiguration')[0]?.['webhooks'][0].failurePolicy === 'Ignore';
  expect(found.filter((id) => wrong.test(id))).toEqual(isOpen ? ['webhook-unenforced'] : []);
});
