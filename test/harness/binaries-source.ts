/** A program of the Kubernetes control plane, or its client. */
export type BinaryName = 'etcd' | 'kubectl' | 'kube-apiserver' | 'kube-controller-manager';

/** What one way of getting programs is asked for. */
export interface Source {
  /** The Kubernetes version, without "v". */
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
