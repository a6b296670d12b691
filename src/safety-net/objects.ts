import type { EffectiveConfiguration } from '../config/effective.ts';
import type { Configuration } from '../config/policy.ts';

/** A configuration as it was loaded. */
export interface NetConfiguration {
  readonly configuration: Configuration;
  readonly effective: EffectiveConfiguration;
  /** What tells whether policies were made from what a chart is given: see documentHash; absent where nobody asks. */
  readonly documentHash?: string;
  /** Of the program that makes the policies. */
  readonly version?: string;
}

/** An object for the API server. */
export type ApiObject = Readonly<Record<string, unknown>>;

/** The hash of the configuration that a policy was made from, as the webhook's answers have it. */
export const configAnnotation = 'pratique.dev/config';
/** The hash of its document: the chart compares it with its own values. */
const documentAnnotation = 'pratique.dev/config-document';

/** The version of the program that made a policy: the chart takes only those of its own. */
export const versionAnnotation = 'pratique.dev/version';

/** The annotations that tell where a policy comes from. */
export function configAnnotations(source: NetConfiguration): Readonly<Record<string, string>> {
  const { configuration, documentHash, version } = source;
  return {
    [configAnnotation]: configuration.hash,
    ...(documentHash === undefined ? {} : { [documentAnnotation]: documentHash }),
    ...(version === undefined ? {} : { [versionAnnotation]: version }),
  };
}

/** By the one label of a namespace that nobody can change. */
export function notIn(namespaces: readonly string[]): ApiObject {
  return { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: namespaces }] };
}

/** A condition that leaves out pods that only mirror static ones: see admission/mirror.ts. */
export const noMirror: ApiObject = {
  name: 'is-no-mirror-of-a-static-pod',
  expression:
    "!('kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}) && 'system:nodes' in request.userInfo.?groups.orValue([]))",
};
