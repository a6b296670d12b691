import { pointerTo } from '../kubernetes/pointer.ts';
import type { Container, ContainerAt, PodSpec, PodSubject } from '../kubernetes/subject.ts';
import { type Finding, none } from './check.ts';
import { type Field, findingAt, findingIn, type Heading, type Told } from './findings.ts';

/** The securityContext of a container or of a pod: the fields that both have. */
type AnySecurityContext = NonNullable<Container['securityContext']> | NonNullable<PodSpec['securityContext']>;

/** What is wrong with a setting. */
export interface Problem extends Told {
  /** Below securityContext. */
  readonly field: Field;
}

/** A setting that containers inherit from the pod unless they have their own. */
export interface Inherited<T> {
  read(context: AnySecurityContext): T | null | undefined;
  /** Empty and shared when there is none. */
  problemsOf(setting: T): readonly Problem[];
}

/** No problem. */
export const sound: readonly Problem[] = Object.freeze([]);

/** Reads the effective setting of a container: its own, else the pod's. */
export function effectiveIn<T>(
  { spec }: PodSubject,
  { value }: ContainerAt,
  read: (context: AnySecurityContext) => T | null | undefined,
): T | null | undefined {
  const [own, pods] = [value.securityContext, spec.securityContext];
  return (own == null ? undefined : read(own)) ?? (pods == null ? undefined : read(pods));
}

/**
 * Finds what is wrong with the effective setting of each container: its own, else the pod's, at the place where it is
 * written. The pod's is found by itself only where no container inherits it: an ephemeral container still could.
 */
export function findEffective<T>(
  heading: Heading,
  subject: PodSubject,
  { read, problemsOf }: Inherited<T>,
): readonly Finding[] {
  const podContext = subject.spec.securityContext;
  const podSetting = podContext == null ? undefined : read(podContext);
  const podProblems = podSetting == null ? sound : problemsOf(podSetting);
  let isInherited = false;
  let findings: Finding[] | undefined;
  for (const container of subject.containers) {
    const context = container.value.securityContext;
    const own = context == null ? undefined : read(context);
    if (own == null) isInherited = true;
    const problems = own == null ? podProblems : problemsOf(own);
    for (const { field, ...told } of problems) {
      findings ??= [];
      const finding = findingIn(heading, container, ['securityContext', ...field], told);
      findings.push(own == null ? { ...finding, pointer: podField(subject, field) } : finding);
    }
  }
  if (podProblems.length === 0 || isInherited) return findings ?? none;
  const alone = podProblems.map(({ field, words, ...told }) =>
    findingAt(heading, podField(subject, field), {}, { ...told, words: `the pod ${words}` }),
  );
  return findings === undefined ? alone : [...findings, ...alone];
}

function podField(subject: PodSubject, field: Field) {
  return pointerTo(subject.specAt, 'securityContext', ...field);
}
