import type { PodSubject } from '../kubernetes/subject.ts';
import { acceptsFuseSandbox, type Fuse } from '../matching/fuse.ts';
import { compileGlob } from '../matching/glob.ts';
import { builderFile } from './builtin.ts';
import type { BuiltInBuilder } from './builtin-names.ts';
import type { BuilderConditions } from './document.ts';
import type { BuilderProfile } from './policy.ts';
import { compileAllowances } from './settings.ts';

/** Compiles a built-in builder profile for the containers that a namespace gives it to. */
export function compileBuilder(name: BuiltInBuilder, containers: readonly string[], fuse: Fuse): BuilderProfile {
  const { conditions, allow } = builderFile(name);
  return {
    name,
    containers: new Set(containers),
    allow: compileAllowances(allow, fuse),
    holds: compileConditions(conditions, fuse),
  };
}

function compileConditions(conditions: BuilderConditions, fuse: Fuse): (pod: PodSubject) => boolean {
  const accepted = classesOf(conditions, fuse);
  const refused = (conditions.exceptRuntimeClassNames ?? []).map(compileGlob);
  return ({ spec, volumes }) => {
    const runtimeClass = spec.runtimeClassName ?? '';
    return (
      (conditions.sandbox !== true || acceptsFuseSandbox(fuse, spec.runtimeClassName, spec.hostUsers)) &&
      (accepted === undefined || accepted.has(runtimeClass)) &&
      !refused.some((matches) => matches(runtimeClass)) &&
      (conditions.hostUsers !== false || spec.hostUsers === false) &&
      (conditions.hostPath !== 'none' || volumes.every(({ value }) => value.hostPath == null))
    );
  };
}

function classesOf({ runtimeClassNames }: BuilderConditions, fuse: Fuse): ReadonlySet<string> | undefined {
  if (runtimeClassNames !== 'sandbox') return runtimeClassNames === undefined ? undefined : new Set(runtimeClassNames);
  return new Set([fuse.runtimeClassName, ...fuse.acceptedRuntimeClassNames]);
}
