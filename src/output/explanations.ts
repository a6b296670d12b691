import { checks } from '../checks/registry.ts';
import examples from './examples.json' with { type: 'json' };
import { type Examples, type Explanation, explain } from './explanation.ts';

/** Everything that users are told of every check, in the order of the registry. */
export function explanations(): readonly Explanation[] {
  const known: Readonly<Record<string, Examples>> = examples;
  return checks.flatMap((check) => {
    const own = known[check.id];
    return own === undefined ? [] : [explain(check, own)];
  });
}
