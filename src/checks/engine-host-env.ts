import { engineVariables } from '../facts/env-names.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import type { ContainerAt } from '../kubernetes/subject.ts';
import { printable } from '../matching/printable.ts';
import { type Check, type Finding, none } from './check.ts';

const known: ReadonlySet<string> = new Set(engineVariables);
/** Jobs have hundreds of variables: two letters tell most of them apart from those that are looked for. */
const beginnings = new Uint8Array(256);
for (const name of engineVariables) beginnings[beginningOf(name)] = 1;

/** Tells of variables that say where a container engine is, or that docker-in-docker is in use. */
export const engineHostEnv = {
  id: 'engine-host-env',
  title: 'Variable that points to a container engine',
  severity: 'low',
  why:
    'DOCKER_HOST and its kin tell a client where its engine is: on the node, in a sidecar, or elsewhere. Without one ' +
    'they do nothing, and CI systems pass them to jobs that never use them, so this is a hint only. What the variable ' +
    'holds is not looked at: it may come from a Secret or a file, and is decided when the container starts. With ' +
    'envFrom, a prefix such as DOCKER_ makes such a name of a key.',
  remedy: 'Remove the variable, and build with a builder that needs no engine.',
  gitlab:
    'Remove the variable from `variables:` in .gitlab-ci.yml, from the CI/CD settings of the project and its groups, or ' +
    "from `environment` in the runner's config.toml.",
  restricts: [
    {
      fields: ['spec.containers[*].env[*].name'],
      allowed: 'every name but those listed and those of the site',
      listed: engineVariables,
    },
    {
      fields: ['spec.containers[*].envFrom[*].prefix'],
      allowed: 'absent, and every prefix that begins none of these names',
    },
  ],
  site: {
    names: { kind: 'names', description: "The site's own variables that point to an engine." },
  },
  allow: {
    names: { kind: 'names', description: 'Variables that may be set; of envFrom, the prefix.' },
  },
  find: {
    pod(subject, { names }): readonly Finding[] {
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        const { env, envFrom } = container.value;
        if (env != null) {
          for (let index = 0; index < env.length; index++) {
            const name = env[index]?.name;
            if (name == null || !(isEngineVariable(name) || names?.has(name))) continue;
            findings ??= [];
            findings.push(findingOf(container, ['env', index, 'name'], name, `has the variable ${name}`));
          }
        }
        if (envFrom == null) continue;
        for (let index = 0; index < envFrom.length; index++) {
          const prefix = envFrom[index]?.prefix;
          const made = prefix ? nameBehind(prefix, names) : undefined;
          if (prefix == null || made === undefined) continue;
          findings ??= [];
          const words = `may get the variable ${made} by the prefix ${prefix} of envFrom`;
          findings.push(findingOf(container, ['envFrom', index, 'prefix'], prefix, words));
        }
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { names }) => names?.has(value) === true,
} as const satisfies Check<
  { names: { kind: 'names'; description: string } },
  { names: { kind: 'names'; description: string } }
>;

function isEngineVariable(name: string): boolean {
  return beginnings[beginningOf(name)] === 1 && known.has(name);
}

/** A name that some key makes behind a prefix. */
function nameBehind(prefix: string, names: ReadonlySet<string> | undefined): string | undefined {
  const isMade = (name: string): boolean => name.length > prefix.length && name.startsWith(prefix);
  return engineVariables.find(isMade) ?? [...(names ?? [])].find(isMade);
}

function beginningOf(name: string): number {
  return ((name.charCodeAt(0) << 3) ^ name.charCodeAt(1)) & 255;
}

function findingOf(
  container: ContainerAt,
  tokens: readonly (string | number)[],
  value: string,
  words: string,
): Finding {
  return {
    check: 'engine-host-env',
    severity: 'low',
    pointer: pointerTo(container.at, ...tokens),
    place: { container: container.name },
    message: `container "${container.name}" ${words}`,
    value: printable(value),
  };
}
