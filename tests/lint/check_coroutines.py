#!/usr/bin/env python3
"""Coroutines: what g++ 12 compiles wrongly, and what outlives its closure.

g++ 12 destroys some temporaries twice when they are built in the same statement as a co_await:
aggregates (also those of default arguments), lambdas that capture by value, and objects that come out
of ?:. Refused here:

  temporary   a braced temporary in a statement with co_await
  closure     a lambda that captures by value in a statement with co_await
  default     an aggregate default argument of a function that returns an awaitable
  ternary     ?: in a statement with co_await, unless it only chooses between names or literals
  catch       co_await inside a catch block
  lock        co_await while a lock is held
  dangling    a coroutine lambda with captures that is called at once, without co_await: the
              closure dies before the coroutine

A statement that is right all the same carries the comment `// C4: reason` on its co_await line.
"""
import pathlib
import sys

from cpp_tokens import (captures_by_value, chooses_plain, is_initializer, lambda_at, matching,
                        tokenize)
from lint_support import Finding, files, main, read

LOCKS = {"lock_guard", "unique_lock", "scoped_lock", "shared_lock"}
CO_WORDS = {"co_await", "co_return", "co_yield"}


class Statement:
    """What has been seen of the statement being read, at one function level."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.awaits: list[int] = []       # lines
        self.temporaries: list[int] = []
        self.closures: list[int] = []
        self.ternaries: list[int] = []


class Level:
    """One function body; blocks inside it are counted, not stacked as levels."""

    def __init__(self, start: int) -> None:
        self.statement = Statement(start)
        self.braces: list[str] = []       # "block", "catch", "init"
        self.locks: list[int] = []        # depth of the block that holds each lock


class Checker:
    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.tokens = tokenize(text)
        self.excused = {number for number, line in enumerate(text.split("\n"), 1) if "// C4: " in line}
        self.findings: list[Finding] = []

    def report(self, line: int, text: str) -> None:
        if line not in self.excused:
            self.findings.append(Finding(self.name, line, text))

    def finish(self, level: Level, next_start: int) -> None:
        """The statement ends: judge it, and begin the next."""
        statement = level.statement
        level.statement = Statement(next_start)
        if not statement.awaits or set(statement.awaits) & self.excused:
            return
        for line in statement.temporaries:
            self.report(line, "temporary: name the aggregate before the co_await")
        for line in statement.closures:
            self.report(line, "closure: name the lambda before the co_await")
        for line in statement.ternaries:
            self.report(line, "ternary: choose before the co_await")

    def run(self) -> list[Finding]:
        self.read_level(0, len(self.tokens))
        self.check_defaults()
        return self.findings

    def read_level(self, begin: int, end: int) -> None:
        level, i = Level(begin), begin
        while i < end:
            text, line = self.tokens[i].text, self.tokens[i].line
            if text == "[" and (found := lambda_at(self.tokens, i)):
                self.read_lambda(level, found)
                i = found.end + 1
                continue
            if text == "{":
                self.open_brace(level, i)
            elif text == "}":
                self.close_brace(level, i)
            elif text == ";":
                self.finish(level, i + 1)
            elif text == "co_await":
                level.statement.awaits.append(line)
                if "catch" in level.braces:
                    self.report(line, "catch: co_await after the catch block")
                if level.locks:
                    self.report(line, "lock: give the lock up before the co_await")
            elif text == "?" and not chooses_plain(self.tokens, i):
                level.statement.ternaries.append(line)
            elif text in LOCKS:
                level.locks.append(len(level.braces))
            i += 1
        self.finish(level, end)

    def read_lambda(self, level: Level, found) -> None:
        line = self.tokens[found.start].line
        if captures_by_value(found.captures):
            level.statement.closures.append(line)
        body = {token.text for token in self.tokens[found.body:found.end]}
        called = found.end + 1 < len(self.tokens) and self.tokens[found.end + 1].text == "("
        awaited = found.start > 0 and self.tokens[found.start - 1].text == "co_await"
        if called and found.captures and body & CO_WORDS and not awaited:
            self.report(line, "dangling: pass state as parameters of the coroutine lambda")
        self.read_level(found.body + 1, found.end)

    def open_brace(self, level: Level, at: int) -> None:
        start = level.statement.start
        if "init" in level.braces[-1:] or is_initializer(self.tokens, at, start):
            level.braces.append("init")
            if not self.names_a_variable(start, at):
                level.statement.temporaries.append(self.tokens[at].line)
            return
        is_catch = start < len(self.tokens) and self.tokens[start].text == "catch"
        level.braces.append("catch" if is_catch else "block")
        self.finish(level, at + 1)

    def close_brace(self, level: Level, at: int) -> None:
        if not level.braces or level.braces.pop() != "init":
            self.finish(level, at + 1)
        level.locks = [depth for depth in level.locks if depth <= len(level.braces)]

    def names_a_variable(self, start: int, at: int) -> bool:
        """`Type name{...}` and `Type name = {...}` build no temporary."""
        words = [token.text for token in self.tokens[start:at]]
        if words.count("(") != words.count(")"):
            return False
        if words[-1] == "=":
            return True
        return len(words) >= 2 and words[-1].isidentifier() and \
            (words[-2].isidentifier() and words[-2] not in {"return", "co_return", "co_await"}
             or words[-2] in {">", "&", "*"}) and "=" not in words

    def check_defaults(self) -> None:
        for i, token in enumerate(self.tokens):
            if token.text != "awaitable" or self.tokens[i + 1].text != "<":
                continue
            opening = next((j for j in range(i, min(i + 60, len(self.tokens)))
                            if self.tokens[j].text in {"(", ";", "{"}), None)
            if opening is None or self.tokens[opening].text != "(":
                continue
            for j in range(opening, matching(self.tokens, opening)):
                if self.tokens[j].text == "{":
                    self.report(self.tokens[j].line, "default: overload instead of an aggregate default")


def check(root: pathlib.Path) -> list[Finding]:
    return [finding for name in files(root, ".h", ".cpp")
            for finding in Checker(name, read(root, name)).run()]


if __name__ == "__main__":
    sys.exit(main(check))
