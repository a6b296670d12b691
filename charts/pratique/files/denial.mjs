// Tries a docker-in-docker pod as a dry run, and fails unless Pratique denies it.
const { NAMESPACE: namespace } = process.env;
// Put together here: the check engine-command-text would find the image's name in the command of this pod as well.
const image = `docker.io/library/${['docker', 'd'].join(':')}ind`;
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pratique-test-engine' },
  spec: {
    containers: [{ name: 'engine', image, securityContext: { privileged: true } }],
  },
};
const { status, body } = await ask('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
const message = body.message ?? '';
if (message.includes('admission webhook "validate.pratique.dev" denied the request')) {
  process.stdout.write(`Denied in ${namespace}, as it should be: ${message}\n`);
} else {
  const why =
    status < 300
      ? 'It was allowed. Is the namespace enforced (config.default.mode, config.namespaces), is the webhook up?'
      : `Something else refused it: ${status} ${message}`;
  process.stderr.write(`A docker-in-docker pod in ${namespace} was not denied by Pratique. ${why}\n`);
  process.exitCode = 1;
}
