import { readFileSync } from 'node:fs';
import { root } from '../harness/verdict-places.ts';
import { documentsOf } from './verdict-objects.ts';

/**
 * Reads a configuration of the repository, as what is merged over a test's base. Its exemptions never expire, or the test
 * would fail from one day on.
 */
export function configurationIn(file: string): object {
  const [document] = documentsOf(readFileSync(root + file, 'utf8'));
  const { apiVersion: _, kind, ...fields } = document ?? {};
  if (kind !== 'PratiqueConfiguration') throw new Error(`${file} is no configuration.`);
  const exemptions = (fields['exemptions'] ?? []) as readonly object[];
  const lasting = { expires: 'never', acceptNoExpiry: true };
  return { ...fields, exemptions: exemptions.map((exemption) => ({ ...exemption, ...lasting })) };
}
