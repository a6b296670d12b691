import { named, nameOf, textAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { commandOf } from './commands.ts';

/** The two kinds of policies that the API server evaluates by itself. */
export type PolicyKind = 'ValidatingAdmissionPolicy' | 'MutatingAdmissionPolicy';

/** A policy and its binding, which has the same name; either may be missing, and not both. */
export interface PolicyPair {
  readonly name: string;
  readonly policy: Fields | undefined;
  readonly binding: Fields | undefined;
}

/** Finds policies with their bindings; a binding of another name does, where there is none of the same. */
export function pairsOf(objects: readonly Fields[], kind: PolicyKind, names: readonly string[]): readonly PolicyPair[] {
  const policies = objects.filter((one) => one['kind'] === kind);
  const bindings = objects.filter((one) => one['kind'] === `${kind}Binding`);
  return names.flatMap((name): readonly PolicyPair[] => {
    const policy = named(policies, name);
    const own = bindings.filter((one) => textAt(one, 'spec', 'policyName') === name);
    const binding = named(bindings, name) ?? own[0];
    return policy === undefined && binding === undefined ? [] : [{ name, policy, binding }];
  });
}

/** The objects of pairs. */
export function membersOf(pairs: readonly PolicyPair[]): readonly Fields[] {
  return pairs.flatMap(({ policy, binding }) => [policy, binding].filter((one) => one !== undefined));
}

/** An object as kubectl knows it, and people. */
export function calledAs(object: Fields): string {
  return `${resourceOf(textAt(object, 'kind'))} ${nameOf(object)}`;
}

/** The resource of a kind, as kubectl knows it. */
export function resourceOf(kind: string): string {
  return kind.toLowerCase();
}

/** Deletes objects, a line each. */
export function deleteCommands(objects: readonly Fields[]): readonly string[] {
  return objects.map((one) => commandOf('kubectl', 'delete', resourceOf(textAt(one, 'kind')), nameOf(one)));
}
