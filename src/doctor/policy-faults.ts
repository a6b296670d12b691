import { nameOf } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import type { ApiObject } from '../safety-net/objects.ts';
import type { About, Diagnosis, Severity } from './diagnosis.ts';
import { differencesOf } from './differences.ts';
import { type Generated, type Origin, remakeCommand } from './policy-commands.ts';
import { calledAs, deleteCommands, membersOf, type PolicyKind, type PolicyPair, resourceOf } from './policy-pairs.ts';
import { isComparable, stalenessOf, versionOf } from './policy-source.ts';
import type { Parts } from './state.ts';

/** Policies of one kind in the cluster, beside what they should be. */
export interface PolicySet {
  readonly kind: PolicyKind;
  /** Those of which something is there. */
  readonly pairs: readonly PolicyPair[];
  /** The objects, as they should be now. */
  readonly expected: readonly ApiObject[];
  /** The objects as they were rightly made earlier, with why they are not right any more. */
  readonly earlier: readonly { readonly why: string; readonly objects: readonly ApiObject[] }[];
  readonly generated: Generated;
  /** The beginning of the ids, and what it is for people. */
  readonly id: 'safety-net' | 'mutation-policy';
  readonly called: string;
  readonly severity: { readonly missing: Severity; readonly wrong: Severity };
}

type Context = Origin & Pick<Parts, 'configuration'>;

/** Everything that is wrong with policies of which at least one is there. */
export function policyFaults(set: PolicySet, parts: Context, about: About): readonly Diagnosis[] {
  const stale = set.pairs.flatMap((pair) => stalePair(pair, parts, about));
  const isCurrent = stale.length === 0;
  const comparable = isCurrent ? set.pairs.filter(({ policy, binding }) => isComparable(policy ?? binding, about)) : [];
  const changed = comparable.flatMap((pair) => membersOf([pair]).flatMap((one) => changedObject(one, pair.name, set)));
  const edited = changed.filter(({ isEarlier }) => !isEarlier);
  const aged = changed.filter(({ isEarlier }) => isEarlier);
  const isWhole = isCurrent && comparable.length === set.pairs.length;
  return [
    ...missing(set, isWhole, parts, about),
    ...outdated(set, [...stale, ...aged], parts, about),
    ...handmade(set, edited, parts, about),
    ...(isCurrent && !isWhole ? [uncompared(set, about)] : []),
  ];
}

interface Wrong {
  readonly object: Fields;
  readonly lines: readonly string[];
}

function stalePair(pair: PolicyPair, parts: Context, about: About): readonly Wrong[] {
  const [object] = membersOf([pair]);
  if (object === undefined) return [];
  const lines = stalenessOf(object, parts, about).map((line) => `${calledAs(object)} ${line}`);
  return lines.length === 0 ? [] : [{ object, lines }];
}

/** What differs from what is generated; whether all of that is since something has ended. */
function changedObject(
  object: Fields,
  name: string,
  { expected, earlier }: PolicySet,
): readonly (Wrong & { isEarlier: boolean })[] {
  const differing = (objects: readonly ApiObject[]): readonly string[] => {
    const own = objects.find((one) => one['kind'] === object['kind'] && nameOf(one) === name);
    return differencesOf(object['spec'], own?.['spec'], `${calledAs(object)}: spec`);
  };
  const lines = differing(expected);
  if (lines.length === 0) return [];
  const past = earlier.find(({ objects }) => differing(objects).length === 0);
  if (past === undefined) return [{ object, lines, isEarlier: false }];
  return [{ object, lines: [`${calledAs(object)} ${past.why}`], isEarlier: true }];
}

function missing(set: PolicySet, isWhole: boolean, parts: Context, about: About): readonly Diagnosis[] {
  const { kind, pairs, expected, called } = set;
  const known = new Set(pairs.map(({ name }) => name));
  const halves = pairs.flatMap(({ name, policy, binding }) => [
    ...(policy === undefined ? [`there is no ${resourceOf(kind)} ${name}`] : []),
    ...(binding === undefined ? [`there is no ${resourceOf(kind)}binding ${name}: nothing asks its policy`] : []),
  ]);
  const absent = expected.filter((one) => !known.has(nameOf(one))).map((one) => `there is no ${calledAs(one)}`);
  const evidence = [...halves, ...(isWhole ? absent : [])];
  if (evidence.length === 0) return [];
  return [
    {
      id: `${set.id}-missing`,
      severity: set.severity.missing,
      title: `a part of ${called} is missing`,
      evidence,
      remedy: 'Make it again. The binding is what the emergency command deletes.',
      command: remakeCommand(pairs, parts, about, set.generated),
    },
  ];
}

function outdated(set: PolicySet, wrong: readonly Wrong[], parts: Context, about: About): readonly Diagnosis[] {
  if (wrong.length === 0) return [];
  const { pairs, expected, called } = set;
  const wanted = new Set(expected.map(nameOf));
  const left = pairs.filter(({ name }) => !wanted.has(name));
  const commands = [
    ...deleteCommands(membersOf(left)),
    ...(expected.length === 0 ? [] : [remakeCommand(pairs, parts, about, set.generated)]),
  ];
  return [
    {
      id: `${set.id}-stale`,
      severity: set.severity.wrong,
      title: `${called} is not that of the configuration in force`,
      evidence: wrong.flatMap(({ lines }) => lines),
      remedy: 'Make it again after each change of the configuration and after each upgrade (docs/safety-net.md).',
      command: commands.join('\n'),
    },
  ];
}

function handmade(set: PolicySet, wrong: readonly Wrong[], parts: Context, about: About): readonly Diagnosis[] {
  if (wrong.length === 0) return [];
  const lines = wrong.flatMap((one) => one.lines);
  const more = lines.length > longestList ? [`and ${lines.length - longestList} more`] : [];
  const commands = [
    ...deleteCommands(wrong.map(({ object }) => object)),
    remakeCommand(set.pairs, parts, about, set.generated),
  ];
  return [
    {
      id: `${set.id}-edited`,
      severity: set.severity.wrong,
      title: `${set.called} was edited by hand`,
      evidence: [...lines.slice(0, longestList), ...more],
      remedy:
        'Delete what was edited and make it again: what somebody has added would stay. Look in the audit log for who did it.',
      command: commands.join('\n'),
    },
  ];
}

const longestList = 10;

function uncompared({ pairs, called }: PolicySet, { version }: About): Diagnosis {
  const evidence = pairs.flatMap(({ policy }) =>
    policy === undefined ? [] : [`${calledAs(policy)} was made by version ${versionOf(policy)}`],
  );
  return {
    id: 'policies-not-compared',
    severity: 'info',
    title: `whether ${called} was edited by hand is not known`,
    evidence,
    remedy: `This is version ${version}, which makes others. Ask pratique doctor of the installed version.`,
    command: null,
  };
}
