import { isGlob } from '../matching/glob.ts';
import { builderFile } from './builtin.ts';
import type { EffectiveConfiguration } from './effective.ts';
import { endOf } from './names.ts';
import { indexNamespaces } from './namespaces.ts';
import type { DocumentPath } from './problem.ts';

/** Something that a valid configuration's owner should know. */
export interface Notice {
  readonly kind: 'expired' | 'expiring' | 'never-expires' | 'admits-docker' | 'unreachable';
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

/** A notice before its place in the text is known. */
export interface PlacedNotice extends Omit<Notice, 'path' | 'line'> {
  readonly at: DocumentPath;
}

/** How long before its end an exemption is told of, in milliseconds: a week. */
const expiryNotice = 7 * 24 * 60 * 60 * 1000;

/** Lists what is worth telling about a valid configuration at a time (milliseconds since the epoch). */
export function noticesOf(effective: EffectiveConfiguration, now: number): readonly PlacedNotice[] {
  return [...expiries(effective, now), ...dockerAdmitted(effective), ...unreachable(effective)];
}

function expiries({ exemptions }: EffectiveConfiguration, now: number): readonly PlacedNotice[] {
  return exemptions.flatMap(({ at, value }): readonly PlacedNotice[] => {
    const notice = (kind: PlacedNotice['kind'], what: string): readonly PlacedNotice[] => [
      { kind, at: [...at, 'expires'], message: `exemption ${value.name} (${value.owner}) ${what}` },
    ];
    const end = endOf(value.expires) ?? 0;
    if (end === Number.POSITIVE_INFINITY) return notice('never-expires', 'never expires');
    if (end < now) return notice('expired', `expired on ${value.expires}: it exempts nothing`);
    if (end - now <= expiryNotice) return notice('expiring', `expires on ${value.expires}`);
    return [];
  });
}

function dockerAdmitted({ namespaces }: EffectiveConfiguration): readonly PlacedNotice[] {
  return namespaces.flatMap(({ at, value }) =>
    value.builders.flatMap(({ profile, containers }, index): readonly PlacedNotice[] => {
      const { notice: text } = builderFile(profile);
      if (text === undefined) return [];
      const where = `in ${value.match.join(', ')}, containers ${containers.join(', ')}`;
      return [
        {
          kind: 'admits-docker',
          at: [...at, 'builders', index],
          message: `builder profile ${profile} ${where}: ${text}`,
        },
      ];
    }),
  );
}

/** Patterns that an earlier entry hides: the first match wins. */
function unreachable({ namespaces }: EffectiveConfiguration): readonly PlacedNotice[] {
  const index = indexNamespaces(namespaces.map(({ value }) => value.match));
  const globs = new Map<string, number>();
  return namespaces.flatMap(({ at, value }, entry) =>
    value.match.flatMap((pattern, position): readonly PlacedNotice[] => {
      const isPattern = isGlob(pattern);
      const first = isPattern ? (globs.get(pattern) ?? entry) : index.first(pattern);
      if (isPattern) globs.set(pattern, first ?? entry);
      if (first === undefined || first === entry) return [];
      const message = `${pattern} is matched by namespaces[${first}] already: the first match wins`;
      return [{ kind: 'unreachable', at: [...at, 'match', position], message }];
    }),
  );
}
