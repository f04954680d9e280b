"""Templates escape what is put into them, and say when something is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from shared.web import templates, webpage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.html").write_text('<p title="{{ text }}">{{ text }}</p>')
    return tmp_path


def test_a_text_is_escaped_and_markup_is_not(folder: Path) -> None:
    output = templates.render(folder, "a.html", text='<b>"&')
    assert output == '<p title="&lt;b&gt;&#34;&amp;">&lt;b&gt;&#34;&amp;</p>'
    assert templates.render(folder, "a.html", text=Markup("<b>")) == '<p title="<b>"><b></p>'


def test_a_value_that_is_not_given_is_an_error(folder: Path) -> None:
    with pytest.raises(UndefinedError, match="text"):
        templates.render(folder, "a.html")


def test_texts_may_be_shown_otherwise_before_they_are_escaped(folder: Path) -> None:
    shouting = templates.make_environment(folder, shown_as=str.upper)
    assert shouting.get_template("a.html").render(text="<a>") == '<p title="&lt;A&gt;">&lt;A&gt;</p>'
    assert "<b>" in shouting.get_template("a.html").render(text=Markup("<b>"))


def test_a_page_has_its_style_and_script_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<style>{{ style }}</style><script>{{ script }}</script>")
    (tmp_path / "page.css").write_text('a>b{content:"&"}')
    (tmp_path / "page.js").write_text("if (1 < 2 && `{{ 3 }}`) go();")
    output = webpage.render(tmp_path).get_data(as_text=True)
    assert output == '<style>a>b{content:"&"}</style><script>if (1 < 2 && `{{ 3 }}`) go();</script>'
