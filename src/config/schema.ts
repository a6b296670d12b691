import * as z from 'zod';
import { globProblem } from '../matching/glob.ts';
import { imagePatternProblem } from '../matching/image.ts';
import { builtInBuilders } from './builtin-names.ts';
import { actions, allowancesOf, checkEntries } from './check-schema.ts';
import { apiVersion, type BuilderFile, type ConfigurationDocument, type ProfileFile } from './document.ts';
import {
  expiryProblem,
  extendedResourceProblem,
  gatedResourceProblem,
  groupKindProblem,
  labelKeyProblem,
  labelNameProblem,
  labelValueProblem,
  nameProblem,
  namespacePatternProblem,
  podPathProblem,
  subdomainProblem,
  textProblem,
} from './names.ts';
import { accept, list, literal, text } from './schema-parts.ts';

/** The form of each kind of file; the schemas only judge, and neither convert nor fill in. */
export type Schemas = Readonly<Record<keyof Documents, z.ZodType>>;

/** What each kind of file holds when its schema finds nothing wrong. */
export interface Documents {
  readonly PratiqueConfiguration: ConfigurationDocument;
  readonly PratiqueProfile: ProfileFile;
  readonly PratiqueBuilder: BuilderFile;
}

let built: Schemas | undefined;

/** Builds the schemas from the registry of checks, once. */
export function schemas(): Schemas {
  // Compiling a parser with `new Function` costs more than it saves on a text that is read once.
  z.config({ jitless: true });
  built ??= { PratiqueConfiguration: configuration(), PratiqueProfile: profileFile(), PratiqueBuilder: builderFile() };
  return built;
}

const mode = z.enum(['enforce', 'warn', 'audit']).meta({
  id: 'mode',
  description: 'enforce; warn: what would be denied is warned of; audit: everything is only recorded.',
});

// The types that the package infers cost the compiler half a minute; document.ts says by hand what comes out.
function configuration(): z.ZodType {
  const allowances = allowancesOf('What is tolerated, by check.');
  return z
    .strictObject({
      apiVersion: z.literal(apiVersion),
      kind: z.literal('PratiqueConfiguration'),
      profiles: z
        .record(text('A profile of the site.', nameProblem), profile())
        .optional()
        .describe('Profiles of the site, besides the built-in ones.'),
      namespaces: z
        .array(namespaces())
        .optional()
        .describe('What holds where: the first entry that matches a namespace counts.'),
      default: scope().optional().describe('What holds in every namespace that no entry matches.'),
      clusterScoped: scope()
        .optional()
        .describe('What holds for objects without a namespace; what is left out comes from default.'),
      mountFuse: mountFuse()
        .optional()
        .describe('Who gets the FUSE device, and what a pod must look like that has it.'),
      exemptions: z
        .array(exemption(allowances))
        .optional()
        .describe('Allowances for namespaces, each with an owner and an end.'),
      breakGlass: z
        .strictObject({ groups: list(literal('A group of users.')).optional() })
        .optional()
        .describe('Groups whose pods are allowed with a warning, a record, a metric and an alert.'),
      customResources: z
        .array(customResource())
        .optional()
        .describe('Custom resources of the site that hold pods: for manifests, which are judged before they make any.'),
      journal: z
        .strictObject({
          allows: z.enum(['none', 'all']).optional().describe('Whether plain allows are recorded too.'),
          sync: z.boolean().optional().describe('Whether each record is written before the answer is given.'),
        })
        .optional()
        .describe('What is recorded.'),
    })
    .describe('The configuration of Pratique.');
}

function customResource(): z.ZodType {
  const path = (description: string) => text(description, podPathProblem);
  const pod = z.strictObject({
    at: path('Where the pod, or what takes its place, is; everything else is relative to it.'),
    is: z
      .enum(['template', 'spec', 'parts'])
      .describe('A PodTemplateSpec, a PodSpec, or parts that a controller makes a pod of.'),
    containers: list(path('Of parts: a container, or a list of them.')).optional(),
    volumes: list(path('Of parts: a list of volumes.')).optional(),
    hostDisks: list(path("Of parts: a list of KubeVirt's volumes.")).optional(),
  });
  return z.strictObject({
    kinds: list(text('A kind, as group/Kind, whatever its version.', groupKindProblem)).min(1, 'names no kind'),
    pods: z.array(pod).min(1, 'names no pod').describe('Where its pods are.'),
  });
}

function namespaces(): z.ZodType {
  return z.strictObject({
    match: list(text('A namespace, or a glob over them: * and ** are special.', namespacePatternProblem)).min(
      1,
      'names no namespace',
    ),
    profile: literal('The profile; that of default when left out.').optional(),
    mode: mode.optional(),
    builders: z
      .array(
        z.strictObject({
          profile: z.enum(builtInBuilders).describe('A builder profile.'),
          containers: list(text('A container, by its name.', labelNameProblem)).min(1, 'names no container'),
        }),
      )
      .optional()
      .describe('Relaxations that image builders need, on named containers.'),
    acceptGlob: accept('Says that an entry which weakens is meant to match by glob.'),
  });
}

function scope(): z.ZodType {
  return z.strictObject({ profile: literal('A profile, built-in or of the site.').optional(), mode: mode.optional() });
}

function mountFuse(): z.ZodType {
  const classDescription = 'A RuntimeClass that is a sandbox.';
  return z.strictObject({
    label: z
      .record(text('The key.', labelKeyProblem), text('The value.', labelValueProblem))
      .refine((label) => Object.keys(label).length === 1, 'must have exactly one key')
      .optional()
      .meta({
        description: 'The label by which a pod asks for the device: one key and its value.',
        minProperties: 1,
        maxProperties: 1,
      }),
    namespaces: list(text('A namespace whose pods may ask.', namespacePatternProblem)).optional(),
    acceptGlob: accept('Says that globs in mountFuse.namespaces are meant.'),
    resource: text('The extended resource that stands for /dev/fuse.', extendedResourceProblem).optional(),
    gatedResources: list(
      text('Another name of the device, which nobody may ask for.', gatedResourceProblem),
    ).optional(),
    count: z
      .int()
      .min(1, 'must be at least 1')
      .max(1000, 'must be at most 1000')
      .optional()
      .describe('How many of the resource a container gets.'),
    containers: list(
      text('A container that builds: the first that exists gets the device.', labelNameProblem),
    ).optional(),
    runtimeClassName: text(classDescription, subdomainProblem).optional(),
    acceptedRuntimeClassNames: list(text(classDescription, subdomainProblem)).optional(),
    acceptUserNamespaces: z.boolean().optional().describe('Whether hostUsers: false is accepted in place of a class.'),
  });
}

function exemption(allow: z.ZodType): z.ZodType {
  const narrowing = (item: z.ZodType<string>): z.ZodType =>
    list(item).min(1, 'is empty: leave it out, or name what it narrows to').optional();
  return z.strictObject({
    name: text('The name of the exemption, unique.', nameProblem),
    namespaces: list(text('A namespace that it holds in.', namespacePatternProblem)).min(1, 'names no namespace'),
    serviceAccounts: narrowing(text('Only pods with one of these service accounts.', subdomainProblem)),
    images: narrowing(
      text('Only pods whose every container has an image of one of these repositories.', imagePatternProblem),
    ),
    users: narrowing(literal('Only requests of one of these users.')),
    groups: narrowing(literal('Only requests of users in one of these groups.')),
    allow,
    owner: text('Who answers for it.', textProblem),
    reason: text('Why it is there.', textProblem),
    expires: text('The last day that it holds (UTC), or never.', expiryProblem),
    acceptNoExpiry: accept('Says that expires: never is meant.'),
    acceptGlob: accept('Says that globs in namespaces are meant.'),
    acceptAuthorsInNamespace: accept('Says that it is meant for a namespace whose pods CI job authors write.'),
  });
}

function profile(): z.ZodType {
  return z.strictObject({
    extends: literal('The profile to start from; dind when left out.').optional(),
    denialStatus: denialStatus().optional(),
    templates: templates().optional(),
    checks: checkEntries(true).optional(),
  });
}

function profileFile(): z.ZodType {
  return z.strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal('PratiqueProfile'),
    denialStatus: denialStatus(),
    templates: templates(),
    checks: checkEntries(false),
  });
}

function denialStatus(): z.ZodType {
  return z
    .literal([403, 422])
    .describe(
      'The HTTP status of a denial: 403 Forbidden with causes, or 422 Invalid, on which every CI system stops at once.',
    );
}

function templates(): z.ZodType {
  return z
    .enum(actions)
    .describe(
      'The most that is done about a finding in the pod template of a workload: deny refuses the workload itself; ' +
        'warn tells whoever applies it, and its pods are denied later; audit only records; ignore does not look.',
    );
}

function builderFile(): z.ZodType {
  return z.strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal('PratiqueBuilder'),
    conditions: z.strictObject({
      sandbox: z.literal(true).optional(),
      runtimeClassNames: z.union([z.literal('sandbox'), list(text('A class.', subdomainProblem)).min(1)]).optional(),
      exceptRuntimeClassNames: list(text('A class, by glob.', globProblem)).optional(),
      hostUsers: z.literal(false).optional(),
      hostPath: z.literal('none').optional(),
      runAsNonRoot: z.literal(true).optional().describe('The container cannot be root.'),
      allowPrivilegeEscalation: z.literal(false).optional().describe('The container says so.'),
      devices: z.literal('none').optional().describe('Neither the container nor the pod asks for any.'),
    }),
    allow: allowancesOf('What is tolerated, by check.', 0),
    allowOutsideSandboxClasses: allowancesOf(
      'What is tolerated besides, outside of the classes of mountFuse.',
    ).optional(),
    notice: text('What whoever enables it is told.', textProblem).optional(),
  });
}
