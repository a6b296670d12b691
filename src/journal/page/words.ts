import type { Because, Decision } from '../../admission/outcome.ts';
import type { FindingOutcome } from '../store/schema.ts';

/** What a decision means, for people. */
export const decisionWords: Readonly<Record<Decision, { readonly name: string; readonly meaning: string }>> = {
  error: { name: 'Error', meaning: 'a review could not be judged as it should; /validate denied it' },
  deny: { name: 'Denied', meaning: 'the request was refused' },
  exempt: { name: 'Exempt', meaning: 'an exemption let a request through that would have been denied' },
  'would-deny': { name: 'Would be denied', meaning: 'only recorded or warned of; in mode enforce it would be denied' },
  'would-patch': { name: 'Would be patched', meaning: 'in mode warn or enforce the pod would be patched' },
  patch: { name: 'Patched', meaning: 'the pod was given the fuse device and its runtime class' },
  warn: { name: 'Warned', meaning: 'let through, with a warning to whoever asked' },
  allow: { name: 'Allowed', meaning: 'let through' },
};

/** Why a finding became what it did, for people. */
export const becauseWords: Readonly<Record<Because, string>> = {
  profile: 'the profile says so',
  mode: 'the namespace’s mode lowers it',
  template: 'of a template: the pods that it makes are judged themselves',
  allowed: 'the profile allows it',
  builder: 'a builder profile allows it',
  exemption: 'an exemption allows it',
  inherited: 'it was there before the update',
  'break-glass': 'break-glass: the user is in an emergency group',
  mirror: 'a mirror pod: refusing would only hide it',
};

/** In which order, and by which colour, what became of findings is shown. */
export const outcomeColours: Readonly<Record<FindingOutcome, Decision>> = {
  deny: 'deny',
  'would-deny': 'would-deny',
  warn: 'warn',
  audit: 'allow',
  exemption: 'exempt',
  'break-glass': 'exempt',
  profile: 'allow',
  mode: 'would-deny',
  template: 'would-deny',
  allowed: 'allow',
  builder: 'patch',
  inherited: 'allow',
  mirror: 'allow',
};
