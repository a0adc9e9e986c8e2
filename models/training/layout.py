"""The prompt layout and the special tokens: the one place that training and the model's manifest take them from."""

from __future__ import annotations

from dataclasses import dataclass

from tokenizers import Tokenizer

END_OF_TEXT = "<|endoftext|>"
FIM_PREFIX = "<fim_prefix>"
FIM_SUFFIX = "<fim_suffix>"
FIM_MIDDLE = "<fim_middle>"
END_OF_MIDDLE = "<eom>"
REPOSITORY_NAME = "<repo_name>"
FILE_SEPARATOR = "<file_sep>"

# Their order is their id: special tokens come first in the vocabulary.
SPECIAL_TOKENS = {
    "endOfText": END_OF_TEXT,
    "fimPrefix": FIM_PREFIX,
    "fimSuffix": FIM_SUFFIX,
    "fimMiddle": FIM_MIDDLE,
    "endOfMiddle": END_OF_MIDDLE,
    "repositoryName": REPOSITORY_NAME,
    "fileSeparator": FILE_SEPARATOR,
}

# Tokens of the prefix that stand behind the marker. At 0 the marker comes between a middle's first token and its context, which delays
# the learning of first tokens; without a marker the model cannot know where the middle began. What was measured is in README.md.
MARKER_DISTANCE = 4

# The manifest's prompt template: what the TypeScript side builds prompts from. `Layout` below must agree with it; the
# parity test compares both on real files.
PROMPT_TEMPLATE = {
    "order": ["repository", "snippets", "suffix", "prefix", "middle"],
    "repository": f"{REPOSITORY_NAME}{{repository}}\n",
    "snippet": f"{FILE_SEPARATOR}{{path}}\n{{text}}",
    "suffix": f"{FIM_SUFFIX}{{suffix}}",
    "prefix": f"{FIM_PREFIX}{{path}}\n{{prefix}}",
    "middle": FIM_MIDDLE,
    "tokensAfterMiddle": MARKER_DISTANCE,
}


# Set in the id of every token of a middle and of its end, in shards and nowhere else: with it a shard says what is to be predicted in
# whichever layout. Vocabularies stay below it.
MIDDLE_FLAG = 1 << 15


@dataclass(frozen=True)
class FimDocument:
    """A text cut in three; prefix + middle + suffix is the text."""

    path: str
    prefix: str
    middle: str
    suffix: str


class Layout:
    """Turns text into token ids; each field is encoded by itself, so that a field's ids do not depend on the next."""

    def __init__(self, tokenizer: Tokenizer, marker_distance: int = MARKER_DISTANCE) -> None:
        self.tokenizer = tokenizer
        self.marker_distance = marker_distance
        ids = {name: tokenizer.token_to_id(token) for name, token in SPECIAL_TOKENS.items()}
        missing = [SPECIAL_TOKENS[name] for name, token_id in ids.items() if token_id is None]
        if missing:
            raise ValueError(f"the tokenizer lacks {', '.join(missing)}: train it with train_tokenizer.py")
        self.ids: dict[str, int] = ids
        self.newline = self.text("\n")

    def text(self, text: str) -> list[int]:
        """Ids of user text. A special token's own spelling in it is cut in two, so that text is never control."""
        pieces = [text]
        for token in SPECIAL_TOKENS.values():
            half = len(token) // 2
            pieces = [
                part
                for piece in pieces
                for part in _rejoin(piece.split(token), token[:half], token[half:])
            ]
        return [
            token_id for piece in pieces if piece for token_id in self.tokenizer.encode(piece, add_special_tokens=False).ids
        ]

    def repository(self, name: str) -> list[int]:
        return [self.ids["repositoryName"], *self.text(name), *self.newline]

    def snippet(self, path: str, text: str) -> list[int]:
        return [self.ids["fileSeparator"], *self.text(path), *self.newline, *self.text(text)]

    def suffix(self, suffix: str) -> list[int]:
        return [self.ids["fimSuffix"], *self.text(suffix)]

    def prefix(self, path: str, prefix: str) -> list[int]:
        return [self.ids["fimPrefix"], *self.text(path), *self.newline, *self.text(prefix)]

    def middle(self, middle: str) -> list[int]:
        """The middle's ids with their end, each flagged as a token of a middle (see MIDDLE_FLAG)."""
        return [token_id | MIDDLE_FLAG for token_id in [*self.text(middle), self.ids["endOfMiddle"]]]

    def marked(self, prefix: list[int]) -> list[int]:
        """The prefix's ids with the marker in its place, but never before the prefix's own special token."""
        place = max(1, len(prefix) - self.marker_distance)
        return [*prefix[:place], self.ids["fimMiddle"], *prefix[place:]]

    def suffix_prefix_middle(self, document: FimDocument) -> list[int]:
        return [
            *self.suffix(document.suffix),
            *self.marked(self.prefix(document.path, document.prefix)),
            *self.middle(document.middle),
        ]

    def prefix_suffix_middle(self, document: FimDocument) -> list[int]:
        return [
            *self.prefix(document.path, document.prefix),
            *self.suffix(document.suffix),
            self.ids["fimMiddle"],
            *self.middle(document.middle),
        ]


def _rejoin(pieces: list[str], head: str, tail: str) -> list[str]:
    """What a split by `head + tail` took away goes back, its head to the left piece and its tail to the right one."""
    if len(pieces) == 1:
        return pieces
    last = len(pieces) - 1
    return [(tail if i else "") + piece + (head if i < last else "") for i, piece in enumerate(pieces)]
