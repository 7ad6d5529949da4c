"""Keys and tokens are taken out of what is told, and nothing else is."""

import json
import random
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from perfsmith.optimizer.core.events import CheckFinished, Warned
from perfsmith.optimizer.core.secrets import Secrets, own_secrets, placeholder, restore
from perfsmith.optimizer.core.verdicts import Failed

DICE = random.Random(1)


def some(alphabet, length):
    return "".join(DICE.choice(alphabet) for _ in range(length))


LETTERS = string.ascii_letters + string.digits
BEGIN = "-----BEGIN RSA PRIVATE KEY-----"
KEYS = {
    "aws": "AKIA" + some(string.ascii_uppercase + string.digits, 16),
    "github": "ghp_" + some(LETTERS, 36),
    "github, fine": "github_pat_" + some(LETTERS, 60),
    "gitlab": "glpat-" + some(LETTERS, 20),
    "openai": "sk-proj-" + some(LETTERS, 48),
    "anthropic": "sk-ant-api03-" + some(LETTERS, 80),
    "stripe": "sk_live_" + some(LETTERS, 24),
    "google": "AIza" + some(LETTERS, 35),
    "slack": "xoxb-" + some(string.digits, 12) + "-" + some(LETTERS, 24),
    "hugging face": "hf_" + some(LETTERS, 34),
    "npm": "npm_" + some(LETTERS, 36),
    "json web token": f"eyJ{some(LETTERS, 20)}.eyJ{some(LETTERS, 40)}.{some(LETTERS, 30)}",
    "private key": f"{BEGIN}\n{some(LETTERS, 64)}\n{some(LETTERS, 64)}\n-----END RSA PRIVATE KEY-----",
    "cut private key": f"-----BEGIN PRIVATE KEY-----\n{some(LETTERS, 64)}",
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
@pytest.mark.parametrize("around", ["{}", 'x = "{}"', "curl -H 'X: {}' there", "a\n{}\nb", "[{}]"])
def test_known_formats_are_found_and_come_back(key, around):
    text = around.format(key)
    told = Secrets().redact(text)
    assert key not in told
    assert all(line not in told for line in key.split("\n") if len(line) > 30)
    assert restore(told, Secrets().found_in(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        'password = "hunter2-Xy81kq-3f"',
        "DB_PASSWORD=9f8Kq2LmZ04xT",
        '{"api_key": "b7e1c0d4a9f23e58"}',
        "Authorization: Bearer abcDEF123456ghiJKL789",
        "postgres://user:s3cr3t-Pa55@host/db",
    ],
)
def test_values_that_stand_behind_a_telling_name_are_found(text):
    assert Secrets().redact(text) != text


@pytest.mark.parametrize(
    "text",
    [
        "token = tokens[index]",
        "token = self.next_token(source)",
        "password = getpass.getpass()",
        "secret_santa = names",
        "tokens_in=12345, tokens_out=678",
        "AssertionError: assert 'authorization' == 'authentication'",
        "tests/test_auth.py::test_token_is_none FAILED",
        "https://example.org:8080/path@2x.png",
        "id 9e8a905bdca498 on perfsmith/20261121-0952-d633",
        "sk = sorted(keys)",
    ],
)
def test_code_and_words_stay(text):
    assert Secrets().redact(text) == text


def test_values_of_the_environment_are_found_by_their_names():
    mine = own_secrets(
        {"PERFSMITH_API_KEY": "plain words here", "HOME": "/home/me", "MY_TOKEN": "short", "A": "b" * 20}
    )
    assert mine.values == ("plain words here",)
    assert mine.redact("said: plain words here!") == f"said: {placeholder('plain words here')}!"


def test_a_key_from_the_users_file_is_one_of_them():
    assert own_secrets({}, "plain words here").values == ("plain words here",)
    assert own_secrets({}, "none").values == ()


@pytest.mark.parametrize("end", ["", '"', "\\", "\n", "\\u0041"])
def test_a_document_stays_one_whatever_is_taken_out(end):
    pem = f"{BEGIN}\nabc\n"
    event = {
        "id": "0123456789ab",
        "n": 1.5,
        "edits": [{"after": f"token = {KEYS['github']}{end}"}, {"after": pem + end}],
    }
    told = json.loads(Secrets().redact_json(json.dumps(event)))
    assert (told["id"], told["n"], len(told["edits"])) == ("0123456789ab", 1.5, 2)
    assert KEYS["github"] not in str(told)
    assert BEGIN not in str(told)


def test_events_are_redacted_in_all_their_texts_and_nothing_else():
    key = KEYS["github"]
    outcome = Failed(check="tests", seconds=1.5, reason="tests_failed", message=f"m {key}", evidence=f"e {key}")
    told = Secrets().redact_all(CheckFinished(candidate="0123456789ab", outcome=outcome))
    assert key not in str(told)
    assert (told.candidate, told.outcome.seconds, told.outcome.reason) == ("0123456789ab", 1.5, "tests_failed")
    plain = Warned(message="nothing in here")
    assert Secrets().redact_all(plain) is plain


@given(st.text(max_size=200), st.sampled_from(sorted(KEYS.values())), st.text(max_size=200))
def test_redacting_is_stable_and_can_be_undone(before, key, after):
    text = f"{before} {key} {after}"
    told = Secrets().redact(text)
    assert key not in told
    assert Secrets().redact(told) == told
    assert restore(told, Secrets().found_in(text)) == text


@pytest.mark.parametrize("piece", ["a", "-----BEGIN PRIVATE KEY-----", "token=", "eyJ", "x:/", "bearer ", "sk-", "\\"])
def test_long_texts_end(piece):
    text = piece * (400_000 // len(piece))
    assert len(Secrets().redact(text)) <= len(text)


def test_there_are_no_keys_in_this_very_file():
    text = Path(__file__).read_text("utf-8")
    assert not [key for key in KEYS.values() if key in text]
