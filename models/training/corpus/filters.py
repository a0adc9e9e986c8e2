"""Decides whether a file belongs in the corpus: each filter is a pure function that names its reason.

Filters of a path run first (they cost nothing), filters of the text after. The order is that of FILTERS_*: a file counts
for the first filter that removes it.
"""

from __future__ import annotations

import codecs
import re

LANGUAGE_OF_EXTENSION = {
    ".py": "python",
    ".ts": "typescript",
    ".tsx": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".js": "javascript",
    ".jsx": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".java": "java",
    ".go": "go",
    ".rs": "rust",
    ".c": "c",
    ".h": "c",  # Or C++: see language_of_text.
    ".cc": "cpp",
    ".cpp": "cpp",
    ".cxx": "cpp",
    ".hh": "cpp",
    ".hpp": "cpp",
    ".hxx": "cpp",
    ".ipp": "cpp",
    ".cs": "csharp",
}

MINIMUM_BYTES = 100
MAXIMUM_BYTES = 256 * 1024
MAXIMUM_MEAN_LINE = 300
MAXIMUM_LINE = 1000


def language_of(path: str) -> str | None:
    """Language by extension; None for other files and for TypeScript declarations, which are generated."""
    lower = path.lower()
    if lower.endswith((".d.ts", ".d.mts", ".d.cts")):
        return None
    dot = lower.rfind(".")
    return LANGUAGE_OF_EXTENSION.get(lower[dot:]) if dot > lower.rfind("/") else None


_CPP_HEADER = re.compile(
    r"^\s*(?:template\s*<|namespace\b|class\s+\w+[^;]*$|using\s+\w|public:|private:|protected:|#\s*include\s*<\w+>)|\bstd::|\bconstexpr\b|\bnullptr\b",
    re.MULTILINE,
)


def language_of_text(path: str, language: str, text: str) -> str:
    """The language by extension, but C++ for a .h file that no C compiler would take."""
    return "cpp" if language == "c" and path.lower().endswith(".h") and _CPP_HEADER.search(text) else language


_VENDORED = re.compile(
    r"(?:^|/)(?:_?vendor(?:ed)?|_?vendored?_[^/]*|node_modules|bower_components|third[-_]?party|3rd[-_]?party|_?externals?|extern|"
    r"_distutils_hack|shaded|repackaged|jarjar|contrib/libs|site-packages)/|"
    r"(?:^|/)org/springframework/(?:asm|cglib|objenesis)/",
    re.IGNORECASE,
)
_VENDORED_C = re.compile(r"(?:^|/)(?:deps|contrib|subprojects)/", re.IGNORECASE)
# Parts that their publishers keep under a licence of their own.
_OTHER_LICENCE = re.compile(r"(?:^|/)(?:enterprise|ee)/", re.IGNORECASE)
# Build output beside sources: the same code again, and not what a person writes.
_BUILT = re.compile(
    r"^(?:(?!src/).)*?(?:^|/)(?:dist|dist-[^/]+|_dist|build|out|umd|bundles?|bundled|fesm\d*|esm\d*|_esm|_?cjs|es|es\d+|lib-esm|lib-commonjs|"
    r"amd|legacy|min|commonjs|system|prebuilt|static|_static|assets|public|wwwroot|module|compiled)/",
    re.IGNORECASE,
)
_MINIFIED = re.compile(r"[.\-](?:min|bundle|bundled|umd|prod|production|packed|iife)\.[cm]?jsx?$|(?:^|/)(?:bundle|vendor)\.[cm]?js$", re.IGNORECASE)
_GENERATED_PATH = re.compile(
    r"_pb2(?:_grpc)?\.py$|\.pb(?:\.\w+)?\.go$|(?:^|/)zz_generated|\.generated\.\w+$|_generated\.\w+$|[._-]gen\.\w+$|"
    r"(?:^|/)(?:_?generated|__generated__|gen|autogen|generated-sources)/|(?:^|/)bindata\.go$|(?:^|/)(?:lextab|parsetab|yacctab)\.py$|"
    r"\.pb\.(?:h|cc)$|\.(?:tab|yy)\.[ch]$|\.(?:designer|g|g\.i)\.cs$|(?:^|/)assemblyinfo\.cs$|(?:^|/)moc_[^/]*\.(?:cpp|cxx)$|-sys/src/bindings\.rs$",
    re.IGNORECASE,
)
# Only folders that hold nothing but tables or test inputs; "data" and "fixtures" often hold programs.
_DATA_PATH = re.compile(
    r"(?:^|/)(?:locales?|locale_data|translations?|nls|testdata|test-data|__snapshots__|icons?|emojis?|cldr|unicode_data|"
    r"shaders|shaderchunk|chains/definitions)/|\.glsl\.\w+$", re.IGNORECASE
)


def reject_path(path: str, language: str) -> str | None:
    """Reason to drop a file by its path alone, or None."""
    if _VENDORED.search(path):
        return "vendored"
    if language in ("c", "cpp", "csharp") and _VENDORED_C.search(path):  # In other languages such names are ordinary packages.
        return "vendored"
    if _OTHER_LICENCE.search(path):
        return "licence folder"
    if language in ("typescript", "javascript"):  # In other languages such names are ordinary packages.
        if _BUILT.search(path):
            return "build output"
        if _MINIFIED.search(path):
            return "minified"
    if _GENERATED_PATH.search(path):
        return "generated"
    if _DATA_PATH.search(path):
        return "data"
    return None


_GENERATED_TEXT = re.compile(
    r"do not (?:edit|modify)|auto-?\s?generated|automatically generated|machine generated|@generated|generated (?:by|from|with|automatically|code|file)|"
    r"this (?:file|class|code) (?:is|was|has been) (?:auto)?generated|code generated",
    re.IGNORECASE,
)
_COMPILED_JAVASCRIPT = re.compile(
    r"^\s*(?:Object\.defineProperty\(exports, ?[\"']__esModule[\"']|exports\.__esModule ?=|var __(?:awaiter|importDefault|importStar|createBinding|assign|extends|decorate|defProp|rest|spreadArray|toESM|esm)\b)|"
    r"_interopRequire|_classCallCheck\(|tslib_\d|//# sourceMappingURL=|^exports\.\w+ = (?:exports\.\w+ = )*void 0;|webpackBootstrap|__webpack_require__\(|regeneratorRuntime|_async_to_generator|"
    r"\b__decorate\(\[|ɵɵ|import \{[^}\n]*__(?:decorate|awaiter|rest|extends|assign)[^}\n]*\} from ['\"]tslib|_jsxs?\(|_jsxs?\)\(|/\* ?@__PURE__ ?\*/ ?_",
    re.MULTILINE,
)
# Flow's annotations look like TypeScript in a .js file; a model of JavaScript should not learn them.
_FLOW = re.compile(r"@flow\b")

_RESTRICTED_HEADER = re.compile(
    r"GNU\s+(?:Lesser\s+|Affero\s+|Library\s+)?General\s+Public|\bA?L?GPL[- ]?v?\d|SPDX-License-Identifier:\s*\(?(?:A?GPL|LGPL|MPL|EPL|CDDL|SSPL|BUSL|CC-BY-(?:SA|NC|ND)|Elastic)|"
    r"Mozilla\s+Public\s+Licen|Eclipse\s+Public\s+Licen|Common\s+Development\s+and\s+Distribution|Business\s+Source\s+Licen|Server\s+Side\s+Public|"
    r"Elastic\s+Licen[cs]e|Commons\s+Clause|Creative\s+Commons\s+Attribution-(?:Share|Non)|CC[- ]BY[- ](?:SA|NC|ND)|"
    r"\b(?:confidential\s+and\s+proprietary|proprietary\s+and\s+confidential)|Enterprise\s+Licen[cs]e|Source\s+Available\s+Licen",
    re.IGNORECASE,
)
# Searching for plain strings in lower case first is many times faster than the expressions: each of their alternatives holds one of these.
_RESTRICTED_MARKS = (
    "gnu", "gpl", "spdx", "mozilla", "eclipse", "common development", "business", "server side", "elastic", "commons", "cc-by", "cc by",
    "proprietary", "enterprise", "source available",
)  # fmt: skip
_GENERATED_MARKS = ("generated", "do not edit", "do not modify")
# Code copied from a question-and-answer site is under CC BY-SA whatever the package says.
_COPIED_MARKS = ("stackoverflow.com/", "stackexchange.com/")

_SECRET = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{22,}|"
    r"\bxox[abprs]-[0-9A-Za-z-]{10,}|\bsk_live_[0-9a-zA-Z]{20,}|\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}|\bAIza[0-9A-Za-z_-]{35}\b|"
    r"\bnpm_[A-Za-z0-9]{36}\b|\bpypi-AgEIcHlwaS5vcmc[\w-]{50,}|\bSG\.[\w-]{22}\.[\w-]{43}|\bglpat-[\w-]{20}\b|\bhf_[A-Za-z]{34}\b|"
    r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}|\bya29\.[\w-]{30,}|"
    r"(?:aws_secret_access_key|aws_secret_key|secretAccessKey)[\"']?\s*[:=]\s*[\"'][A-Za-z0-9/+]{40}[\"']",
)
# Searching for plain strings first is many times faster; each alternative above contains one of these.
_SECRET_MARKS = (
    "PRIVATE KEY", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "xox", "sk_live_", "sk-", "AIza", "npm_",
    "pypi-A", "SG.", "glpat-", "hf_", "eyJ", "ya29.", "secret_access_key", "aws_secret_key", "secretAccessKey",
)  # fmt: skip
_ENCODED_BLOB = re.compile(r"[\"'`][A-Za-z0-9+/=]{200,}[\"'`]|(?:\\x[0-9a-fA-F]{2}){40,}|(?:\\u[0-9a-fA-F]{4}){30,}")
_LITERAL_LINE = re.compile(
    r"^\s*[\[({]*(?:(?:0x[0-9a-fA-F]+|-?\d[\d._eE+-]*|[\"'][^\"']*[\"']|None|null|nil|true|false)\s*[:,)\]}]+\s*)+(?:(?:[\"'][^\"']*[\"']|[\w.+-]+|[\[({]+)\s*,?)?\s*[\])},;]*\s*(?://.*|#.*)?$",
    re.MULTILINE,
)


def reject_text(text: str, language: str) -> str | None:
    """Reason to drop a file by its text (already decoded, lines ended by LF), or None."""
    size = len(text)
    if size < MINIMUM_BYTES:
        return "too small"
    lines = text.split("\n")
    longest = max(map(len, lines))
    if longest > MAXIMUM_LINE or size / len(lines) > MAXIMUM_MEAN_LINE:
        return "long lines"
    head = text[:3000]
    lower = text.lower()
    # One space between words: headers are broken into lines anywhere, with comment signs before each.
    flat = " ".join(lower[:3000].split())
    if any(mark in flat for mark in _RESTRICTED_MARKS) and _RESTRICTED_HEADER.search(head):
        return "licence header"
    if any(mark in lower for mark in _COPIED_MARKS):
        return "copied from a forum"
    # Some tools' own sources speak of generated code; only what stands in the first lines marks the file itself.
    if any(mark in flat for mark in _GENERATED_MARKS) and _GENERATED_TEXT.search("\n".join(lines[:30])[:2000]) and _marks_generated(lines):
        return "generated"
    if language == "javascript":
        if _COMPILED_JAVASCRIPT.search(text):
            return "build output"
        if _FLOW.search(head):
            return "flow types"
    if any(mark in text for mark in _SECRET_MARKS) and _SECRET.search(text):
        return "secret"
    if not text.isascii():
        others = size - len(text.encode("ascii", "ignore"))
        if others > 0.05 * size:
            return "mostly not ASCII"
    if _is_data(text, lines, longest):
        return "data"
    return None


_COMMENT_START = re.compile(r"^\s*(?:#|//|/?\*|\"\"\"|'''|<!--|%)")


def _marks_generated(lines: list[str]) -> bool:
    """Whether a marker stands in a comment of the first lines rather than in code."""
    in_block = False
    for line in lines[:30]:
        is_comment = in_block or bool(_COMMENT_START.match(line))
        if is_comment and _GENERATED_TEXT.search(line):
            return True
        if '"""' in line and line.count('"""') == 1:
            in_block = not in_block
    return False


def _is_data(text: str, lines: list[str], longest: int) -> bool:
    """Tables of numbers or strings, and files that are mostly one encoded blob."""
    size = len(text)
    digits = sum(map(text.count, "0123456789"))
    if digits > 0.18 * size:
        return True
    if longest >= 160 or "\\x" in text or "\\u" in text:  # Else no line can hold a blob, and the expression is slow.
        blob = sum(match.end() - match.start() for match in _ENCODED_BLOB.finditer(text))
        if blob > 0.05 * size:
            return True
    if len(lines) >= 20:
        # A sample is enough, and keeps the cost of this regular expression within bounds.
        sample = [line for line in lines[:: max(1, len(lines) // 400)] if line.strip()]
        literal = sum(1 for line in sample if len(line) < 300 and _LITERAL_LINE.match(line))
        if sample and literal > 0.5 * len(sample):
            return True
    return False


def normalise(raw: bytes) -> str | None:
    """Text of a file: UTF-8 without byte order mark, lines ended by LF. None where the encoding is not certain.

    UTF-16 counts only with its byte order mark. Latin-1 and its like are not guessed at: any bytes are valid Latin-1, so that a wrong guess
    would teach wrong characters, and such files are a fraction of a percent.
    """
    encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    if "\x00" in text:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")
