/**
 * Groups that open the node's files, or an engine's socket, to a process that is not root: root's own, and ids that
 * distributions and CI images give the group docker (Debian and Ubuntu count system groups down from 999; the images of
 * Actions Runner Controller have 123).
 */
export const powerfulGroups: ReadonlyMap<number, string> = new Map([
  [0, 'the group of root'],
  [123, 'an id of the group docker'],
  [998, 'an id of the group docker'],
  [999, 'an id of the group docker'],
]);
