import { pointerTo } from '../kubernetes/pointer.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import { printable } from '../matching/printable.ts';
import { type Finding, none, type Severity } from './check.ts';

/** Finds containers whose /proc is not masked as usual; like pod-security-admission, whatever is not Default counts. */
export function findProcMounts(
  subject: PodSubject,
  { id, severity }: { readonly id: string; readonly severity: Severity },
): readonly Finding[] {
  let findings: Finding[] | undefined;
  for (const container of subject.containers) {
    const procMount = container.value.securityContext?.procMount;
    if (!procMount || procMount === 'Default') continue;
    const value = printable(procMount, 64);
    findings ??= [];
    findings.push({
      check: id,
      severity,
      pointer: pointerTo(container.at, 'securityContext', 'procMount'),
      place: { container: container.name },
      message: `container "${container.name}" mounts /proc with procMount ${value}`,
      value,
    });
  }
  return findings ?? none;
}
