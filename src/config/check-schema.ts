import * as z from 'zod';
import type { Check, Kinds, Shape } from '../checks/check.ts';
import { checks } from '../checks/registry.ts';
import { allowedPathProblem } from '../matching/allowed-paths.ts';
import { hostPathProblem } from '../matching/host-path-index.ts';
import { imagePatternProblem } from '../matching/image.ts';
import { list, literal, text } from './schema-parts.ts';
import { allowedPath } from './settings.ts';

/** What a profile can do about a check. */
export const actions = ['deny', 'warn', 'audit', 'ignore'] as const;

const action = z.enum(actions).meta({
  id: 'action',
  description: 'deny; warn: allowed with a warning; audit: recorded only; ignore: not looked for.',
});
/** An entry for each check; in a built-in profile, which starts from nothing, none may be left out. */
export function checkEntries(partial: boolean): z.ZodType {
  const entries: Record<string, z.ZodType> = {};
  for (const check of checks) {
    const entry = checkEntry(check);
    entries[check.id] = partial ? entry.optional() : entry;
  }
  return z.strictObject(entries).describe('What the profile does about each check.');
}

function checkEntry(check: Check): z.ZodType {
  const object = z.strictObject({
    ...settingsOf(check.site),
    action,
    allow: allowanceOf(check).optional(),
  });
  return z.union([action, object]).describe(`${check.title}.`);
}

/** Allowances by check id, of which so many at least must be there. */
export function allowancesOf(description: string, atLeast = 1): z.ZodType {
  const entries: Record<string, z.ZodType> = {};
  for (const check of checks) entries[check.id] = allowanceOf(check).optional();
  return z
    .strictObject(entries)
    .refine((allow) => Object.keys(allow).length >= atLeast, 'allows nothing: name a check')
    .meta({ description, minProperties: atLeast });
}

/** `true`, or settings by the check's own shape, of which one at least must be there. */
function allowanceOf(check: Check): z.ZodType {
  const everything = z.literal(true);
  const settings = settingsOf(check.allow);
  if (Object.keys(settings).length === 0) return everything.describe(`Everything that ${check.id} finds.`);
  const some = z
    .strictObject(settings)
    .refine(
      (allow) => Object.keys(allow).length > 0,
      'allows nothing: write true for everything of the check, or say what',
    );
  return z.union([everything, some]).describe(`What is tolerated of ${check.id}: true for everything.`);
}

function settingsOf(shape: Shape): Record<string, z.ZodType> {
  const settings: Record<string, z.ZodType> = {};
  for (const [name, parameter] of Object.entries(shape)) {
    const setting = parameter.only === undefined ? settingSchemas[parameter.kind] : list(z.enum(parameter.only));
    if (setting !== undefined) settings[name] = setting.optional().describe(parameter.description);
  }
  return settings;
}

const settingSchemas: Readonly<Record<keyof Kinds, z.ZodType | undefined>> = {
  allowedPaths: z.array(
    z
      .union([text('A host path.', (path) => allowedPathProblem(allowedPath(path))), allowedPathObject()])
      .meta({ id: 'allowedPath', description: 'A host path; as a string exactly that path, which may be written to.' }),
  ),
  hostPaths: list(text('A host path.', hostPathProblem)),
  names: list(literal('A name.')),
  images: list(text('An image repository, by glob.', imagePatternProblem)),
  // Comes from mountFuse, and is not written.
  fuse: undefined,
};

function allowedPathObject(): z.ZodType {
  return z
    .strictObject({
      path: z.string().describe('The path on the node.'),
      readOnly: z.boolean().optional().describe('Whether every mount of it must be read-only.'),
      tree: z.boolean().optional().describe('Whether it covers what is below it too; only when it is read-only.'),
      submounts: z
        .enum(['reject', 'accept'])
        .optional()
        .describe('accept: mounts of a tree need not be recursively read-only.'),
    })
    .superRefine((entry, context) => {
      const message = allowedPathProblem(allowedPath(entry));
      if (message !== undefined) context.addIssue({ code: 'custom', message, path: ['path'] });
    });
}
