"""Keys of rows as texts that tell nothing."""

from api.services.access.encryption import LENGTH, OpaqueKeys, for_address
from api.services.people.naming import person_ids, person_in

KEYS = OpaqueKeys("secret of a test", purpose="test")


def test_a_text_gives_its_key_and_never_begins_like_a_formula() -> None:
    texts = {key: KEYS.text(key) for key in range(2_000)}
    assert not [text for text in texts.values() if text[0] in "=+-@"]
    assert {key: KEYS.key(text) for key, text in texts.items()} == {key: key for key in texts}
    assert {len(text) for text in texts.values()} == {LENGTH, LENGTH + 1}


def test_an_address_from_before_the_prefix_still_leads_to_the_person() -> None:
    prefixed = {key: KEYS.text(key) for key in range(2_000) if len(KEYS.text(key)) > LENGTH}
    assert prefixed and all(KEYS.key(text[1:]) == key for key, text in prefixed.items())


def test_other_texts_are_none_of_ours() -> None:
    others = ("", "p", "no", KEYS.text(1)[:-1], f"p{KEYS.text(1)}x", "ü", for_address(bytes(16)))
    assert {KEYS.key(text) for text in others} == {None}


def test_a_person_is_named_by_every_id_and_address() -> None:
    ids = person_ids("secret of a test")
    for key in range(500):
        id = ids.text(key)
        addresses = (id, f"/people/by-key/{id}", f"https://rms.example/people/by-key/{id}/harm?x=1")
        assert {person_in(address, ids) for address in addresses} == {key}, id
