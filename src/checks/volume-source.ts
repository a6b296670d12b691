import { type VolumeSourceKind, volumeSources } from '../facts/volume-sources.ts';
import type { PodSubject, VolumeAt } from '../kubernetes/subject.ts';
import { type Finding, none } from './check.ts';

/** Says what is wrong with a source of a volume: one finding for each source, though Kubernetes takes only one. */
export type JudgeSource = (volume: VolumeAt, source: string, kind: VolumeSourceKind | 'unknown') => Finding | undefined;

/** Finds volumes by their sources. A source that is null is none, and a volume without any is an emptyDir. */
export function findSources(subject: PodSubject, judge: JudgeSource): readonly Finding[] {
  let findings: Finding[] | undefined;
  for (const volume of subject.volumes) {
    const sources = volume.value as unknown as Readonly<Record<string, unknown>>;
    for (const source in sources) {
      if (source === 'name' || sources[source] == null) continue;
      const finding = judge(volume, source, volumeSources.get(source) ?? 'unknown');
      if (finding === undefined) continue;
      findings ??= [];
      findings.push(finding);
    }
  }
  return findings ?? none;
}
