"""Every button of a mail leads to a page that is there, and the page is only looked at: a GET."""

import pytest
from flask import Flask

from club.access.rules import PATHS
from club.messages.acts import ACTS

WITHOUT_TOKEN = {f"{act.page}{act.ends_with}" for act in ACTS.values() if act.page} | {"/sign-in"}
LEADS_TO = WITHOUT_TOKEN | {f"{path}a-token" for path in PATHS.values()}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("address", sorted(LEADS_TO))
def test_every_link_of_a_mail_is_answered(app: Flask, address: str) -> None:
    addresses = app.url_map.bind("localhost")
    endpoint, _ = addresses.match(address, method="GET")
    assert endpoint.startswith(("portal.", "shop.", "admin."))
