import { mountFuse } from './mount-fuse.ts';
import type { Mutation } from './mutation.ts';

/** All mutations, in the order in which they are applied. */
export const mutations: readonly Mutation[] = [mountFuse];
