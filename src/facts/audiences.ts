/**
 * Audiences by which a projected token is one for the API server: none, which is its default, and what kubeadm and most
 * hosted clusters call their issuer.
 */
export const apiServerAudiences: ReadonlySet<string> = new Set([
  '',
  'api',
  'https://kubernetes.default',
  'https://kubernetes.default.svc',
  'https://kubernetes.default.svc.cluster.local',
  'kubernetes.default.svc',
]);
