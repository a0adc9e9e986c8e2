// Keys and values of what a model has read before and put aside, as a tree of token prefixes in blocks of equal size:
// what several sequences begin with is there once. The graph reads a contiguous cache, so a branch is copied there when
// it is wanted again, which takes a hundredth of the time of reading its tokens anew.
import { commonPrefixLength, type KeyValueCache } from "./kvCache.js";

/**
 * Tokens of a block. Where two sequences part inside a block, each has a block of its own, so large blocks waste memory
 * and small ones copy slowly.
 */
export const blockTokens = 16;

/** A block of the tree: the tokens behind its parent's, at positions that are a multiple of `blockTokens`. */
interface Node {
  /** The tree's own node has none of these three. */
  readonly parent: Node | undefined;
  /** 1 to `blockTokens` tokens; only a full block has children. */
  tokens: readonly number[];
  /** See KeyValueCache.copyTo. */
  readonly block: Float32Array;
  readonly children: Node[];
  /** Of the tree's clock, which goes on with every store and restore. */
  lastUsed: number;
}

/** A child that has something in common with the tokens looked for. */
interface Match {
  readonly node: Node;
  /** Tokens in common, ≥ 1. */
  readonly length: number;
}

/** Sequences that were put aside. The least recently used branches go when there is no room for a new one. */
export class PrefixTree {
  readonly #root: Node = { parent: undefined, tokens: [], block: new Float32Array(), children: [], lastUsed: 0 };
  readonly #nodes = new Set<Node>();
  /** Numbers in a block. */
  readonly #blockLength: number;
  readonly #maximumBlocks: number;
  #clock = 0;

  /**
   * @param numbersPerToken - See KeyValueCache.
   * @param maximumBytes - What all blocks together may take; memory is taken as it is needed.
   */
  constructor(numbersPerToken: number, maximumBytes: number) {
    this.#blockLength = numbersPerToken * blockTokens;
    this.#maximumBlocks = Math.floor(maximumBytes / (this.#blockLength * Float32Array.BYTES_PER_ELEMENT));
  }

  /** What the blocks take. */
  get bytes(): number {
    return this.#nodes.size * this.#blockLength * Float32Array.BYTES_PER_ELEMENT;
  }

  /** Puts a copy of a cache's sequence aside; what is there already is not copied again. */
  store(cache: KeyValueCache): void {
    this.#clock++;
    let parent = this.#root;
    for (let start = 0; start < cache.length; start += blockTokens) {
      const tokens = cache.tokens.slice(start, start + blockTokens);
      const match = findChild(parent, tokens, 0);
      let node = match?.node;
      // The child is neither this block nor a shorter beginning of it: the sequences part here.
      if (node === undefined || (match?.length !== tokens.length && match?.length !== node.tokens.length)) {
        node = this.#addChild(parent, tokens);
        if (node === undefined) return;
        cache.copyTo(node.block, start, tokens.length);
      } else if (node.tokens.length < tokens.length) {
        node.tokens = tokens;
        cache.copyTo(node.block, start, tokens.length);
      }
      node.lastUsed = this.#clock;
      parent = node;
    }
  }

  /** Makes a cache that holds the beginning of `tokens` hold as much more of them as is here. */
  restore(tokens: readonly number[], cache: KeyValueCache): void {
    const path: Match[] = [];
    let length = 0;
    for (let match = findChild(this.#root, tokens, 0); match !== undefined; ) {
      path.push(match);
      length += match.length;
      match = match.length === blockTokens ? findChild(match.node, tokens, length) : undefined;
    }
    if (length <= cache.length) return;
    this.#clock++;
    cache.reserve(length);
    for (const [index, match] of path.entries()) {
      match.node.lastUsed = this.#clock;
      const start = index * blockTokens;
      const end = start + match.length;
      const from = cache.length;
      if (from < end) cache.appendFrom(match.node.block, from - start, tokens.slice(from, end));
    }
  }

  /** Forgets all sequences. */
  clear(): void {
    this.#nodes.clear();
    this.#root.children.length = 0;
  }

  /** A new block; undefined if there is no room because the branch that ends with `parent` takes all there is. */
  #addChild(parent: Node, tokens: readonly number[]): Node | undefined {
    let block: Float32Array | undefined;
    if (this.#nodes.size >= this.#maximumBlocks) {
      const oldest = this.#leastRecentlyUsedLeaf(parent);
      if (oldest === undefined) return undefined;
      this.#remove(oldest);
      block = oldest.block;
    }
    const node: Node = {
      parent,
      tokens,
      block: block ?? new Float32Array(this.#blockLength),
      children: [],
      lastUsed: this.#clock,
    };
    parent.children.push(node);
    this.#nodes.add(node);
    return node;
  }

  #leastRecentlyUsedLeaf(except: Node): Node | undefined {
    let oldest: Node | undefined;
    for (const node of this.#nodes) {
      const isLeaf = node.children.length === 0 && node !== except;
      if (isLeaf && node.lastUsed < (oldest?.lastUsed ?? Number.POSITIVE_INFINITY)) oldest = node;
    }
    return oldest;
  }

  #remove(leaf: Node): void {
    this.#nodes.delete(leaf);
    const siblings = leaf.parent?.children ?? [];
    siblings.splice(siblings.indexOf(leaf), 1);
  }
}

/** The child that has most in common with the tokens from a position on. */
function findChild(parent: Node, tokens: readonly number[], position: number): Match | undefined {
  const wanted = tokens.slice(position, position + blockTokens);
  let best: Match | undefined;
  for (const node of parent.children) {
    const length = commonPrefixLength(node.tokens, wanted);
    if (length > (best?.length ?? 0)) best = { node, length };
  }
  return best;
}
