/** The built-in profiles, each a file of its name. */
export const builtInProfiles = ['baseline', 'dind', 'restricted', 'strict'] as const;
export type BuiltInProfile = (typeof builtInProfiles)[number];

/** The built-in builder profiles, each a file of its name. */
export const builtInBuilders = [
  'daemonless',
  'kaniko',
  'root-nopriv-fuse',
  'rootless',
  'rootless-fuse',
  'sysbox',
  'userns',
  'userns-privileged',
  'vm-privileged',
] as const;
export type BuiltInBuilder = (typeof builtInBuilders)[number];

/** Whether a profile of this name is built in. */
export function isBuiltInProfile(name: string): name is BuiltInProfile {
  return (builtInProfiles as readonly string[]).includes(name);
}
