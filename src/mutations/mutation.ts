import type { Pod, PodSubject } from '../kubernetes/subject.ts';
import type { Fuse } from '../matching/fuse.ts';

/** A pure function from Pod to Pod; the patch is derived from the two. */
export interface Mutation {
  /** kebab-case, the file's name. */
  readonly id: string;
  /** The check that proves the result. */
  readonly twin: string;
  /** The same object when there is nothing to do; unchanged parts keep their identity, so that the patch costs little. */
  apply(subject: PodSubject, fuse: Fuse): Pod;
}
