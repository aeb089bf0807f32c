"""The code in docs/systems.md verifies a real webhook of RMS."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.services.access.scopes import Scope
from api.services.systems.service_accounts import LONGEST_DAYS
from api.services.systems.webhooks import signature

PAGE = (Path(__file__).parents[2] / "docs/systems.md").read_text(encoding="utf-8")
AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
BODY = b'{"id": "evt_1", "type": "webhook.test"}'


def test_the_code_for_verifying_webhooks_works() -> None:
    namespace: dict[str, Any] = {}
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(code, namespace)
    is_from_rms, signed, now = namespace["is_from_rms"], signature("whsec_x", BODY, at=AT), AT.timestamp()
    assert is_from_rms(BODY, signed, "whsec_x", now=now + 299)
    assert not is_from_rms(BODY, signed, "whsec_x", now=now + 301)
    assert not is_from_rms(BODY, signed, "whsec_x")
    assert not is_from_rms(BODY, signed, "whsec_y", now=now)
    assert not is_from_rms(BODY + b" ", signed, "whsec_x", now=now)
    later = signed.replace(f"t={int(now)}", f"t={int(now) + 1}")
    for forged in (later, "", "t=,v1=", "v1=00", f"t={int(now)}", "nonsense"):
        assert not is_from_rms(BODY, forged, "whsec_x", now=now), forged


def test_every_scope_is_explained() -> None:
    assert re.findall(r"^\| `([a-z]+:[a-z]+)` \|", PAGE, re.MULTILINE) == list(Scope)
    assert f"{LONGEST_DAYS} at most" in PAGE
