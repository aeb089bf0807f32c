"""The written guide: linked from every home page, with the same steps in the picture and in the list."""

import pytest
from flask import Flask

from api.services.users import Role
from rms.prediction.warning import HEALTH_WARNING
from rms.support.week import WEEK
from tests.api.web.browsers import as_browser
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import drawn_in, opened


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SERVICE_ACCOUNT])
def test_every_home_page_leads_to_the_guide(app: Flask, role: Role) -> None:
    client = as_browser(role, app)
    (link,) = [one for one in opened(client, "/").first("main").all("a") if "Guide to the" in one.text]
    guide = opened(client, link.attributes["href"])
    for check in CHECKS:
        check(guide)
    assert HEALTH_WARNING in guide.text
    listed = [one.text for one in guide.first("ol").all("h3")]
    drawn = drawn_in(guide.first("main").first("img"))
    assert listed == [step.name for step in WEEK] and all(name in drawn for name in listed)
