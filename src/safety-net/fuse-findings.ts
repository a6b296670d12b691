import { type Fuse, fuseContainersAnnotation } from '../matching/fuse.ts';
import { type Cel, text, texts, type Variable } from './cel.ts';
import { isNamespaceIn } from './namespaces.ts';
import { finding, overContainers, read, someContainer, type View } from './view.ts';

/** The fuse contract of a site, with the namespaces that may ask as they are written. */
export interface FuseSite {
  readonly fuse: Fuse;
  readonly namespaces: readonly string[];
}

/** Whether the pod asks for the device, what its record names, and whether the contract concerns it at all. */
export function fuseVariables(view: View, { fuse }: FuseSite): readonly Variable[] {
  const named = (name: string, expression: Cel) => ({ name: `${name}${view.suffix}`, expression });
  return [
    named('asksForFuse', asksForFuse(view.object, fuse)),
    named('fuseRecorded', `${view.object}.metadata.?annotations[?${text(fuseContainersAnnotation)}]`),
    named('fuseNames', `${read(view, 'fuseRecorded')}.orValue('').split(',').map(n, n.trim()).filter(n, n != '')`),
    named(
      'fuseIsRecorded',
      `size(${read(view, 'fuseNames')}) > 0 && ${read(view, 'fuseNames')}.all(n, ${read(view, 'mains')}.exists(c, c.name == n))`,
    ),
    named('fuseChosen', `${read(view, 'fuseIsRecorded')} ? ${read(view, 'fuseNames')} : []`),
    named('fuseConcerns', `${read(view, 'asksForFuse')} || ${someContainer(view, holds(namesOf(fuse), 'c'))}`),
  ];
}

/** Whether an object carries the label with its value. */
function asksForFuse(object: Cel, { label }: Fuse): Cel {
  return `${object}.metadata.?labels[?${text(label.key)}].orValue('') == ${text(label.value)}${label.value === '' ? ` && ${text(label.key)} in ${object}.metadata.?labels.orValue({})` : ''}`;
}

/** Whether a container names one of these resources, in its limits or requests. */
export function holds(names: readonly string[], c: Cel): Cel {
  return `${texts(names)}.exists(r, r in ${c}.?resources.?limits.orValue({}) || r in ${c}.?resources.?requests.orValue({}))`;
}

/** The names of the device. */
export function namesOf(fuse: Fuse): readonly string[] {
  return [fuse.resource, ...fuse.gatedResources];
}

/** Whether a quantity is exactly the count. */
export function isTheCount(quantity: Cel, { count }: Fuse): Cel {
  return `(isQuantity(string(${quantity})) && quantity(string(${quantity})).compareTo(quantity('${count}')) == 0)`;
}

/** Whether a pod with this class, or in this user namespace, may hold the device. */
export function acceptsSandbox(object: Cel, fuse: Fuse): Cel {
  const classes = texts([fuse.runtimeClassName, ...fuse.acceptedRuntimeClassNames]);
  const users = fuse.acceptUserNamespaces ? `!${object}.spec.?hostUsers.orValue(true)` : 'false';
  return `(has(${object}.spec.runtimeClassName) ? ${object}.spec.runtimeClassName in ${classes} : ${users})`;
}

/** What breaks the fuse contract. */
export function fuseFindings(view: View, site: FuseSite): Cel {
  const { fuse } = site;
  const concerns = read(view, 'fuseConcerns');
  const clauses = [
    podClauses(view, site),
    `[${quantityLists(view, fuse)}]`,
    ...namesOf(fuse).map((name) => strangers(view, fuse, name)),
  ];
  return `${concerns} ? (${clauses.join(' + ')}) : []`;
}

function podClauses(view: View, { fuse, namespaces }: FuseSite): Cel {
  const labelAt = `metadata.labels[${fuse.label.key}]`;
  const label = `${fuse.label.key}: ${JSON.stringify(fuse.label.value)}`;
  const clause = (value: Cel, at: string, says: string, key = '') =>
    finding(view, { check: 'fuse-contract', key: text(key), value, at: text(at), says: text(says) });
  const where = (condition: Cel, one: Cel) => `(${condition} ? [${one}] : [])`;
  const permitted = isNamespaceIn(namespaces);
  const sandbox = `'sandbox:' + ${view.object}.spec.?runtimeClassName.orValue('none')`;
  const annotationAt = `metadata.annotations[${fuseContainersAnnotation}]`;
  const annotated = `${read(view, 'fuseRecorded')}.hasValue()`;
  const choice = (at: string, says: string) => clause("'choice'", at, says, fuseContainersAnnotation);
  return `[${[
    ...(permitted === 'true'
      ? []
      : [
          where(
            `!(${permitted})`,
            clause("'namespace'", labelAt, 'pods of this namespace may not ask for the fuse device', fuse.label.key),
          ),
        ]),
    where(
      `!${read(view, 'asksForFuse')}`,
      clause("'label'", labelAt, `the pod holds a fuse device without the label ${label}`, fuse.label.key),
    ),
    where(
      `!${acceptsSandbox(view.object, fuse)}`,
      clause(
        sandbox,
        'spec.runtimeClassName',
        'the pod asks for the fuse device without a sandbox class that is accepted',
      ),
    ),
    where(
      `!${read(view, 'fuseIsRecorded')} && ${annotated}`,
      choice(annotationAt, 'the annotation names a container that spec.containers does not have'),
    ),
    where(
      `!${read(view, 'fuseIsRecorded')} && !${annotated}`,
      choice(labelAt, 'the pod was not mutated: the label was added later, or nothing granted the device'),
    ),
  ].join(', ')}]`;
}

function quantityLists(view: View, fuse: Fuse): Cel {
  const limit = `c.?resources.?limits[?${text(fuse.resource)}].orValue('')`;
  const request = `c.?resources.?requests[?${text(fuse.resource)}].orValue('')`;
  const isWrong = `c.name in ${read(view, 'fuseChosen')} && (!${isTheCount(limit, fuse)} || (${request} != '' && !${isTheCount(request, fuse)}))`;
  const which = `(!${isTheCount(limit, fuse)} ? 'limits' : 'requests')`;
  const one = finding(view, {
    check: 'fuse-contract',
    container: 'c.name',
    value: `'quantity:' + ${which}`,
    at: `'spec.containers[' + string(i) + '].resources'`,
    says: `'container "' + c.name + '" does not hold exactly ' + ${text(`${fuse.count} of ${fuse.resource}`)}`,
  });
  return `${read(view, 'mains')}.transformList(i, c, ${isWrong}, ${one})`;
}

/** Containers that hold the device under one of its names, and are not meant to. */
function strangers(view: View, fuse: Fuse, name: string): Cel {
  const mayHold = name === fuse.resource ? `c.name in ${read(view, 'fuseChosen')}` : 'false';
  return overContainers(view, `${holds([name], 'c')} && !(${mayHold})`, (at) => ({
    check: 'fuse-contract',
    container: 'c.name',
    value: text(`holds:${name}`),
    at: `${at} + '.resources'`,
    says: `'container "' + c.name + '" asks for ' + ${text(name)} + ' by itself'`,
  }));
}
