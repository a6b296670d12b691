/** What may be said of a block or a file, as the first word of its verdict. */
const outcomes = [
  // Kubernetes objects, sent to the API server.
  'allow',
  'patch',
  'deny',
  'exempt',
  'would-deny',
  'refused',
  // Everything else.
  'configuration',
  'part',
  'entry',
  'values',
  'rules',
  'ci',
  'not-applied',
] as const;

type Outcome = (typeof outcomes)[number];

/**
 * Why something is parsed and not applied: a closed list, so that nobody leaves a block out in passing.
 *
 * `group` is the API group of objects whose CustomResourceDefinition is not installed here; the API server must not know it.
 */
export const notApplied: Readonly<Record<string, { readonly why: string; readonly group?: string }>> = {
  'alert-rules': { why: 'a rule file of Prometheus' },
  'apiserver-file': { why: 'a file that the API server reads at its start', group: 'apiserver.config.k8s.io' },
  'argo-values': { why: 'values of the chart of Argo Workflows' },
  'argo-workflow': { why: 'an object of Argo Workflows', group: 'argoproj.io' },
  'arc-values': { why: 'values of the chart gha-runner-scale-set' },
  'argo-cd': { why: 'an object of Argo CD', group: 'argoproj.io' },
  'buildkite-pipeline': { why: 'a pipeline of Buildkite' },
  'buildkite-values': { why: 'values of the chart agent-stack-k8s' },
  'cert-manager': { why: 'an object of cert-manager', group: 'cert-manager.io' },
  dashboard: { why: 'a dashboard of Grafana' },
  'flux-helm': { why: 'an object of Flux', group: 'helm.toolkit.fluxcd.io' },
  'flux-kustomize': { why: 'an object of Flux', group: 'kustomize.toolkit.fluxcd.io' },
  'flux-source': { why: 'an object of Flux', group: 'source.toolkit.fluxcd.io' },
  'gitlab-values': { why: 'values of the chart gitlab-runner' },
  'jenkins-values': { why: 'values of the chart jenkins' },
  'kata-values': { why: 'values of the chart kata-deploy' },
  kyverno: { why: 'an object of Kyverno', group: 'kyverno.io' },
  'kyverno-policies': { why: 'an object of Kyverno', group: 'policies.kyverno.io' },
  'no-longer-served': { why: 'an object of an API that Kubernetes has removed', group: 'policy' },
  'old-runtime-class': { why: 'a RuntimeClass of a removed version', group: 'node.k8s.io' },
  'prometheus-operator': { why: 'an object of Prometheus Operator', group: 'monitoring.coreos.com' },
  'tekton-task': { why: 'an object of Tekton', group: 'tekton.dev' },
  'woodpecker-pipeline': { why: 'a pipeline of Woodpecker' },
  'woodpecker-values': { why: 'values of the chart of Woodpecker' },
};

/** What a page says of a YAML block or of a file of deploy/. */
export interface Verdict {
  readonly outcome: Outcome;
  /** Checks; of `exempt` the exemption, of `refused` words of the API server, of `not-applied` the reason, of `ci` the system. */
  readonly names: readonly string[];
  /** Checks that warn beside. */
  readonly warns: readonly string[];
  /** Whether a workload whose pods are denied is itself let in, with a warning. */
  readonly templateWarns: boolean;
  /** The configuration that judges: a file of the repository, or undefined for the built-in one. */
  readonly under: string | undefined;
  /** The namespace of objects that name none. */
  readonly namespace: string;
  /** Whether nothing judges but the check of the page. */
  readonly alone: boolean;
  /** The pods that a controller makes of it: files of the repository. */
  readonly leadsTo: readonly string[];
}

/** What a page says once for all its blocks. */
export type PageVerdict = Partial<Pick<Verdict, 'under' | 'namespace'>>;

/** Reads `deny privileged; warns engine-image; under deploy/x.yaml; in ci`. Throws with what is wrong. */
export function parseVerdict(text: string, page: PageVerdict = {}): Verdict {
  const [head = '', ...clauses] = text.split(';').map((clause) => clause.trim());
  const [first = '', ...names] = head.split(/\s+/);
  const outcome = outcomes.find((one) => one === first);
  if (outcome === undefined) throw new Error(`"${first}" is no verdict: ${outcomes.join(', ')}`);
  const verdict: Verdict = {
    outcome,
    names: names.toSorted(),
    warns: [],
    templateWarns: false,
    under: page.under,
    namespace: page.namespace ?? 'gitlab',
    alone: false,
    leadsTo: [],
    ...(outcome === 'refused' ? { names: [names.join(' ')] } : {}),
  };
  requireNames(verdict);
  return clauses.reduce(withClause, verdict);
}

/** Reads what a page says once: `under deploy/x.yaml; in ci`. */
export function parsePageVerdict(text: string): PageVerdict {
  const { under, namespace } = parseVerdict(`allow; ${text}`);
  return { ...(under === undefined ? {} : { under }), namespace };
}

/** Writes the part of a verdict that the API server decides, for comparison. */
export function writtenVerdict(verdict: Pick<Verdict, 'outcome' | 'names' | 'warns' | 'templateWarns'>): string {
  const { outcome, names, warns, templateWarns } = verdict;
  const clauses = [
    [outcome, ...names].join(' '),
    ...(warns.length === 0 ? [] : [`warns ${warns.join(' ')}`]),
    ...(templateWarns ? ['template warns'] : []),
  ];
  return clauses.join('; ');
}

const withoutNames: readonly Outcome[] = ['allow', 'patch', 'configuration', 'part', 'values', 'rules'];

function requireNames({ outcome, names }: Verdict): void {
  if (withoutNames.includes(outcome) !== (names.length === 0)) {
    throw new Error(
      `"${outcome}" ${names.length === 0 ? 'needs a name behind it' : `takes no name: ${names.join(' ')}`}`,
    );
  }
  const [reason = ''] = names;
  if (outcome === 'not-applied' && notApplied[reason] === undefined) {
    throw new Error(`"${reason}" is no reason not to apply: ${Object.keys(notApplied).join(', ')}`);
  }
}

function withClause(verdict: Verdict, clause: string): Verdict {
  const [, word = '', rest = ''] = /^(template warns|leads to|warns|under|in|alone)(?:\s+(.+))?$/.exec(clause) ?? [];
  if ((word === 'template warns' || word === 'alone') !== (rest === '')) throw new Error(`"${clause}" is no clause`);
  switch (word) {
    case 'template warns':
      return { ...verdict, templateWarns: true };
    case 'alone':
      return { ...verdict, alone: true };
    case 'warns':
      return { ...verdict, warns: rest.split(/\s+/).toSorted() };
    case 'under':
      return { ...verdict, under: rest === 'default' ? undefined : rest };
    case 'in':
      return { ...verdict, namespace: rest };
    case 'leads to':
      return { ...verdict, leadsTo: rest.split(/\s+/) };
    default:
      throw new Error(`"${clause}" is no clause`);
  }
}
