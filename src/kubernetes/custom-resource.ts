/**
 * Where a kind of custom resource has a pod.
 *
 * Paths are keys joined by dots; `*` stands for every entry of a list or of an object. What is not there is passed over.
 */
export interface PodPath {
  /** Where the pod, or what takes its place, is: everything else is relative to it, and it may be empty. */
  readonly at: string;
  /** What is there: a PodTemplateSpec or a PodSpec, or parts that a controller makes a pod of. */
  readonly is: 'template' | 'spec' | 'parts';
  /** Of parts: containers, or lists of them. */
  readonly containers?: readonly string[];
  /** Of parts: lists of volumes. */
  readonly volumes?: readonly string[];
  /** Of parts: lists of KubeVirt's volumes, whose hostDisk is a hostPath of the pod that runs the machine. */
  readonly hostDisks?: readonly string[];
}

/** Kinds of custom resources that hold pods, each as `group/Kind`, whatever the version. */
export interface CustomResource {
  readonly kinds: readonly string[];
  readonly pods: readonly PodPath[];
}
