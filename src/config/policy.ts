import type { Check, Finding, Settings } from '../checks/check.ts';
import type { CustomResource } from '../kubernetes/custom-resource.ts';
import type { PodSubject, Subject } from '../kubernetes/subject.ts';
import type { Fuse } from '../matching/fuse.ts';

/** What a profile does about a check. */
export type Action = 'deny' | 'warn' | 'audit' | 'ignore';

/** How far a namespace has been rolled out. */
export type Mode = 'enforce' | 'warn' | 'audit';

/** Whether a finding is tolerated. */
export type Permits = (finding: Finding) => boolean;

/** Allowances: check id → what of it is tolerated. */
export type Allowances = ReadonlyMap<string, Permits>;

/** A check in a profile; one that is ignored is not there. */
export interface Rule {
  readonly check: Check;
  readonly action: Exclude<Action, 'ignore'>;
  readonly site: Settings;
  readonly permits?: Permits;
}

/** A named set of actions and allowances. */
export interface Profile {
  readonly name: string;
  /** 403 Forbidden with causes, or 422 Invalid, on which every CI system stops at once. */
  readonly denialStatus: 403 | 422;
  /** What of workloads that make pods later: the most that is done about a finding in their templates. */
  readonly templates: Action;
  /** By kind of subject, sorted by check id. */
  readonly rules: Readonly<Record<Subject['kind'], readonly Rule[]>>;
}

/** The relaxations that one kind of image builder needs: one must cover every denying finding of its container. */
export interface BuilderProfile {
  readonly name: string;
  readonly containers: ReadonlySet<string>;
  /** What it tolerates in the pod, or undefined where that does not fulfil its conditions, such as a sandbox class. */
  allowedIn(pod: PodSubject): Allowances | undefined;
  /** Whether every container of the name fulfils its conditions, such as a user that is not root. */
  readonly fits?: (pod: PodSubject, container: string) => boolean;
}

/** Who asked for the object. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Allowances for namespaces, narrowed: one must cover every denying finding of the object, two never add up. */
export interface Exemption {
  readonly name: string;
  /** Milliseconds since the epoch after which it exempts nothing; Infinity for never. */
  readonly expires: number;
  readonly allow: Allowances;
  /** Whether everything but the namespace and the date fits: service account, images, user. */
  applies(subject: Subject, user: User): boolean;
}

/** What holds in one namespace. */
export interface Policy {
  readonly profile: Profile;
  readonly mode: Mode;
  readonly builders: readonly BuilderProfile[];
  readonly exemptions: readonly Exemption[];
}

/** An exemption as metrics and `config validate` tell of it. */
export interface ExemptionNotice {
  readonly name: string;
  readonly owner: string;
  readonly expires: number;
}

/** A whole configuration, compiled once when it is loaded. */
export interface Configuration {
  /** The first 12 hexadecimal digits of SHA-256 over the effective configuration. */
  readonly hash: string;
  /** Constant time, whatever the number of namespace entries and exemptions. */
  policyFor(namespace: string): Policy;
  readonly clusterScoped: Policy;
  readonly fuse: Fuse;
  readonly breakGlassGroups: ReadonlySet<string>;
  /** Of the site, beside those that the product knows. */
  readonly customResources: readonly CustomResource[];
  readonly journal: { readonly allows: 'none' | 'all'; readonly sync: boolean };
  readonly exemptions: readonly ExemptionNotice[];
  /** Annotation keys that some check of any profile reads; prefixes end with `*`. */
  readonly annotationsRead: readonly string[];
}
