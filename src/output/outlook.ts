import { shown, shownObject } from './shown.ts';
import { counted } from './summary.ts';

/** An object that a scan names in one of its lists. */
export interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Null of what owns no pods. */
  readonly pods: number | null;
  /** By which it is, or was, denied. */
  readonly checks: readonly string[];
}

/** What a scan of a cluster says beside its results; as JSON it stands beside them under the same keys. */
export interface Outlook {
  /** What a controller would try to make anew, and could not where everything is enforced. */
  readonly notComingBack: readonly Named[];
  /** Null when nothing is compared. */
  readonly newlyDenied: readonly Named[] | null;
  readonly newlyAdmitted: readonly Named[] | null;
}

/** Writes an outlook for people; `under` names the configuration that is compared. */
export function outlookText({ notComingBack, newlyDenied, newlyAdmitted }: Outlook, under: string): string {
  const sections = [
    section('Would not come back if their node were replaced under enforcement', notComingBack),
    ...(newlyDenied === null ? [] : [section(`Newly denied under ${shown(under)}`, newlyDenied)]),
    ...(newlyAdmitted === null ? [] : [section(`Newly admitted under ${shown(under)}`, newlyAdmitted)]),
  ];
  return sections.map((text) => `\n${text}`).join('');
}

function section(title: string, named: readonly Named[]): string {
  if (named.length === 0) return `${title}: none\n`;
  return `${title}:\n${named.map((one) => `  ${line(one)}\n`).join('')}`;
}

function line(one: Named): string {
  const owned = one.pods === null ? '' : `, ${counted(one.pods, 'pod')}`;
  return `${shownObject(one)}${owned}: ${one.checks.join(', ')}`;
}
