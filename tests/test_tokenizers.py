from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.embeddings.tokenizers import (
    DefaultTokenizer,
    FunctionTokenizer,
    Tokenizer,
    WhitespaceTokenizer,
    make_tokenizer,
)

# What the default tokeniser promises; docs/corpus.md shows the same table.
RULES = [
    ("Don't stop!", ["don't", "stop"]),
    ("it\u2019s o\uff07clock, п\u02bcять", ["it's", "o'clock", "п'ять"]),
    ("'tis the dogs' \"bone\"", ["tis", "the", "dogs", "bone"]),
    ("a well-known co\u00adop", ["a", "well", "known", "coop"]),
    ("1,000.50 3.14, 1990s 10th -5 $7 50%", ["1,000.50", "3.14", "1990s", "10th", "5", "7", "50"]),
    ("1.5kg at 10:30. v1.2", ["1.5kg", "at", "10", "30", "v1", "2"]),
    ("The U.S.A. and e.g. J.R.R.", ["the", "u.s.a.", "and", "e.g.", "j.r.r."]),
    ("End. Next", ["end", "next"]),
    ("see (http://x.org/a?b=1&c=2).", ["see", "http://x.org/a?b=1&c=2"]),
    ("WWW.Google.com, HTTPs://a.b/c_d!", ["www.google.com", "https://a.b/c_d"]),
    ("<Joe.Bloggs+x@ex-ample.co.uk>,", ["joe.bloggs+x@ex-ample.co.uk"]),
    ("new_york _emphasis_ __init__ a_", ["new_york", "emphasis", "init", "a"]),
    ("Café naïve ÆSIR STRASSE straße", ["café", "naïve", "æsir", "strasse", "straße"]),
    ("cafe\u0301 = caf\u00e9", ["caf\u00e9", "caf\u00e9"]),
    ("हिन्दी में", ["हिन्दी", "में"]),
    ("می\u200cخواهم", ["می\u200cخواهم"]),
    ("東京タワー iPhone手机", ["東", "京", "タ", "ワ", "ー", "iphone", "手", "机"]),
    ("か\u3099 が", ["が", "が"]),
    ("한국어 문장", ["한국어", "문장"]),
    ("AT&T C++ #tag @user 😀 —", ["at", "t", "c", "tag", "user"]),
    ("one<br /><br />two<BR>three</p>", ["one", "two", "three"]),
    ('<a href="x y">link</a > <!-- no --> x<y a > b', ["link", "x", "y", "a", "b"]),
    ("<user@host.org> if a <b and c> d <n>", ["user@host.org", "if", "a", "b", "and", "c", "d"]),
    (
        "R&amp;D &quot;q&quot; caf&eacute; &#233;t&#xE9; &nosuch;",
        ["r", "d", "q", "café", "été", "nosuch"],
    ),
    ("a\u0085b\u00a0c\u2028d\x1ce", ["a", "b", "c", "d", "e"]),
    ("", []),
    (" \t\n ", []),
    ("\x00\ufffd", []),
]


@pytest.mark.parametrize(("text", "expected"), RULES)
def test_rules_of_the_default_tokenizer(text: str, expected: list[str]) -> None:
    assert DefaultTokenizer()(text) == expected


def test_options_of_the_default_tokenizer() -> None:
    text = "Oh, <b>No</b>! &amp;"
    assert DefaultTokenizer(lower=False)(text) == ["Oh", "No"]
    assert DefaultTokenizer(keep_punctuation=True)(text) == ["oh", ",", "no", "!", "&"]
    assert DefaultTokenizer(strip_markup=False)(text) == ["oh", "b", "no", "b", "amp"]
    assert DefaultTokenizer(keep_punctuation=True)("wow...é\u0301 ¿") == [
        *("wow", ".", ".", "."), "é\u0301", "¿",
    ]  # fmt: skip
    assert DefaultTokenizer(lower=False)("Www.A.b wWw.c.d") == ["Www", "A.b", "wWw", "c.d"]


def test_whitespace_means_six_ascii_bytes() -> None:
    tokenizer = WhitespaceTokenizer()
    assert tokenizer("a\tb\nc\rd\ve\ff  g") == list("abcdefg")
    assert tokenizer("x\u00a0y \x1cz\u2028 \u0085 don't,") == [
        "x\u00a0y", "\x1cz\u2028", "\u0085", "don't,",
    ]  # fmt: skip
    assert WhitespaceTokenizer(lower=True)("ΌΣΟΣ İ Straße") == ["όσος", "i̇", "straße"]


_TRICKY = st.text(
    st.one_of(
        st.sampled_from(
            list("aAzZ09 \t\n\r\v\f\x1f'’.,-_@:/<>&;#\"!?=+()") + ["\xa0", "\x85", "\xad", "\u0301"]
        ),
        st.sampled_from(["Σ", "İ", "ß", "é", "東", "か", "\u3099", "ि", "न", "한", "😀", "\u200c"]),
        st.characters(exclude_categories=["Cs"]),
    )
)
_PHRASED = st.lists(
    st.one_of(
        _TRICKY,
        st.sampled_from(
            [
                *("http://", "www.", "WWW.", "a@b.co", "<br />", "<br", "/>", "<a b='", "&amp;"),
                *("&lt;br", " /&gt;", "&#10;", "&#32;", "&nbsp;", "<!--", "-->", "U.S.", "1,0.5"),
                *("don't", "\n", " ", "ΑΣ", "x_y_"),
            ]
        ),
    )
).map("".join)
CHUNKWISE: list[Tokenizer] = [
    WhitespaceTokenizer(),
    WhitespaceTokenizer(lower=True),
    DefaultTokenizer(),
    DefaultTokenizer(lower=False),
    DefaultTokenizer(keep_punctuation=True),
    DefaultTokenizer(strip_markup=False),
]


@pytest.mark.parametrize("tokenizer", CHUNKWISE, ids=repr)
@given(text=_PHRASED)
def test_chunk_by_chunk_equals_the_whole_text(tokenizer: Tokenizer, text: str) -> None:
    chunks = re.findall(r"[^ \t\n\r\v\f]+", tokenizer.prepare(text.replace("\n", " ")))
    tokens, lengths = tokenizer.chunk_tokens(chunks) if chunks else ([], [])
    assert tokens == tokenizer(text)
    assert len(lengths) == len(chunks)
    one_by_one = [tokenizer.chunk_tokens([chunk])[0] for chunk in chunks]
    assert [len(part) for part in one_by_one] == lengths
    assert [token for part in one_by_one for token in part] == tokens


@given(text=_PHRASED)
def test_tokens_hold_no_white_space_and_stay_themselves(text: str) -> None:
    tokens = DefaultTokenizer()(text)
    assert all(token and not re.search(r"[\s<>]", token) for token in tokens)
    words = [token for token in tokens if "//" not in token and not token.startswith("www.")]
    assert words == [word.strip("_") for word in words]


@given(text=st.text(st.characters(max_codepoint=127)))
def test_ascii_rules_equal_unicode_rules(text: str) -> None:
    tokenizer = DefaultTokenizer()
    assert tokenizer(text + " é") == [*tokenizer(text), "é"]


@pytest.mark.parametrize(
    "unit", ["a+", "a.", "1,", "<a ", "&a", "http://((", "a@", "_", "a_", "x'", "<!--", "é\u0301"]
)
@pytest.mark.timeout(60)  # milliseconds when linear, minutes when quadratic
def test_no_input_is_slow(unit: str) -> None:
    text = unit * (1_000_000 // len(unit)) + "@"
    assert isinstance(DefaultTokenizer()(text), list)


@pytest.mark.parametrize("tokenizer", CHUNKWISE, ids=repr)
def test_spec_travels_as_json(tokenizer: Tokenizer) -> None:
    spec = json.loads(json.dumps(tokenizer.spec()))
    assert make_tokenizer(spec) == tokenizer


def test_names_and_lower() -> None:
    assert make_tokenizer(None) == DefaultTokenizer()
    assert make_tokenizer("default", lower=False) == DefaultTokenizer(lower=False)
    assert make_tokenizer("whitespace") == WhitespaceTokenizer(lower=False)
    assert make_tokenizer("whitespace", lower=True) == WhitespaceTokenizer(lower=True)
    own = WhitespaceTokenizer()
    assert make_tokenizer(own) is own
    assert make_tokenizer(own, lower=False) is own
    function = make_tokenizer(str.split, lower=True)
    assert function("A b") == ["a", "b"]
    assert list(function.sentences("A b")) == [["a", "b"]]


@pytest.mark.parametrize(
    ("tokenizer", "lower", "message"),
    [
        ("moses", None, r'expected "default", "whitespace", "spacy:PIPELINE".*found \'moses\''),
        (7, None, r"found int"),
        ({"name": "bpe"}, None, r"expected the name default.*found 'bpe'"),
        ({}, None, r"found None"),
        ({"name": "default", "loewr": True}, None, r"unknown option loewr; known: keep_punct"),
        ({"name": "tokens"}, None, r"given as token lists.*pass tokenizer="),
        ({"name": "phrases"}, None, r"found no 'base'"),
        (WhitespaceTokenizer(), True, r"lower=True contradicts.*WhitespaceTokenizer"),
        (DefaultTokenizer(), False, r"lower=False contradicts"),
    ],
)
def test_wrong_tokenizers_are_refused(tokenizer: object, lower: bool | None, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make_tokenizer(tokenizer, lower=lower)  # pyright: ignore[reportArgumentType]


def test_a_function_does_not_travel() -> None:
    spec = make_tokenizer(str.split).spec()
    assert spec == {"name": "custom", "function": "str.split", "lower": False}
    with pytest.raises(ConfigurationError, match=r"the function str\.split, which no file can"):
        make_tokenizer(spec)


def test_a_function_that_returns_text_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"a list of tokens, but .* the string 'abc'"):
        FunctionTokenizer(lambda text: text)("abc")


def test_spacy_blank_pipeline() -> None:
    tokenizer = make_tokenizer("spacy:en")
    assert tokenizer("Hello there,  Mr. O'Neil.\nI don't.") == [
        *("hello", "there", "mr.", "o'neil", "i", "do", "n't")
    ]
    assert not tokenizer.splits_records
    assert tokenizer("") == []
    assert list(tokenizer.batch(["One. Two.", ""])) == [[["one", "two"]], [[]]]
    assert make_tokenizer(json.loads(json.dumps(tokenizer.spec()))) == tokenizer
    cased = make_tokenizer({**tokenizer.spec(), "lower": False, "keep_punctuation": True})
    assert cased("Hi, you") == ["Hi", ",", "you"]


def test_spacy_pipeline_with_sentence_borders(tmp_path) -> None:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "own")
    tokenizer = make_tokenizer(f"spacy:{tmp_path / 'own'}")
    assert tokenizer.splits_records
    assert list(tokenizer.sentences("One two. Three!")) == [["one", "two"], ["three"]]
    assert list(tokenizer.batch(["A cat. Dogs.", "D"])) == [[["a", "cat"], ["dogs"]], [["d"]]]
    assert tokenizer("One two. Three!") == ["one", "two", "three"]


def test_spacy_pipeline_that_is_not_installed() -> None:
    with pytest.raises(ConfigurationError, match=r"python -m spacy download xx_no_such_thing"):
        make_tokenizer("spacy:xx_no_such_thing")
