import { describe, expect, it } from 'vitest';
import { checksOf, oracle } from './oracle.ts';
import { judgePath } from './oracle-paths.ts';
import { deniedImages, deniedPaths, innocentImages, unlistedPaths } from './vectors.ts';

const pathChecks = ['engine-socket-mount', 'host-path-protected', 'host-path-unlisted'];

const checksFound = (pod: unknown): ReadonlySet<string> => checksOf(oracle(pod));

/** Which of the three checks of host paths find something in a pod with this one volume. */
function pathFindings(path: string, mount: Record<string, unknown> = {}): readonly string[] {
  const found = checksFound({
    spec: {
      containers: [{ name: 'build', image: 'busybox', volumeMounts: [{ name: 'v', mountPath: '/mnt', ...mount }] }],
      volumes: [{ name: 'v', hostPath: { path } }],
    },
  });
  return pathChecks.filter((id) => found.has(id));
}

/** Which of the two checks of images find something in a pod with this one container. */
function imageFindings(image: string, container: Record<string, unknown> = {}): readonly string[] {
  const found = checksFound({ spec: { containers: [{ name: 'build', image, ...container }] } });
  return ['dind-image', 'engine-image'].filter((id) => found.has(id));
}

describe('the vectors of host paths', () => {
  it.each(deniedPaths)('denies %s', (path, expected) => {
    expect(pathFindings(path)).toEqual(expected);
  });

  it.each(unlistedPaths)('only does not know %s', (path) => {
    expect(pathFindings(path)).toEqual(['host-path-unlisted']);
  });

  it('denies a sub-path of an ancestor', () => {
    expect(pathFindings('/var', { subPath: 'log/x' })).toEqual(['engine-socket-mount', 'host-path-protected']);
  });

  it('denies the path of a persistent volume as it would that of a pod', () => {
    expect(judgePath('/run')).toEqual({ unreadable: false, engine: true, node: true });
  });

  it.each(['', '/a/../etc', '/tmp/\u0000', '..', 'C:\\a\\..\\b'])('cannot read %j', (path) => {
    expect(pathFindings(path)).toEqual(['host-path-protected']);
  });

  it.each(['/etc/localtime', '/etc/timezone', '/usr/share/zoneinfo', '/etc/ssl/certs', '/etc/pki/tls/certs'])(
    'finds %s, which only a profile allows',
    (path) => {
      expect(pathFindings(path, { readOnly: true })).toEqual(['host-path-protected']);
    },
  );

  it.each(['/run/docker.sock.d', '/var/lib/kubelets', '/home2', '/var/lib/dockerx'])(
    'takes %s for no entry',
    (path) => {
      expect(pathFindings(path)).toEqual(['host-path-unlisted']);
    },
  );

  it('does not spare the logs where they are mounted read-only', () => {
    expect(pathFindings('/var/log', { readOnly: true })).toEqual(['host-path-protected']);
    expect(pathFindings('/var/log')).toEqual(['host-path-protected']);
  });
});

describe('the vectors of images', () => {
  it.each(deniedImages)('denies %s', (image, container) => {
    expect(imageFindings(image, container)).toEqual(['dind-image']);
  });

  it.each([
    ['docker:29-cli', {}],
    ['docker:19.03.1', { command: ['sleep', '3600'] }],
    ['docker:29', { command: ['sleep', '3600'] }],
    ['quay.io/acme/docker:29', {}],
    ['acme/dind/app', {}],
    [`moby/buildkit:v0.25.0-rootless@sha256:${'0123456789abcdef'.repeat(4)}`, {}],
    ['Bad//image', {}],
  ])('warns of %s', (image, container) => {
    expect(imageFindings(image, container)).toEqual(['engine-image']);
  });

  it.each(innocentImages)('lets %s be', (image) => {
    expect(imageFindings(image)).toEqual([]);
  });
});
