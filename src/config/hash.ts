import { createHash } from 'node:crypto';
import type { Shape } from '../checks/check.ts';
import { checkById } from '../checks/registry.ts';
import { builderFile } from './builtin.ts';
import type { AllowanceDocument, AllowancesDocument, BuilderUseDocument, ExemptionDocument } from './document.ts';
import type { EffectiveConfiguration } from './effective.ts';
import { endOf } from './names.ts';
import type { CheckEntry, Profiles } from './profiles.ts';
import { canonicalSetting, type SettingsDocument } from './settings.ts';

/**
 * Hashes what a configuration means: the first 12 hexadecimal digits of SHA-256 over its canonical form.
 *
 * The order of keys and of lists that are sets, paths as strings or as objects, inherited or repeated entries and
 * profiles that nobody uses make no difference; the content of built-in profiles does.
 */
export function hashOf(effective: EffectiveConfiguration, profiles: Profiles): string {
  const { namespaces, mountFuse, default: scope, clusterScoped } = effective;
  const used = new Set([scope.profile, clusterScoped.profile, ...namespaces.map(({ value }) => value.profile)]);
  const meaning = {
    profiles: Object.fromEntries([...used].sort().map((name) => [name, canonicalProfile(name, profiles)])),
    namespaces: namespaces.map(({ value }) => ({
      ...value,
      match: sorted(value.match),
      builders: value.builders.map(canonicalBuilder),
    })),
    default: scope,
    clusterScoped,
    mountFuse: {
      ...mountFuse,
      namespaces: sorted(mountFuse.namespaces),
      gatedResources: sorted(mountFuse.gatedResources),
      acceptedRuntimeClassNames: sorted(mountFuse.acceptedRuntimeClassNames),
    },
    exemptions: effective.exemptions.map(({ value }) => canonicalExemption(value)),
    breakGlass: sorted(effective.breakGlass.groups),
    customResources: effective.customResources,
    journal: effective.journal,
  };
  return createHash('sha256').update(canonicalJson(meaning)).digest('hex').slice(0, 12);
}

function canonicalProfile(name: string, profiles: Profiles): unknown {
  const profile = profiles(name);
  if (profile === undefined) return undefined;
  return {
    denialStatus: profile.denialStatus,
    templates: profile.templates,
    checks: Object.fromEntries([...profile.checks].map(([id, entry]) => [id, canonicalEntry(id, entry)])),
  };
}

function canonicalEntry(id: string, { action, allow, site }: CheckEntry): unknown {
  if (action === 'ignore') return action;
  const check = checkById(id);
  return {
    action,
    allow: allow === undefined ? undefined : canonicalAllowance(id, allow),
    site: check === undefined ? site : canonicalSettings(site, check.site),
  };
}

function canonicalBuilder({ profile, containers }: BuilderUseDocument): unknown {
  const { conditions, allow, allowOutsideSandboxClasses = {} } = builderFile(profile);
  return {
    profile,
    containers: sorted(containers),
    conditions,
    allow: canonicalAllowances(allow),
    allowOutsideSandboxClasses: canonicalAllowances(allowOutsideSandboxClasses),
  };
}

function canonicalExemption(exemption: ExemptionDocument): unknown {
  return {
    ...exemption,
    namespaces: sorted(exemption.namespaces),
    serviceAccounts: sorted(exemption.serviceAccounts),
    images: sorted(exemption.images),
    users: sorted(exemption.users),
    groups: sorted(exemption.groups),
    allow: canonicalAllowances(exemption.allow),
    expires: String(endOf(exemption.expires)),
    acceptNoExpiry: exemption.acceptNoExpiry === true,
    acceptGlob: exemption.acceptGlob === true,
    acceptAuthorsInNamespace: exemption.acceptAuthorsInNamespace === true,
  };
}

function canonicalAllowances(allowances: AllowancesDocument): unknown {
  return Object.fromEntries(Object.entries(allowances).map(([id, allow]) => [id, canonicalAllowance(id, allow)]));
}

function canonicalAllowance(id: string, allowance: AllowanceDocument): unknown {
  return allowance === true ? true : canonicalSettings(allowance, checkById(id)?.allow ?? {});
}

function canonicalSettings(settings: SettingsDocument, shape: Shape): unknown {
  return Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [name, canonicalSetting(setting, shape[name])]),
  );
}

function sorted(words: readonly string[] | undefined): readonly string[] | undefined {
  return words === undefined ? undefined : [...new Set(words)].sort();
}

/** JSON with the keys of each object sorted; what is undefined is left out. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
