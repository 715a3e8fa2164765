"""C++ tokens, and which brace is what: enough structure for check_coroutines.py, not a parser."""
import dataclasses
import re

from lint_support import without_comments

TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.']*|->|::|&&|\|\||\"_*\"|[^\s\w]")
ATTRIBUTE = re.compile(r"\[\[[\w:, ]*(?:\([^()]*\))?\]\]")
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
BEFORE_BLOCK = {"else", "do", "try", "const", "noexcept", "override", "final", "mutable"}
TYPE_WORDS = {"struct", "class", "union", "enum", "namespace"}


@dataclasses.dataclass
class Token:
    text: str
    line: int


def tokenize(text: str) -> list[Token]:
    text = without_comments(text)
    for noise in (DIRECTIVE, ATTRIBUTE):
        text = noise.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)
    tokens, line, at = [], 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        tokens.append(Token(match.group(0), line))
    return tokens


def matching(tokens: list[Token], at: int) -> int:
    """Index of the bracket that closes the one at `at` (or the last token)."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    opening, closing, depth = tokens[at].text, pairs[tokens[at].text], 0
    for i in range(at, len(tokens)):
        depth += (tokens[i].text == opening) - (tokens[i].text == closing)
        if depth == 0:
            return i
    return len(tokens) - 1


@dataclasses.dataclass
class Lambda:
    start: int        # index of its [
    captures: list[str]
    body: int         # index of its {
    end: int          # index of the } that closes it


def lambda_at(tokens: list[Token], at: int) -> Lambda | None:
    """The lambda expression whose introducer is the [ at `at`; None for a subscript."""
    if at > 0:
        before = tokens[at - 1].text
        is_word = re.match(r"\w", before) and before not in {"return", "co_return", "co_await"}
        if is_word or before in {")", "]", '"'}:
            return None
    close = matching(tokens, at)
    captures = [t.text for t in tokens[at + 1:close]]
    i = close + 1
    while i < len(tokens) and tokens[i].text not in {"{", ";", ")", ","}:
        i = matching(tokens, i) + 1 if tokens[i].text == "(" else i + 1
    if i >= len(tokens) or tokens[i].text != "{":
        return None
    return Lambda(at, captures, i, matching(tokens, i))


def captures_by_value(captures: list[str]) -> bool:
    """True when a capture other than `this` copies or moves something into the closure."""
    items, depth, item = [], 0, []
    for text in [*captures, ","]:
        depth += text in "([{"
        depth -= text in ")]}"
        if text == "," and depth == 0:
            items.append(item)
            item = []
        else:
            item.append(text)
    return any(item and item[0] != "&" and item != ["this"] for item in items)


def is_initializer(tokens: list[Token], at: int, statement: int) -> bool:
    """Whether the { at `at` begins a braced initializer; `statement` is where its statement begins."""
    if at == statement:
        return False
    before = tokens[at - 1].text
    words = [t.text for t in tokens[statement:at]]
    if before in {"=", "(", ",", "return", "co_return", "co_yield", "?", "&&", "||", "<"}:
        return True
    if before in BEFORE_BLOCK or before in {")", ";", "}"} or words[0] in {*TYPE_WORDS, "extern"}:
        return False
    if words[0] in {"typedef", "template", "inline", "static"} and TYPE_WORDS & set(words):
        return False
    if before == ":":
        return "?" in words
    if before == "]":
        return True
    # A word or a >: `-> Type {` is a body, `Type{` or `Type<X>{` an initializer.
    last_paren = max((i for i, word in enumerate(words) if word == ")"), default=-1)
    return "->" not in words[last_paren + 1:last_paren + 2]


def chooses_plain(tokens: list[Token], at: int) -> bool:
    """Whether both operands of the ? at `at` are one name, number or string literal."""
    operands, operand, depth = [], [], 0
    for token in tokens[at + 1:]:
        depth += token.text in "([{"
        depth -= token.text in ")]}"
        if depth < 0 or depth == 0 and token.text in {":", ",", ";"}:
            operands.append(operand)
            operand = []
            if len(operands) == 2 or token.text != ":":
                break
        else:
            operand.append(token.text)
    return len(operands) == 2 and all(
        words and (len(words) == 1 and re.match(r"\w", words[0])
                   or all(word.startswith('"') for word in words)) for words in operands)
