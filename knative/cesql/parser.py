"""Tokens to a tree, by precedence climbing.

From loose to tight: AND OR XOR (to the right) · comparisons · ``+ -`` · ``* / %`` · IN · LIKE · unary minus · NOT.
"""

from __future__ import annotations

from knative.cesql.errors import CesqlSyntaxError
from knative.cesql.lexer import Token, tokens
from knative.cesql.syntax import (
    INTEGER_MAX,
    INTEGER_MIN,
    MAX_DEPTH,
    Arithmetic,
    Attribute,
    Boolean,
    Call,
    Comparison,
    Exists,
    Expression,
    In,
    Integer,
    Like,
    Logic,
    Negate,
    Not,
    Text,
    depth,
    unquote,
)

LOGIC, COMPARISON, SUM, PRODUCT, IN, LIKE, MINUS, NOT, ATOM = range(1, 10)
"""How tightly each binds."""

BINARY = {
    **dict.fromkeys(("AND", "OR", "XOR"), LOGIC),
    **dict.fromkeys(("=", "!=", "<>", "<", "<=", ">", ">="), COMPARISON),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/", "%"), PRODUCT),
    "IN": IN,
    "LIKE": LIKE,
}


def parse(source: str) -> Expression:
    """The tree of an expression.

    Raises
    ------
    CesqlSyntaxError : it is none, a number needs more than 32 bits, or it is nested deeper than `MAX_DEPTH`.
    """
    return _Parser(source).whole()


class _Parser:
    def __init__(self, source: str) -> None:
        self._tokens = list(tokens(source))
        self._at = 0
        self._level = 0

    def whole(self) -> Expression:
        result = self._expression(LOGIC)
        if self._next.kind != "end":
            raise self._unexpected("the end or an operator")
        if depth(result) > MAX_DEPTH:
            raise self._too_deep()
        return result

    # Tokens.

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _takes(self, text: str) -> bool:
        """Return True if the next token is this symbol or keyword; if so, it is taken."""
        if self._next.kind in {"symbol", "keyword"} and self._next.text == text:
            self._at += 1
            return True
        return False

    def _expect(self, symbol: str) -> None:
        if not self._takes(symbol):
            raise self._unexpected(repr(symbol))

    def _unexpected(self, expected: str) -> CesqlSyntaxError:
        return CesqlSyntaxError(f"expected {expected}, found {_describe_token(self._next)}", self._next.position)

    def _too_deep(self) -> CesqlSyntaxError:
        return CesqlSyntaxError(f"nested deeper than {MAX_DEPTH} levels", self._next.position)

    # Expressions.

    def _expression(self, loosest: int) -> Expression:
        """An expression whose operators all bind at least as tightly as `loosest`."""
        self._level += 1
        if self._level > MAX_DEPTH:
            raise self._too_deep()
        result = self._prefix()
        while (operator := self._operator(loosest)) is not None:
            result = self._joined(result, operator)
        self._level -= 1
        return result

    def _operator(self, loosest: int) -> Token | None:
        """The operator that comes next; for ``NOT LIKE`` and ``NOT IN`` the one behind the NOT. Nothing is taken."""
        token = self._next
        if token.kind == "keyword" and token.text == "NOT":
            token = self._tokens[self._at + 1]
            if token.text not in {"LIKE", "IN"}:
                return None
        if token.kind not in {"symbol", "keyword"} or BINARY.get(token.text, 0) < loosest:
            return None
        return token

    def _joined(self, left: Expression, operator: Token) -> Expression:
        negated = self._takes("NOT")
        self._take()
        binding = BINARY[operator.text]
        if binding == LIKE:
            return Like(left, self._pattern(), negated)
        if binding == IN:
            return In(left, self._members(), negated)
        if binding == LOGIC:
            return self._logic(left, operator.text)
        right = self._expression(binding + 1)
        if binding == COMPARISON:
            return Comparison("!=" if operator.text == "<>" else operator.text, left, right)
        return Arithmetic(operator.text, left, right)

    def _logic(self, first: Expression, operator: str) -> Logic:
        operands, operators = [first], [operator]
        while True:
            operands.append(self._expression(COMPARISON))
            following = self._operator(LOGIC)
            if following is None:
                return Logic(tuple(operands), tuple(operators))
            operators.append(self._take().text)

    def _pattern(self) -> Text:
        if self._next.kind != "text":
            raise self._unexpected("a text as the pattern of LIKE")
        return Text(unquote(self._take().text))

    def _members(self) -> tuple[Expression, ...]:
        self._expect("(")
        return self._parse_list()

    def _parse_list(self) -> tuple[Expression, ...]:
        """Expressions between commas, up to the closing bracket."""
        result = [self._expression(LOGIC)]
        while self._takes(","):
            result.append(self._expression(LOGIC))
        self._expect(")")
        return tuple(result)

    def _prefix(self) -> Expression:
        if self._takes("NOT"):
            return Not(self._expression(NOT))
        if self._takes("-"):
            return Negate(self._expression(MINUS))
        if self._takes("EXISTS"):
            return Exists(self._name())
        if self._takes("("):
            result = self._expression(LOGIC)
            self._expect(")")
            return result
        return self._atom()

    def _atom(self) -> Expression:
        token = self._next
        if token.kind == "text":
            return Text(unquote(self._take().text))
        if token.kind == "integer":
            return self._integer()
        if token.kind == "keyword" and token.text in {"TRUE", "FALSE"}:
            return Boolean(self._take().text == "TRUE")
        if self._is_call():
            return self._call()
        return Attribute(self._name())

    def _integer(self) -> Integer:
        digits = self._next.text.lstrip("+-").lstrip("0")
        if len(digits) > len(str(INTEGER_MAX)) or not INTEGER_MIN <= int(self._next.text) <= INTEGER_MAX:
            raise CesqlSyntaxError(f"{_describe_token(self._next)} needs more than 32 bits", self._next.position)
        return Integer(int(self._take().text))

    def _is_call(self) -> bool:
        token = self._next
        if token.kind == "function":
            return True
        return token.kind == "name" and token.text.isalpha() and self._tokens[self._at + 1].text == "("

    def _call(self) -> Call:
        name = self._take().text.upper()
        self._expect("(")
        return Call(name, () if self._takes(")") else self._parse_list())

    def _name(self) -> str:
        if self._next.kind != "name":
            raise self._unexpected("a value")
        return self._take().text.lower()


def _describe_token(token: Token) -> str:
    return repr(token.text if len(token.text) <= 40 else f"{token.text[:39]}…") if token.text else "the end"
