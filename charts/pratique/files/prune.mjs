// Deletes ConfigMaps with old configurations: not the newest ones, and none that a ReplicaSet names.
const { NAMESPACE: namespace, SELECTOR: selector, LIMIT: limit } = process.env;
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;

async function list(path) {
  const { status, body } = await ask('GET', path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.message}`);
  return body.items;
}

const query = (component) =>
  `?labelSelector=${encodeURIComponent(`${selector},app.kubernetes.io/component=${component}`)}`;
// ConfigMaps first: one that is made afterwards is not looked at, and its ReplicaSet comes after it.
const all = await list(`${configMaps}${query('configuration')}`);
const replicaSets = await list(`/apis/apps/v1/namespaces/${namespace}/replicasets${query('webhook')}`);
const named = new Set(
  replicaSets.flatMap(({ spec }) => (spec.template.spec.volumes ?? []).map((volume) => volume.configMap?.name)),
);
const newestFirst = all
  .map(({ metadata }) => metadata)
  .sort((a, b) => b.creationTimestamp.localeCompare(a.creationTimestamp) || b.name.localeCompare(a.name));
for (const { name, uid } of newestFirst.slice(Number(limit))) {
  if (named.has(name)) continue;
  const { status, body } = await ask('DELETE', `${configMaps}/${name}`, { preconditions: { uid } });
  if (status !== 200 && status !== 404) throw new Error(`DELETE ${name}: ${status} ${body.message}`);
  process.stdout.write(`${name} deleted\n`);
}
