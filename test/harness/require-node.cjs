// Runs on any Node: says in one sentence what is missing, where newer syntax would only fail.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 12)) {
  process.stderr.write(
    `This needs Node 24.12 or newer, and ran on ${process.versions.node}: run \`npm ci\` (without --ignore-scripts), ` +
      'which installs Node 26 into node_modules, and start it by `npm run`.\n',
  );
  process.exit(1);
}
