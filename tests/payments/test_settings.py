"""Which settings for card payments the program starts with, and what it says to the others."""

import pytest

from club.settings import STRIPE, Settings, UnsafeSettings

WEBHOOK = "whsec_" + "w" * 32
OTHER_WEBHOOK = "whsec_" + "v" * 32
TEST_KEY = "sk_test_" + "t" * 24
LIVE_KEY = "rk_live_" + "l" * 24
HERE = "http://127.0.0.1:5001"


def start(mode: str, key: str = "", webhook: str = "", base: str = "") -> Settings:
    return Settings.from_environment(
        {
            "CLUB_MODE": mode,
            "CLUB_SECRET_KEY": "abcdefghijklmnopqrstuvwxyz0123456789",
            "CLUB_BASE_URL": "https://club.example.org",
            "CLUB_STRIPE_SECRET_KEY": key,
            "CLUB_STRIPE_WEBHOOK_SECRET": webhook,
            "CLUB_STRIPE_API_BASE": base,
        },
        None,
    )


def complaint(mode: str, key: str = "", webhook: str = "", base: str = "") -> str:
    with pytest.raises(UnsafeSettings) as refused:
        start(mode, key, webhook, base)
    said = str(refused.value)
    assert not any(secret and secret in said for secret in (key, webhook))
    return said


def test_a_club_without_cards_needs_nothing() -> None:
    assert not start("production").takes_cards
    assert start("production").stripe_api_base == STRIPE


def test_production_takes_a_live_key_and_several_webhook_secrets() -> None:
    settings = start("production", LIVE_KEY, f"{WEBHOOK}, {OTHER_WEBHOOK}")
    assert settings.takes_cards
    assert settings.stripe_webhook_secrets == (WEBHOOK, OTHER_WEBHOOK)


def test_the_demonstration_may_ask_a_stand_in_on_the_same_machine() -> None:
    assert start("demo", TEST_KEY, WEBHOOK, HERE + "/").stripe_api_base == HERE


@pytest.mark.parametrize("base", [HERE, "http://api.stripe.com", "https://api.stripe.com.example.org", "https://other"])
def test_production_asks_nobody_but_stripe(base: str) -> None:
    assert f"CLUB_STRIPE_API_BASE must be {STRIPE}" in complaint("production", LIVE_KEY, WEBHOOK, base)


def test_the_demonstration_sends_its_key_to_no_other_machine() -> None:
    assert "an address of this machine" in complaint("demo", TEST_KEY, WEBHOOK, "http://192.0.2.1")


def test_test_keys_and_real_payments_do_not_meet() -> None:
    assert "is a test key" in complaint("production", TEST_KEY, WEBHOOK)
    assert "is a live key" in complaint("demo", LIVE_KEY, WEBHOOK)
    assert "is a live key" in complaint("test", LIVE_KEY, WEBHOOK)


@pytest.mark.parametrize("mode", ["production", "demo"])
def test_half_a_setting_up_is_named(mode: str) -> None:
    key = LIVE_KEY if mode == "production" else TEST_KEY
    assert "CLUB_STRIPE_WEBHOOK_SECRET is missing" in complaint(mode, key)
    assert "CLUB_STRIPE_SECRET_KEY is missing" in complaint(mode, webhook=WEBHOOK)


def test_everything_that_is_wrong_is_named_at_once() -> None:
    said = complaint("production", "pk_live_publishable1", "short", HERE)
    assert said.count("\n- ") == 3
    assert "must begin with whsec_" in said
    assert "must begin with sk_live_" in said
