import { canonicalCapability } from '../checks/capabilities.ts';
import { baselineCapabilities, dangerousCapabilities, linuxCapabilities } from '../facts/capabilities.ts';
import { all, type Cel, text, texts } from './cel.ts';
import { finding, overContainers, read, type View } from './view.ts';

/** Privileged containers, in any list. */
export function privilegedFindings(view: View): Cel {
  return overContainers(view, 'c.?securityContext.?privileged.orValue(false)', (at) => ({
    check: 'privileged',
    container: 'c.name',
    value: "'true'",
    at: `${at} + '.securityContext.privileged'`,
    says: `'container "' + c.name + '" is privileged'`,
  }));
}

/** A field of the pod that puts it into a namespace of the node. */
export function hostNamespaceFindings(view: View, check: string, field: string, says: string): Cel {
  const path = `spec.${field}`;
  const one = finding(view, { check, value: "'true'", at: text(path), says: text(says) });
  return `${view.object}.spec.?${field}.orValue(false) ? [[${one}]] : []`;
}

/** Capabilities that are root on the node, and names that Linux does not have. */
export function capabilityFindings(view: View): Cel {
  const dangerous = new Set(dangerousCapabilities);
  const harmless = [...new Set([...linuxCapabilities, ...baselineCapabilities])].filter((name) => !dangerous.has(name));
  const isDangerous = all([`!(w in ${texts(harmless)})`, `!(${canonical('w')} in ${texts(harmless)})`]);
  return perContainerLists(view, (list, at) => {
    const added = 'c.?securityContext.?capabilities.?add.orValue([])';
    const one = finding(view, {
      check: 'dangerous-capabilities',
      container: 'c.name',
      value: canonical('w'),
      at: `${at} + '.securityContext.capabilities.add[' + string(j) + ']'`,
      says: `'container "' + c.name + '" adds the capability ' + ${canonical('w')}`,
    });
    return `${list}.transformList(i, c, size(${added}) > 0, ${added}.transformList(j, w, ${isDangerous}, ${one}))`;
  });
}

/** Names of capabilities as findings have them, each in any of its spellings. */
export function capabilityNames(names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap((name) => [name, canonicalCapability(name)]))];
}

/** The name as the kernel has it: see canonicalCapability. */
function canonical(written: Cel): Cel {
  const upper = `${written}.trim().upperAscii()`;
  return `(${upper}.startsWith('CAP_') ? ${upper}.substring(4) : ${upper})`;
}

/** A list for each container, of each list of containers. */
function perContainerLists(view: View, body: (list: Cel, at: Cel) => Cel): Cel {
  return (['containers', 'initContainers', 'ephemeralContainers'] as const)
    .map((list, index) => {
      const name = ['mains', 'inits', 'debugs'][index] ?? '';
      return body(read(view, name), `${text(`spec.${list}[`)} + string(i) + ']'`);
    })
    .join(' + ');
}
