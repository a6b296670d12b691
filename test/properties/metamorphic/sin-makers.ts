import type { Draft } from '../hardened.ts';
import type { GeneratedContainer, GeneratedPod } from '../pods.ts';

/** What makes one check find something in a pod that is clean besides; `variant` picks one of several ways. */
export interface Sin {
  readonly check: string;
  commit(pod: GeneratedPod, container: GeneratedContainer, variant: number): void;
}

/** The object in that field, made if there is none. */
export function within(holder: object, key: string): Draft {
  const draft = holder as Draft;
  draft[key] ??= {};
  return draft[key] as Draft;
}

/** The list in that field, made if there is none. */
export function list(holder: object, key: string): unknown[] {
  const draft = holder as Draft;
  draft[key] ??= [];
  return draft[key] as unknown[];
}

/** The variant of that number, counted round and round. */
export function one<T>(variants: readonly [T, ...T[]], variant: number): T {
  return variants[variant % variants.length] ?? variants[0];
}

/** Sets a field of the container's securityContext, or of the pod's with a container that inherits it. */
export function inContext(check: string, field: string, ...values: readonly [unknown, ...unknown[]]): Sin {
  return {
    check,
    commit({ spec }, container, variant) {
      const value = structuredClone(one(values, variant));
      const own = within(container, 'securityContext');
      if (variant % 3 === 0) {
        within(spec, 'securityContext')[field] = value;
        delete own[field];
      } else own[field] = value;
    },
  };
}

/** Sets a field of the container's securityContext. */
export function inOwnContext(check: string, field: string, ...values: readonly [unknown, ...unknown[]]): Sin {
  return {
    check,
    commit: (_, container, variant) => {
      within(container, 'securityContext')[field] = structuredClone(one(values, variant));
    },
  };
}

/** Sets a field of the spec. */
export function inSpec(check: string, field: string, ...values: readonly [unknown, ...unknown[]]): Sin {
  return {
    check,
    commit: ({ spec }, _, variant) => {
      (spec as Draft)[field] = structuredClone(one(values, variant));
    },
  };
}

/** Sets one of some annotations; `<container>` stands for the name. */
export function inAnnotation(check: string, value: string, ...keys: readonly [string, ...string[]]): Sin {
  return {
    check,
    commit: ({ metadata }, container, variant) => {
      within(metadata, 'annotations')[one(keys, variant).replace('<container>', container.name)] = value;
    },
  };
}

/** Adds a volume, which every other variant mounts. */
export function inVolume(check: string, ...sources: readonly [Draft, ...Draft[]]): Sin {
  return {
    check,
    commit: ({ spec }, container, variant) => {
      const volumes = list(spec, 'volumes');
      const name = `volume-${volumes.length}`;
      volumes.push({ name, ...structuredClone(one(sources, variant)) });
      if (variant % 2 === 0) list(container, 'volumeMounts').push({ name, mountPath: `/mnt/${name}` });
    },
  };
}

/** Adds an entry to a list of the container. */
export function inList(check: string, field: string, ...entries: readonly [Draft, ...Draft[]]): Sin {
  return {
    check,
    commit: (_, container, variant) => {
      list(container, field).push(structuredClone(one(entries, variant)));
    },
  };
}

/** Puts a command line where the kubelet would run it: the container's own, a hook, or a probe. */
export function inCommand(check: string, ...lines: readonly [readonly string[], ...(readonly string[])[]]): Sin {
  return {
    check,
    commit: (_, container, variant) => {
      const command = [...one(lines, variant)];
      const place = one(['own', 'own', 'args', 'postStart', 'startupProbe'], variant);
      if (place === 'own') Object.assign(container, { command, args: [] });
      else if (place === 'args') Object.assign(container, { command: command.slice(0, 1), args: command.slice(1) });
      else if (place === 'postStart') within(container, 'lifecycle')['postStart'] = { exec: { command } };
      else container['startupProbe'] = { exec: { command } };
    },
  };
}
