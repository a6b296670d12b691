import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { DecisionRecord } from '../../record/record.ts';

/** The first byte of a body: raw deflate (RFC 1951) with the dictionary below. */
const format = 1;

/**
 * What most records have in common: the compressor refers to it instead of writing it again, which makes a record a
 * fourth of its length or less. It is part of the format, and so must never change; another one gets another number.
 */
const dictionary = Buffer.from(
  '"engine-socket-mount","host-path-protected","host-path-unlisted","dind-image","engine-image","engine-host-env","engine-command",' +
    '"capabilities-extra","dangerous-capabilities","fuse-contract","fuse-label","host-network","host-pid","host-ipc","run-as-root",' +
    '"privilege-escalation","severity":"critical","severity":"high","severity":"medium","severity":"low","action":"audit","outcome":"audit",' +
    '"because":"exemption","because":"inherited","because":"builder","because":"allowed","because":"mode","because":"template",' +
    '/spec/template/spec/containers/0/image/spec/initContainers/0/spec/volumes/0/hostPath/path/var/run/docker.sock/run/containerd/containerd.sock' +
    '"place":{"volume":"system:serviceaccount:gitlab-runnersystem:nodesystem:nodes","system:masters"kube-system:replicaset-controller' +
    '"operation":"UPDATE","dryRun":true,"resource":"deployments.apps","resource":"replicasets.apps","resource":"jobs.batch","apiVersion":"apps/v1","kind":"ReplicaSet"' +
    '"webhook":"mutate","webhook":"observe","decision":"would-deny","decision":"would-patch","decision":"patch","decision":"warn","decision":"allow","decision":"exempt","decision":"error"' +
    '"mode":"warn","mode":"audit","profile":"strict","patch":{"operations":3,"paths":["/spec/runtimeClassName","/metadata/annotations/pratique.dev~1fuse-containers",' +
    '"/spec/containers/0/resources/limits","/spec/containers/0/resources/limits/squat.ai~1fuse"],"sha256":"warnings":["' +
    '{"v":1,"ts":"2026-11-22T00:00:00.000Z","instance":"pratique-0","seq":1,"uid":"00000000-0000-4000-8000-000000000000","traceId":null,"webhook":"validate",' +
    '"operation":"CREATE","dryRun":false,"resource":"pods","subresource":null,"namespace":"gitlab","name":null,"generateName":"runner-",' +
    '"owner":null,"owner":{"apiVersion":"batch/v1","kind":"Job","name":"build"},"serviceAccount":"default","runtimeClassName":null,"hostUsers":null,' +
    '"images":["registry.docker.io/library/docker:dind"],"user":{"name":"system:serviceaccount:kube-system:job-controller","groups":["system:serviceaccounts",' +
    '"system:serviceaccounts:kube-system","system:authenticated"]},"authn":"none","authn":"mtls","decision":"deny","profile":"dind","mode":"enforce","exemption":null,' +
    '"configHash":"000000000000","version":"0.1.0","judgements":[],"judgements":[{"check":"privileged","severity":"critical","action":"deny","outcome":"deny",' +
    '"because":"profile","ref":null,"pointer":"/spec/containers/0/securityContext/privileged","place":{"container":"build"},"value":"true"}],' +
    '"patch":null,"warnings":[],"durationMs":0.5,"bytes":2000}',
);

/** The dictionary fits into a window of 8 KiB, which a compressor sets up faster than the usual one. */
const options = { dictionary, level: 1, windowBits: 13, memLevel: 5 };

/** A record as the store keeps it whole, compressed. */
export function bodyOf(record: DecisionRecord): Uint8Array {
  const compressed = deflateRawSync(JSON.stringify(record), options);
  const body = new Uint8Array(compressed.length + 1);
  body[0] = format;
  body.set(compressed, 1);
  return body;
}

/** Reads what `bodyOf` made; throws when it is something else. */
export function recordOf(body: Uint8Array): DecisionRecord {
  if (body[0] !== format) throw new Error('The body of a record has a form that this program does not know.');
  return JSON.parse(inflateRawSync(body.subarray(1), { dictionary, windowBits: 13 }).toString('utf8'));
}
