import { knownImages } from '../facts/images.ts';
import { globRegex, isGlob } from '../matching/glob.ts';
import { dockerHub, dockerHubNames, grammarWithoutGroups, normalPatterns } from '../matching/image.ts';
import { clientParts, daemonToken, frozenClientTags, lastClientVersion } from '../matching/image-role.ts';
import { all, any, bound, type Cel, regex, text, texts } from './cel.ts';
import { finding, overContainers, type View } from './view.ts';

/** Whether a container runtime could read a reference: see isImage. */
function isReadable(image: Cel): Cel {
  return `(${image}.matches(${regex(grammarWithoutGroups.source.replaceAll('\\/', '/'))}) && !${image}.matches('^[a-f0-9]{64}$'))`;
}

/** The normalised `registry/path` of a readable reference: see parseImage. */
function repositoryOf(image: Cel): Cel {
  const hasRegistry = "(r.contains('.') || r.contains(':') || r == 'localhost' || r.matches('[A-Z]'))";
  const lower = 'r.lowerAscii()';
  const normal = `(${lower}.contains('.') || ${lower}.contains(':') || ${lower} == 'localhost' ? ${lower} : r)`;
  const rest = 'n.substring(size(r) + 1)';
  const onHub = `${text(`${dockerHub}/`)} + (${rest}.contains('/') ? '' : 'library/') + ${rest}`;
  const bare = `${text(`${dockerHub}/`)} + (n.contains('/') ? '' : 'library/') + n`;
  const body = `${hasRegistry} ? (${lower} in ${texts(dockerHubNames)} ? ${onHub} : ${normal} + '/' + ${rest}) : ${bare}`;
  const withFirst = bound('r', "(n.contains('/') ? n.split('/')[0] : '')", body);
  return bound('n', `${image}.split('@')[0].find('^(?:.*/)?[^/:]*')`, withFirst);
}

/** Whether a reference is one of an operator's repositories; one that cannot be read is none. */
export function isOfRepositories(image: Cel, patterns: readonly string[]): Cel {
  const normal = normalPatterns(patterns);
  const literals = normal.filter((pattern) => !isGlob(pattern));
  const matches = any([
    ...(literals.length === 0 ? [] : [`q in ${texts(literals)}`]),
    ...normal.filter(isGlob).map((glob) => `q.matches(${regex(globRegex(glob))})`),
  ]);
  if (matches === 'false') return 'false';
  return `(${isReadable(image)} && ${bound('q', repositoryOf(image), matches)})`;
}

const official = [
  '^',
  '(?:.*/)?library/',
  `(?:.*/)?(?:${[...dockerHubNames].map((name) => name.replaceAll('.', '\\.')).join('|')})/`,
  '(?:.*/)?dependency_proxy/containers/',
].join('|^');
// No slash follows: a registry may be called docker too, with a port where an image has its tag.
const officialDocker = `(?:${official.replace(/^\^\|/, '^|')})docker(?::[^/]*)?$`;
const clientTag = [
  `(?:[^/-]*-)*(?:${[...clientParts].join('|')})(?:-[^/]*)?`,
  `v?0*(?:${versionsUpTo(lastClientVersion)})(?:[.-][^/]*)?`,
  `(?:${[...frozenClientTags].join('|')})(?:-[^/]*)?`,
].join('|');
const tokenInLast = `(?:^|/)(?:[^/]*[^a-z/])?dind(?:[^a-z/][^/]*)?$|docker[-_]?in[-_]?docker[^/]*$`;

/** Numbers from 0 on, as a regular expression. */
function versionsUpTo(last: number): string {
  return Array.from({ length: last + 1 }, (_, version) => String(last - version)).join('|');
}

/**
 * Whether an image is that of a daemon: see image-role.ts. `starts` says whether the official image would start its
 * daemon where it is.
 */
function isDaemon(image: Cel, starts: Cel): Cel {
  const listed = knownImages
    .filter(({ role }) => role === 'daemon')
    .map(({ repository }) => `(?:^|/)${repository.split('*').map(escaped).join('[^/:@]*')}(?::[^/]*)?$`);
  const byToken = `(${isReadable(image)} ? n.matches(${regex(tokenInLast)}) : t.matches(${regex(daemonToken.source)}))`;
  const byDefault = all([
    `n.matches(${regex(officialDocker)})`,
    `(t.contains('@') || !n.matches(${regex(`docker:(?:${clientTag})$`)}))`,
    starts,
  ]);
  const body = any([byToken, ...listed.map((pattern) => `n.matches(${regex(pattern)})`), byDefault]);
  const name = "t.split('@')[0].split('/').filter(p, p != '').join('/')";
  return bound('t', `${image}.trim().lowerAscii()`, bound('n', name, body));
}

function escaped(part: string): string {
  return part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&');
}

const daemonArgument = '(?s)^-|^(?:.*/)?dockerd(?:-entrypoint[.]sh)?$';
const oneVariable = '^[$][(][^)]*[)]$';
const toldByVariables = [
  `(c.args[0].matches('${oneVariable}')`,
  `? c.?env.orValue([]).exists(e, c.args[0] == '$(' + e.name + ')' && e.?value.orValue('').matches('${daemonArgument}|[$][(]'))`,
  ': size(c.?env.orValue([])) > 0)',
].join(' ');

/**
 * docker-library/docker, dockerd-entrypoint.sh: see startsDaemon in checks/image-roles.ts. CEL cannot expand an argument,
 * so one that is a variable is looked up, and one that is put together of several parts may be the daemon's name.
 */
const startsDaemon = all([
  'size(c.?command.orValue([])) == 0',
  any([
    'size(c.?args.orValue([])) == 0',
    `c.args[0].matches('${daemonArgument}')`,
    `(c.args[0].contains('$(') && ${toldByVariables})`,
  ]),
]);

/** Images of docker-in-docker, of containers and of image volumes; `isOfSite` tells the site's own, of `image`. */
export function imageFindings(view: View, isOfSite: (image: Cel) => Cel): Cel {
  const image = "c.?image.orValue('')";
  const condition = `${image} != '' && ${any([isDaemon(image, startsDaemon), isOfSite(image)])}`;
  const containers = overContainers(view, condition, (at) => ({
    check: 'dind-image',
    container: 'c.name',
    value: 'c.image',
    at: `${at} + '.image'`,
    says: `'container "' + c.name + '" uses the docker-in-docker image ' + c.image`,
  }));
  const reference = "v.?image.?reference.orValue('')";
  const one = finding(view, {
    check: 'dind-image',
    volume: 'v.name',
    value: 'v.image.reference',
    at: "'spec.volumes[' + string(i) + '].image.reference'",
    says: `'volume "' + v.name + '" uses the docker-in-docker image ' + v.image.reference`,
  });
  const isFound = `${reference} != '' && ${any([isDaemon(reference, 'true'), isOfSite(reference)])}`;
  return `${containers} + [${view.object}.spec.?volumes.orValue([]).transformList(i, v, ${isFound}, ${one})]`;
}
