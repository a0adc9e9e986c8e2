// How many nodes of a syntax tree the parser could not make sense of, or had to invent.
import type { Node } from "web-tree-sitter";

/** Looks only where there are errors: most documents have none. */
export function countErrorNodes(node: Node): number {
  if (!node.hasError) {
    return 0;
  }
  let count = node.isError || node.isMissing ? 1 : 0;
  for (const child of node.children) {
    if (child !== null) count += countErrorNodes(child);
  }
  return count;
}
