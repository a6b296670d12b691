import { objectAt, valueAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { type PodSubject, podSubject } from '../kubernetes/subject.ts';
import { addJudged, addNotes, type Groups, groupOf, openGroup, resultOf, type ScannedObject } from './groups.ts';
import { judgeLive, judgeMirror, judgeRecreation, type ScanJudge } from './judging.ts';
import { controllerOf, type Reference } from './references.ts';

/**
 * Judges a live pod: as one of its group, or, when nothing controls it, by itself. Then there is a result at once.
 *
 * A group that has a template is judged by it; its pods only add notes. An owner of a kind that holds no template known
 * to us is judged by its pods. Throws UnreadableObjectError.
 */
export function judgePod(
  pod: Fields,
  reference: Reference,
  groups: Groups,
  judge: ScanJudge,
): ScannedObject | undefined {
  const live = podSubject(withoutNode(pod), reference.namespace);
  const controller = controllerOf(pod);
  if (controller === undefined) return resultOfPod(live, reference, judge);
  if (isMirror(pod, controller, live)) return resultOf(reference, judgeMirror(live, judge), false);
  const group = groupOf(groups, pod) ?? openGroup(groups, controller, true, undefined);
  group.pods++;
  if (group.known !== undefined) {
    addNotes(group, judgeLive(live, group.known, judge));
    return undefined;
  }
  const judged = judgeRecreation(anew(live), judge);
  addJudged(group, judged);
  addNotes(group, judgeLive(live, judged.keys, judge));
  return undefined;
}

function resultOfPod(live: PodSubject, reference: Reference, judge: ScanJudge): ScannedObject {
  const judged = judgeRecreation(anew(live), judge);
  const notes = judgeLive(live, judged.keys, judge).map(({ note }) => note);
  return resultOf(reference, { ...judged, findings: [...judged.findings, ...notes] }, false);
}

/** The node that a pod runs on is the scheduler's choice, which stands where an author's would. */
function withoutNode(pod: Fields): Fields {
  const { nodeName: _, ...spec } = objectAt(pod, 'spec');
  return { ...pod, spec };
}

/** Nobody can create a pod with ephemeral containers: they are added later. */
function anew(live: PodSubject): PodSubject {
  if ((live.spec.ephemeralContainers ?? []).length === 0) return live;
  const { ephemeralContainers: _, ...spec } = live.spec;
  return podSubject({ ...live.pod, spec }, live.namespace);
}

/**
 * Whether a kubelet mirrors a static pod. Who made the pod cannot be seen any more, so that all must fit that
 * NodeRestriction asks of a kubelet: the annotation, and the node that it runs on as its controller.
 */
function isMirror(pod: Fields, controller: Reference, { annotations }: PodSubject): boolean {
  return (
    Object.hasOwn(annotations, 'kubernetes.io/config.mirror') &&
    controller.kind === 'Node' &&
    controller.apiVersion === 'v1' &&
    controller.name === valueAt(pod, 'spec', 'nodeName')
  );
}
