// How many nodes of a syntax tree the parser could not make sense of, or had to invent.

/** What both implementations' nodes have. */
export interface ErrorNode {
  readonly hasError: boolean;
  readonly isError: boolean;
  readonly isMissing: boolean;
  readonly children: readonly (ErrorNode | null)[];
}

/** Looks only where there are errors: most documents have none. */
export function countErrorNodes(node: ErrorNode): number {
  if (!node.hasError) {
    return 0;
  }
  let count = node.isError || node.isMissing ? 1 : 0;
  for (const child of node.children) {
    if (child !== null) count += countErrorNodes(child);
  }
  return count;
}
