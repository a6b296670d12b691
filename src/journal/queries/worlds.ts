import type { Circumstances } from '../../admission/judge.ts';
import { circumstancesOf } from '../../admission/validate.ts';
import type { BuilderProfile, Exemption, Policy } from '../../config/policy.ts';
import type { Subject } from '../../kubernetes/subject.ts';
import type { DecisionRecord } from '../../record/record.ts';
import { erasedUser } from '../store/erasure.ts';
import type { Configured } from './configured.ts';
import {
  isPodRecord,
  isTemplateRecord,
  recordedRequest,
  recordedSubject,
  type Supposition,
} from './recorded-subject.ts';
import { isShortened, isStandIn } from './recorded-text.ts';

/** One way in which what a record does not tell may have been. */
export interface World {
  readonly now: Subject;
  readonly circumstances: Circumstances;
  readonly policy: Policy;
}

/** Checks of which one finds any hostPath volume there is. */
const hostPathChecks = ['engine-socket-mount', 'host-path-protected', 'host-path-unlisted'] as const;

/**
 * Lists the ways in which a record can have come about that make a difference to a policy: what is decided in all of
 * them alike was decided, whichever it was.
 *
 * `ran` tells which checks were run when it was made.
 */
export function worldsOf(
  record: DecisionRecord,
  policy: Policy,
  next: Configured,
  ran: (check: string) => boolean,
): readonly World[] {
  const groupLists = groupsOf(record, next);
  const policies = policiesOf(record, policy, next);
  return suppositions(record, policy, next, ran).flatMap((suppose) => {
    const now = recordedSubject(record, suppose);
    return groupLists.flatMap((groups) => {
      const request = recordedRequest(record, groups);
      const circumstances = circumstancesOf(now, request, policy, next.configuration.breakGlassGroups);
      return policies.map((one) => ({ now, circumstances, policy: one }));
    });
  });
}

function suppositions(
  record: DecisionRecord,
  policy: Policy,
  next: Configured,
  ran: (check: string) => boolean,
): readonly Supposition[] {
  const builds = policy.builders.length > 0;
  const classes = builds ? classesOf(record, next) : [record.runtimeClassName];
  const hostPaths = builds ? hostPathsOf(record, ran) : [false];
  const mirrors = mirrorsOf(record);
  const imageless = isTemplateRecord(record) && !isBuiltInWorkload(record) ? [false, true] : [false];
  return classes.flatMap((runtimeClassName) =>
    hostPaths.flatMap((hostPath) =>
      mirrors.flatMap((mirror) =>
        imageless.map((without) => ({ runtimeClassName, hostPath, mirror, imageless: without })),
      ),
    ),
  );
}

/** A template's class is that which it was sent with, and the mutation may add one; an empty one is recorded as none. */
function classesOf(record: DecisionRecord, { configuration: { fuse } }: Configured): readonly (string | null)[] {
  if (record.runtimeClassName !== null) return [record.runtimeClassName];
  const mutated = isTemplateRecord(record) ? [fuse.runtimeClassName] : [];
  return [null, ...(fuse.acceptUserNamespaces && record.hostUsers === false ? [''] : []), ...mutated];
}

function hostPathsOf(record: DecisionRecord, ran: (check: string) => boolean): readonly boolean[] {
  if (record.judgements.some(({ check }) => hostPathChecks.some((id) => id === check))) return [true];
  return hostPathChecks.every(ran) && record.cut?.judgements === undefined ? [false] : [false, true];
}

/** Only nodes make mirror pods; where something was lowered because of that, or was not, it is known. */
function mirrorsOf(record: DecisionRecord): readonly boolean[] {
  if (!isPodRecord(record)) return [false];
  const { user, judgements } = record;
  if (judgements.some(({ because }) => because === 'mirror')) return [true];
  const isLowerable = judgements.some(
    ({ because, action }) => (because === 'profile' || because === 'mode') && action !== 'audit',
  );
  if (isLowerable) return [false];
  return user === null || user.groups.includes('system:nodes') || isGroupsCut(record) ? [false, true] : [false];
}

/** Validation refuses these without an image, whatever is decided here; those of other groups come from anybody's schema. */
function isBuiltInWorkload({ resource }: DecisionRecord): boolean {
  const [, group = ''] = (resource ?? '').split(/\.(.*)/s);
  return group === '' || group === 'apps' || group === 'batch';
}

function isGroupsCut({ cut, user }: DecisionRecord): boolean {
  return (cut?.groups ?? 0) > 0 || user?.name === erasedUser;
}

/** Groups that were cut may have been any; those that mean something are supposed to be there, and not to be. */
function groupsOf(record: DecisionRecord, { configuration }: Configured): readonly (readonly string[])[] {
  const groups = record.user?.groups ?? [];
  if (!isGroupsCut(record)) return [groups];
  const meaningful = ['system:nodes', ...configuration.breakGlassGroups];
  return [groups, [...groups, ...meaningful]];
}

function policiesOf(record: DecisionRecord, policy: Policy, next: Configured): readonly Policy[] {
  return buildersSupposed(record, policy).flatMap((one) => exemptionsSupposed(record, one, next));
}

/**
 * Of a container a record has no more than its name, so that a builder profile which looks at it is supposed to fit, and
 * not to: more cover more. Where one has covered something, it did fit.
 */
function buildersSupposed(record: DecisionRecord, policy: Policy): readonly Policy[] {
  const found = new Set(record.judgements.map(({ place }) => place.container));
  const fitted = new Set(
    record.judgements.flatMap(({ because, ref, place }) =>
      because === 'builder' ? [`${ref} ${place.container}`] : [],
    ),
  );
  const isUnknown = ({ name, containers, fits }: BuilderProfile) =>
    fits !== undefined && [...containers].some((one) => found.has(one) && !fitted.has(`${name} ${one}`));
  const supposed = (fit: boolean): Policy => ({
    ...policy,
    builders: policy.builders.map((one) => {
      if (one.fits === undefined) return one;
      return { ...one, fits: (_pod, container) => fit || fitted.has(`${one.name} ${container}`) };
    }),
  });
  return policy.builders.some(isUnknown) ? [supposed(false), supposed(true)] : [supposed(true)];
}

/** Exemptions of which it is not known whether they fit are supposed to fit, all of them, and not to: more cover more. */
function exemptionsSupposed(record: DecisionRecord, policy: Policy, { effective }: Configured): readonly Policy[] {
  if (policy.exemptions.length === 0) return [policy];
  const name = record.user?.name ?? '';
  const isUserUnknown = record.user === null || isStandIn(name) || isShortened(name);
  const isGroupUnknown = isGroupsCut(record);
  const isImageUnknown = (record.cut?.images ?? 0) > 0 || record.images.some(isShortened);
  if (!isUserUnknown && !isGroupUnknown && !isImageUnknown) return [policy];
  const documents = new Map(effective.exemptions.map(({ value }) => [value.name, value]));
  const isUnknown = ({ name: exemption }: Exemption) => {
    const document = documents.get(exemption);
    return (
      (isUserUnknown && document?.users !== undefined) ||
      (isGroupUnknown && document?.groups !== undefined) ||
      (isImageUnknown && document?.images !== undefined)
    );
  };
  if (!policy.exemptions.some(isUnknown)) return [policy];
  const supposed = (fits: boolean): Policy => ({
    ...policy,
    exemptions: policy.exemptions.map((one) => (isUnknown(one) ? { ...one, applies: () => fits } : one)),
  });
  return [supposed(false), supposed(true)];
}
