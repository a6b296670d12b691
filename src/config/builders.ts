import { isDeviceName } from '../checks/device-resource.ts';
import { effectiveIn } from '../checks/effective.ts';
import type { ContainerAt, PodSubject } from '../kubernetes/subject.ts';
import { acceptsFuseSandbox, type Fuse } from '../matching/fuse.ts';
import { compileGlob } from '../matching/glob.ts';
import { builderFile } from './builtin.ts';
import type { BuiltInBuilder } from './builtin-names.ts';
import type { BuilderConditions, ContainerConditions } from './document.ts';
import type { BuilderProfile } from './policy.ts';
import { compileAllowances } from './settings.ts';

/** Compiles a built-in builder profile for the containers that a namespace gives it to. */
export function compileBuilder(name: BuiltInBuilder, containers: readonly string[], fuse: Fuse): BuilderProfile {
  const { conditions, allow, allowOutsideSandboxClasses } = builderFile(name);
  const everywhere = compileAllowances(allow, fuse);
  const outside = new Map([...everywhere, ...compileAllowances(allowOutsideSandboxClasses ?? {}, fuse)]);
  const sandboxes = sandboxClassesOf(fuse);
  const holds = compileConditions(conditions, fuse);
  return {
    name,
    containers: new Set(containers),
    allowedIn(pod) {
      if (!holds(pod)) return undefined;
      return sandboxes.has(pod.spec.runtimeClassName ?? '') ? everywhere : outside;
    },
    ...(looksAtContainers(conditions)
      ? {
          fits: (pod, container) =>
            pod.containers.every((one) => one.name !== container || fulfils(pod, one, conditions)),
        }
      : {}),
  };
}

/** Whether conditions are also of the container, and not of its pod alone. */
export function looksAtContainers({ runAsNonRoot, allowPrivilegeEscalation, devices }: ContainerConditions): boolean {
  return runAsNonRoot !== undefined || allowPrivilegeEscalation !== undefined || devices !== undefined;
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
  return sandboxClassesOf(fuse);
}

function sandboxClassesOf(fuse: Fuse): ReadonlySet<string> {
  return new Set([fuse.runtimeClassName, ...fuse.acceptedRuntimeClassNames]);
}

function fulfils(pod: PodSubject, container: ContainerAt, conditions: ContainerConditions): boolean {
  const escalation = container.value.securityContext?.allowPrivilegeEscalation;
  return (
    (conditions.runAsNonRoot !== true || isNeverRoot(pod, container)) &&
    (conditions.allowPrivilegeEscalation !== false || escalation === false) &&
    (conditions.devices !== 'none' || !(holdsDevice(container.value.resources) || holdsDevice(pod.spec.resources)))
  );
}

/** With no user the image decides, and with runAsNonRoot the kubelet does not start one that says root. */
function isNeverRoot(pod: PodSubject, container: ContainerAt): boolean {
  const user = effectiveIn(pod, container, ({ runAsUser }) => runAsUser);
  if (user != null) return user > 0;
  return effectiveIn(pod, container, ({ runAsNonRoot }) => runAsNonRoot) === true;
}

function holdsDevice(resources: ContainerAt['value']['resources'] | null): boolean {
  const { limits, requests, claims } = resources ?? {};
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  return names.some(isDeviceName) || (claims ?? []).length > 0;
}
