/** A review of a pod that runs docker:dind, as short as one can be, for somebody who tries the webhook with curl. */
const dindReview = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'try-it',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    operation: 'CREATE',
    namespace: 'default',
    object: {
      metadata: { name: 'dind' },
      spec: { containers: [{ name: 'dind', image: 'docker:dind', securityContext: { privileged: true } }] },
    },
  },
};

/** A command that works when it is pasted into a shell. The JSON holds no single quote. */
export function curlExample(port: number): string {
  const body = JSON.stringify(dindReview);
  return `curl -k https://localhost:${port}/validate -H 'content-type: application/json' -d '${body}'`;
}
