import { isDeepStrictEqual } from 'node:util';
import type { Check, Parameter } from '../../checks/check.ts';
import type { AllowanceDocument, SettingDocument } from '../../config/document.ts';
import { allowedPath, canonicalSetting, isWiderAllowance } from '../../config/settings.ts';
import type { ConfigurationChange } from './usage.ts';

/** What a change does to what is let through. */
export type Effect = ConfigurationChange['effect'];

export type Changes = readonly ConfigurationChange[];

/** Makes a change; `text` is a sentence. */
export function change(subject: string, text: string, effect: Effect): ConfigurationChange {
  return { subject, text, effect };
}

/** What going from one strength to another does. */
export function effectOf(before: number, after: number): Effect {
  return after > before ? 'stronger' : 'weaker';
}

/** Tells what a list of what is let through gained and lost. */
export function listChanges(
  subject: string,
  what: string,
  before: readonly string[],
  after: readonly string[],
): Changes {
  return [
    ...after
      .filter((one) => !before.includes(one))
      .map((one) => change(subject, `Gains the ${what} ${one}.`, 'weaker')),
    ...before
      .filter((one) => !after.includes(one))
      .map((one) => change(subject, `Loses the ${what} ${one}.`, 'stronger')),
  ];
}

/** Tells what a check allows more, and less. */
export function allowanceChanges(
  subject: string,
  check: Check,
  before: AllowanceDocument | undefined,
  after: AllowanceDocument | undefined,
): Changes {
  const [old, next] = [allowanceWords(check, before), allowanceWords(check, after)];
  if (isDeepStrictEqual(old, next)) return [];
  const [wider, narrower] = [isWiderAllowance(check, after, before), isWiderAllowance(check, before, after)];
  const effect: Effect = wider === narrower ? 'other' : wider ? 'weaker' : 'stronger';
  return [change(subject, `What ${check.id} allows differs: ${difference(old, next)}.`, effect)];
}

function allowanceWords(check: Check, allowance: AllowanceDocument | undefined): readonly string[] {
  if (allowance === undefined) return [];
  if (allowance === true) return ['everything'];
  return Object.entries(allowance).flatMap(([name, setting]) =>
    settingWords(setting, check.allow[name]).map((word) => `${name} ${word}`),
  );
}

/** The entries of a setting in the words of a person. */
function settingWords(setting: SettingDocument, parameter: Parameter | undefined): readonly string[] {
  if (parameter?.kind !== 'allowedPaths') return canonicalSetting(setting, parameter);
  const words = setting.map(allowedPath).map(({ path, readOnly, tree, submounts }) => {
    const how = [readOnly ? 'read-only' : 'to be written to'];
    if (tree) how.push('with all below');
    if (submounts === 'accept') how.push('with what is mounted below');
    return `${path} (${how.join(', ')})`;
  });
  return [...new Set(words)].sort();
}

/** Entries that came, with a plus, and that went. */
export function difference(before: readonly string[], after: readonly string[]): string {
  const gained = after.filter((one) => !before.includes(one)).map((one) => `+ ${one}`);
  const lost = before.filter((one) => !after.includes(one)).map((one) => `- ${one}`);
  return [...gained, ...lost].join(', ');
}
