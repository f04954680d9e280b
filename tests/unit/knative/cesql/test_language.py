"""What the kit leaves open: syntax, precedence, printing, 32 bits, texts; and that nothing crashes or hangs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knative.cesql import CesqlSyntaxError, Value, evaluate, parse, unparse
from knative.cesql.syntax import (
    KEYWORDS,
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
    quote,
)
from knative.cesql.texts import BYTES, CHARACTERS

EVENT: dict[str, Value] = {"id": "1", "type": "league.updated", "n": 7, "flag": True, "name": "Ünal"}


def value(source: str) -> Value:
    result = evaluate(parse(source), EVENT)
    assert result.error is None, result
    return result.value


def error(source: str) -> str:
    return str(evaluate(parse(source), EVENT).error)


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ("a AND b OR c", "a AND (b OR c)"),
        ("a OR b AND c", "a OR (b AND c)"),
        ("a XOR b AND c", "a XOR (b AND c)"),
        ("NOT a AND b", "(NOT a) AND b"),
        ("NOT a = b", "(NOT a) = b"),
        ("NOT a LIKE 'x'", "(NOT a) LIKE 'x'"),
        ("NOT a IN (b)", "(NOT a) IN (b)"),
        ("-a * b", "(-a) * b"),
        ("a = b = c", "(a = b) = c"),
        ("a - b - c", "(a - b) - c"),
        ("a + b * c < d - e", "(a + (b * c)) < (d - e)"),
        ("a * b IN (c)", "a * (b IN (c))"),
        ("a = b NOT LIKE 'x'", "a = (b NOT LIKE 'x')"),
        ("a LIKE 'x' IN (b) * c", "((a LIKE 'x') IN (b)) * c"),
        ("a <> b", "a != b"),
        ("exists TYPE and Type not in (TRUE)", "EXISTS type AND type NOT IN (true)"),
        ("a\tAND\r\nb", "a AND b"),
    ],
)
def test_what_binds_how(source: str, same: str) -> None:
    assert _flat(parse(source)) == _flat(parse(same))


def _flat(node: Expression) -> Expression:
    """A last operand in brackets is the chain going on."""
    if isinstance(node, Logic) and isinstance(node.operands[-1], Logic):
        last = node.operands[-1]
        return Logic((*node.operands[:-1], *last.operands), (*node.operators, *last.operators))
    return node


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("", "expected a value, found the end at character 1"),
        ("a AND", "expected a value, found the end at character 6"),
        ("(a", "expected ')', found the end at character 3"),
        ("a b", "expected the end or an operator, found 'b' at character 3"),
        ("1 -2", "expected the end or an operator, found '-2' at character 3"),
        ("a LIKE b", "expected a text as the pattern of LIKE, found 'b' at character 8"),
        ("a NOT b", "expected the end or an operator, found 'NOT' at character 3"),
        ("a IN ()", "expected a value, found ')' at character 7"),
        ("f(a,)", "expected a value, found ')' at character 5"),
        ("f1(a)", "expected the end or an operator, found '(' at character 3"),
        ("f_x", "expected '(', found the end at character 4"),
        ("EXISTS 1", "expected a value, found '1' at character 8"),
        ("EXISTS and", "expected a value, found 'AND' at character 8"),
        ("2147483648", "'2147483648' needs more than 32 bits at character 1"),
        ("-2147483649", "'-2147483649' needs more than 32 bits at character 1"),
        ("9" * 10_000, "999…' needs more than 32 bits at character 1"),
        ("'a", "a text without its closing quote at character 1"),
        ("'a''", "a text without its closing quote at character 4"),
        (r"'a\'", "a text without its closing quote at character 1"),
        ("'\ud800'", "half of a surrogate pair at character 2"),
        ("a ; b", "';' means nothing at character 3"),
        ("é = 1", "'é' means nothing at character 1"),
        ("a\u00a0= 1", r"'\xa0' means nothing at character 2"),
    ],
)
def test_what_is_no_expression_is_refused_at_its_place(source: str, told: str) -> None:
    with pytest.raises(CesqlSyntaxError) as caught:
        parse(source)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "nested", ["(" * 5000 + "a", "NOT " * 5000 + "a", "- " * 5000 + "a", "f(" * 5000, "a IN (" * 5000]
)
def test_deep_nesting_is_refused(nested: str) -> None:
    with pytest.raises(CesqlSyntaxError, match=f"nested deeper than {MAX_DEPTH} levels"):
        parse(nested)


@pytest.mark.parametrize(
    "chain", ["1" + " + 1" * 5000, "a" + " LIKE 'x'" * 5000, "a" + " = a" * 5000, "a" + " IN (a)" * 200]
)
def test_a_long_chain_to_the_left_is_nesting_too(chain: str) -> None:
    with pytest.raises(CesqlSyntaxError, match="nested deeper"):
        parse(chain)


def test_what_may_just_be_nested_is_read_printed_and_evaluated() -> None:
    source = "f(" * (MAX_DEPTH - 1) + "id" + ")" * (MAX_DEPTH - 1)
    assert unparse(parse(source.replace("f", "STRING"))) == source.replace("f", "STRING")
    assert value(source.replace("f", "STRING")) == "1"
    assert value("NOT " * (MAX_DEPTH - 1) + "flag") is False


def test_any_number_of_operands_stand_side_by_side() -> None:
    many = parse(" OR ".join(f"id = '{n}'" for n in range(5000, 0, -1)))
    assert evaluate(many, EVENT) == (True, None)
    assert parse(unparse(many)) == many


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("2147483647 + 1", -2147483648),
        ("-2147483648 - 1", 2147483647),
        ("65536 * 65536", 0),
        ("-(-2147483648)", -2147483648),
        ("-2147483648 / -1", -2147483648),
        ("-7 / 2", -3),
        ("7 / -2", -3),
        ("-7 % 2", -1),
        ("7 % -2", 1),
        ("'+7' + '007'", 14),
    ],
)
def test_numbers_have_32_bits_and_division_goes_towards_zero(source: str, expected: int) -> None:
    assert value(source) == expected


@pytest.mark.parametrize("text", ["", " 1", "1_0", "1.0", "0x1", "١", "2147483648", "-" + "9" * 5000, "+-1"])
def test_a_text_that_is_no_number_is_not_cast(text: str) -> None:
    assert error(f"INT('{text}')").startswith("cast: ")
    assert value(f"IS_INT('{text}')") is False


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("FALSE AND missing", False),
        ("TRUE OR missing", True),
        ("TRUE XOR FALSE OR missing = 1 AND FALSE XOR TRUE", "missingAttribute: the event has no attribute missing"),
        ("TRUE XOR TRUE OR missing", False),
        ("FALSE XOR TRUE OR missing", True),
        ("TRUE XOR FALSE AND missing", True),
        ("1 IN (2, 1, missing)", True),
        ("1 IN (2, missing, 1)", "missingAttribute: the event has no attribute missing"),
        ("IS_INT(missing)", "missingAttribute: the event has no attribute missing"),
        ("nosuch(missing)", "missingFunction: no function NOSUCH takes 1 arguments"),
        ("5 / missing + 1 / 0", "missingAttribute: the event has no attribute missing"),
        ("'x' < 1", "cast: 'x' is no integer of 32 bits"),
    ],
)
def test_evaluation_ends_where_the_answer_is_known(source: str, expected: Value) -> None:
    assert (error(source) if isinstance(expected, str) else value(source)) == expected


@pytest.mark.parametrize(
    ("source", "answered"),
    [
        ("1 / 0", 0),
        ("1 / 0 = 0", False),
        ("LEFT('abc', -1)", "abc"),
        ("CONCAT(LEFT('abc', -1), 'd')", ""),
        ("ABS('x')", 0),
        ("LENGTH(missing)", 0),
        ("IS_INT(missing)", False),
        ("NOT 10", True),
        ("NOT NOT 10", False),
        ("SUBSTRING('abc', 1, -1)", ""),
    ],
)
def test_an_error_comes_with_the_zero_of_the_outermost_operator(source: str, answered: Value) -> None:
    result = evaluate(parse(source), EVENT)
    assert result.error is not None
    assert (type(result.value), result.value) == (type(answered), answered)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("LENGTH(name)", 4),
        ("LEFT(name, 1)", "Ü"),
        ("RIGHT(name, 0)", ""),
        ("SUBSTRING(name, -4, 2)", "Ün"),
        ("SUBSTRING('', 0)", ""),
        ("name LIKE '_nal'", True),
        ("TRIM(' \t\u00a0x\u3000')", "x"),
        ("CONCAT_WS(', ', 1, TRUE, '')", "1, true, "),
        (r"'it''s'", "it''s"),
        (r"'a\b\\'", r"a\b\\"),
        (r"""'a\'"b'""", "a'\"b"),
    ],
)
def test_texts(source: str, expected: Value) -> None:
    assert value(source) == expected


@pytest.mark.parametrize("texts", [CHARACTERS, BYTES])
@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("%", "", True),
        ("%%", "a\nb", True),
        ("a%", "ba", False),
        ("%a%b%", "xxaxxbxx", True),
        ("%a%b", "ab ab", True),
        ("a%a", "a", False),
        ("_%_", "a", False),
        (r"\%\_", "%_", True),
        (r"\%\_", "ab", False),
        ("a.c", "abc", False),
        ("%ab_d", "abcabcd", True),
    ],
)
def test_like(texts: object, pattern: str, text: str, expected: bool) -> None:
    assert (BYTES if texts is BYTES else CHARACTERS).like(pattern)(text) is expected


def test_like_takes_no_longer_for_a_pattern_that_nearly_fits() -> None:
    """Tried in every way, this would not end before the sun does."""
    for texts in (CHARACTERS, BYTES):
        fits = texts.like("%a" * 500 + "b")
        assert not fits("a" * 2_000)
        assert not fits("a%" * 1_000)


# Generated.

names = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True).filter(lambda n: n.upper() not in KEYWORDS and not n.isdigit())
functions = st.sampled_from(["INT", "BOOL", "LENGTH", "CONCAT", "CONCAT_WS", "LEFT", "SUBSTRING", "ABS", "NO_SUCH"])


def is_quotable(text: str) -> bool:
    try:
        return bool(quote(text))
    except ValueError:
        return False


texts = st.text("ab%_'\"\\é\n", max_size=6).filter(is_quotable).map(Text)
leaves = st.one_of(
    st.booleans().map(Boolean),
    st.integers(-(2**31), 2**31 - 1).map(Integer),
    texts,
    st.sampled_from(sorted(EVENT)).map(Attribute),
    names.map(Attribute),
    names.map(Exists),
)


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    lists = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Call, functions, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
        st.builds(Negate, inner),
        st.builds(Like, inner, texts, st.booleans()),
        st.builds(In, inner, lists, st.booleans()),
        st.builds(Arithmetic, st.sampled_from("+-*/%"), inner, inner),
        st.builds(Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.lists(st.tuples(st.sampled_from(["AND", "OR", "XOR"]), inner), min_size=2, max_size=4).map(
            lambda pairs: Logic(tuple(node for _, node in pairs), tuple(operator for operator, _ in pairs[1:]))
        ),
    )


trees = st.recursive(leaves, _larger, max_leaves=12)


@given(trees)
def test_a_tree_prints_and_reads_back_the_same(tree: Expression) -> None:
    assert parse(unparse(tree)) == tree


@given(trees)
def test_a_tree_always_has_a_value_of_the_three_types(tree: Expression) -> None:
    assert type(evaluate(tree, EVENT).value) in {str, int, bool}


PIECES = [*"ab1'\"\\%_ ()+-*/=<>!,\n", "AND", " NOT ", " IN ", " LIKE ", "EXISTS ", "'a'"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=40))
def test_any_text_is_an_expression_or_refused(source: str) -> None:
    try:
        tree = parse(source)
    except CesqlSyntaxError:
        return
    assert parse(unparse(tree)) == tree
    assert type(evaluate(tree, EVENT).value) in {str, int, bool}


@given(st.text("ab%_\\", max_size=8), st.text("ab%_\\é", max_size=10))
def test_like_agrees_with_trying_every_way(pattern: str, text: str) -> None:
    assert CHARACTERS.like(pattern)(text) is _fits(pattern, text)


def _fits(pattern: str, text: str) -> bool:
    """By the letter of the specification, one piece of the pattern after the other."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(_fits(pattern[1:], text[at:]) for at in range(len(text) + 1))
    if pattern[:2] in {r"\%", r"\_"}:
        return text[:1] == pattern[1] and _fits(pattern[2:], text[1:])
    return bool(text) and pattern[0] in {"_", text[0]} and _fits(pattern[1:], text[1:])


def test_brackets_are_printed_only_where_they_are_needed() -> None:
    sources = ["a AND b = 1 + 2 * -c", "NOT (a OR b)", "(a + b) * c - (d - e)", "(a = b) LIKE 'x'", "- 1 + -(-2)"]
    assert [unparse(parse(source)) for source in sources] == [*sources[:4], "- 1 + --2"]


def test_a_text_without_a_literal_is_told() -> None:
    with pytest.raises(ValueError, match="no CESQL literal stands for"):
        unparse(Text("\\"))
