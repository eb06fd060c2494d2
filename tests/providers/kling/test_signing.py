"""Tokens for Kling: signed with the secret, short-lived, and by the server's clock where ours is wrong."""

from email.utils import formatdate

import jwt

from runner.providers.kling.signing import KeyPair, StaticKey, make_signer, read_date

SECRET = "a-secret-that-is-long-enough-for-hs256"
NOW = 1_790_000_000.0


def claims(pair: KeyPair, now: float) -> dict[str, object]:
    scheme, _, token = pair.headers(now)["Authorization"].partition(" ")
    assert scheme == "Bearer"
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    return jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_nbf": False})


def test_a_token_names_the_access_key_and_lives_half_an_hour() -> None:
    told = claims(KeyPair("access", SECRET), NOW)
    assert told == {"iss": "access", "exp": NOW + 1800, "nbf": NOW - 5}


def test_a_token_is_kept_and_signed_again_a_minute_before_it_ends() -> None:
    pair = KeyPair("access", SECRET)
    first = pair.headers(NOW)
    assert pair.headers(NOW + 1700) == first
    assert claims(pair, NOW + 1741)["exp"] == NOW + 1741 + 1800


def test_a_wrong_clock_is_set_by_the_servers() -> None:
    pair = KeyPair("access", SECRET)
    assert claims(pair, NOW)["nbf"] == NOW - 5
    assert pair.renew(read_date(formatdate(NOW - 7200, usegmt=True), NOW) - NOW)
    assert claims(pair, NOW)["nbf"] == NOW - 7205
    assert claims(pair, NOW + 60)["exp"] == NOW - 7200 + 1800


def test_a_server_that_tells_no_time_is_signed_for_by_ours() -> None:
    pair = KeyPair("access", SECRET)
    for date in ("", "yesterday"):
        assert pair.renew(read_date(date, NOW) - NOW)
        assert claims(pair, NOW)["nbf"] == NOW - 5


def test_a_plain_key_cannot_be_renewed() -> None:
    key = make_signer("", "sk")
    assert isinstance(key, StaticKey)
    assert key.headers(NOW) == {"Authorization": "Bearer sk"}
    assert not key.renew(0)
