import type { CustomResource } from '../kubernetes/custom-resource.ts';
import type { BuiltInBuilder } from './builtin-names.ts';
import type { Action, Mode } from './policy.ts';

/** How a host path that is tolerated is written: a string is exactly that path, and may be written to. */
export type AllowedPathDocument =
  | string
  | {
      readonly path: string;
      readonly readOnly?: boolean | undefined;
      readonly tree?: boolean | undefined;
      readonly submounts?: 'reject' | 'accept' | undefined;
    };

/** A list as the kind of the setting wants it: paths, names or image globs. */
export type SettingDocument = readonly AllowedPathDocument[];

/** Settings by the check's own shape; `true` is everything of that check. */
export type AllowanceDocument = true | Readonly<Record<string, SettingDocument>>;

/** Allowances by check id. */
export type AllowancesDocument = Readonly<Record<string, AllowanceDocument>>;

/** A check in a profile: its action, or an object with that, its allowance and its site settings. */
export type CheckDocument =
  | Action
  | {
      readonly action: Action;
      readonly allow?: AllowanceDocument | undefined;
      readonly [setting: string]: Action | AllowanceDocument | SettingDocument | undefined;
    };

export interface ProfileDocument {
  readonly extends?: string | undefined;
  readonly denialStatus?: 403 | 422 | undefined;
  readonly templates?: Action | undefined;
  readonly checks?: Readonly<Record<string, CheckDocument>> | undefined;
}

export interface BuilderUseDocument {
  readonly profile: BuiltInBuilder;
  readonly containers: readonly string[];
}

interface NamespacesDocument {
  readonly match: readonly string[];
  readonly profile?: string | undefined;
  readonly mode?: Mode | undefined;
  readonly builders?: readonly BuilderUseDocument[] | undefined;
  readonly acceptGlob?: boolean | undefined;
}

interface ScopeDocument {
  readonly profile?: string | undefined;
  readonly mode?: Mode | undefined;
}

export interface MountFuseDocument {
  readonly label?: Readonly<Record<string, string>> | undefined;
  readonly namespaces?: readonly string[] | undefined;
  readonly acceptGlob?: boolean | undefined;
  readonly resource?: string | undefined;
  readonly gatedResources?: readonly string[] | undefined;
  readonly count?: number | undefined;
  readonly containers?: readonly string[] | undefined;
  readonly runtimeClassName?: string | undefined;
  readonly acceptedRuntimeClassNames?: readonly string[] | undefined;
  readonly acceptUserNamespaces?: boolean | undefined;
}

export interface ExemptionDocument {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly serviceAccounts?: readonly string[] | undefined;
  readonly images?: readonly string[] | undefined;
  readonly users?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly allow: AllowancesDocument;
  readonly owner: string;
  readonly reason: string;
  /** A date, `2027-06-30`, or `never`. */
  readonly expires: string;
  readonly acceptNoExpiry?: boolean | undefined;
  readonly acceptGlob?: boolean | undefined;
  readonly acceptAuthorsInNamespace?: boolean | undefined;
}

interface BreakGlassDocument {
  readonly groups?: readonly string[] | undefined;
}

interface JournalDocument {
  readonly allows?: 'none' | 'all' | undefined;
  readonly sync?: boolean | undefined;
}

/** A configuration as it is written, once it has the right form. */
export interface ConfigurationDocument {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'PratiqueConfiguration';
  readonly profiles?: Readonly<Record<string, ProfileDocument>> | undefined;
  readonly namespaces?: readonly NamespacesDocument[] | undefined;
  readonly default?: ScopeDocument | undefined;
  readonly clusterScoped?: ScopeDocument | undefined;
  readonly mountFuse?: MountFuseDocument | undefined;
  readonly exemptions?: readonly ExemptionDocument[] | undefined;
  readonly breakGlass?: BreakGlassDocument | undefined;
  readonly customResources?: readonly CustomResource[] | undefined;
  readonly journal?: JournalDocument | undefined;
}

/** A built-in profile's file: it starts from nothing, and so it names every check. */
export interface ProfileFile {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'PratiqueProfile';
  readonly denialStatus: 403 | 422;
  readonly templates: Action;
  readonly checks: Readonly<Record<string, CheckDocument>>;
}

/** What a pod, and the container in it, must be before a builder profile relaxes anything; all that are given must hold. */
export interface BuilderConditions extends ContainerConditions {
  /** A class of mountFuse, or hostUsers: false where mountFuse accepts that instead. */
  readonly sandbox?: true | undefined;
  /** One of these classes; `sandbox` stands for those of mountFuse. */
  readonly runtimeClassNames?: 'sandbox' | readonly string[] | undefined;
  /** None of these classes, by glob. */
  readonly exceptRuntimeClassNames?: readonly string[] | undefined;
  readonly hostUsers?: false | undefined;
  readonly hostPath?: 'none' | undefined;
}

/** What the container must be; what it leaves to the pod counts as its own. */
export interface ContainerConditions {
  /** It cannot be root: its user is another, or there is none and runAsNonRoot makes the kubelet refuse root. */
  readonly runAsNonRoot?: true | undefined;
  readonly allowPrivilegeEscalation?: false | undefined;
  /** It holds no extended resource, the FUSE device among them, and no claim of dynamic resource allocation. */
  readonly devices?: 'none' | undefined;
}

/** A built-in builder profile's file. */
export interface BuilderFile {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'PratiqueBuilder';
  readonly conditions: BuilderConditions;
  readonly allow: AllowancesDocument;
  /** What is tolerated besides in a pod that has none of the classes of mountFuse. */
  readonly allowOutsideSandboxClasses?: AllowancesDocument | undefined;
  /** What whoever enables it is told each time that the configuration is loaded. */
  readonly notice?: string | undefined;
}

/** The version of all three kinds of file. */
export const apiVersion = 'pratique.dev/v1alpha1';
