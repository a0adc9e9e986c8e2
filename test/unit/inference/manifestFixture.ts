// A manifest that is right, for tests to spoil.

/** The content of manifest.json; a new copy at each call. */
export function validManifest() {
  return {
    formatVersion: 1,
    id: "test-model",
    version: "0.1.0",
    license: "Apache-2.0",
    description: "A model of the tests.",
    files: {
      weights: { path: "model.onnx", sha256: "a".repeat(64), bytes: 10 },
      tokenizer: { path: "tokenizer.json", sha256: "b".repeat(64), bytes: 10 },
    },
    architecture: {
      type: "llama",
      layers: 2,
      hiddenSize: 8,
      attentionHeads: 4,
      keyValueHeads: 2,
      headSize: 4,
      feedForwardSize: 16,
      vocabularySize: 300,
      maximumPositions: 2048,
      horizonOutputs: true,
      ngramRows: 0,
      precedingTokens: 0,
      weightFormat: "q8",
    },
    specialTokens: {
      endOfText: "<|endoftext|>",
      fimPrefix: "<fim_prefix>",
      fimSuffix: "<fim_suffix>",
      fimMiddle: "<fim_middle>",
      endOfMiddle: "<eom>",
      repositoryName: "<repo_name>",
      fileSeparator: "<file_sep>",
    },
    promptTemplate: {
      order: ["repository", "snippets", "suffix", "prefix", "middle"],
      repository: "<repo_name>{repository}\n",
      snippet: "<file_sep>{path}\n{text}",
      suffix: "<fim_suffix>{suffix}",
      prefix: "<fim_prefix>{path}\n{prefix}",
      middle: "<fim_middle>",
      tokensAfterMiddle: 0,
    },
    limits: { promptTokens: 1024, middleTokens: 160, prefillChunkTokens: 128, suffixShare: 0.2 },
    selfTest: { repository: "r", path: "a.py", prefix: "x = ", suffix: "\n", middle: "1" },
  };
}
