/** A program of the Kubernetes control plane, one of its clients, or one that checks what the project ships. */
export type BinaryName =
  | 'etcd'
  | 'kubectl'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'helm'
  | 'prometheus'
  | 'promtool'
  | 'actionlint'
  | 'gojq'
  | 'kyverno';

/** Programs of one project in one version, which a committed Go module names. */
export interface ProgramSet {
  readonly project: 'Kubernetes' | 'Helm' | 'Prometheus' | 'actionlint' | 'gojq' | 'Kyverno';
  /** The Go module whose version in go.mod is that of the programs. */
  readonly module:
    | 'k8s.io/kubernetes'
    | 'helm.sh/helm/v4'
    | 'github.com/prometheus/prometheus'
    | 'github.com/rhysd/actionlint'
    | 'github.com/itchyny/gojq'
    | 'github.com/kyverno/kyverno';
  /** The folder of go.mod and go.sum. */
  readonly moduleFolder: string;
  /** The environment variable that names a folder with the programs, to be used in place of all else. */
  readonly variable: string;
  /** Whether controller-tools publishes an archive of them. */
  readonly hasArchive: boolean;
  /** What Go calls build tags. */
  readonly tags?: string;
}

/** What one way of getting programs is asked for. */
export interface Source {
  readonly set: ProgramSet;
  /** The version of the set, without "v". */
  readonly version: string;
  readonly names: readonly BinaryName[];
  /** A temporary folder on the cache's file system; what is left in it goes away. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

/** The answer of one way: the files that it made in the temporary folder, or why it made none. */
export type Attempt =
  | { readonly kind: 'done'; readonly files: ReadonlyMap<BinaryName, string> }
  | { readonly kind: 'impossible'; readonly reason: string };
