"""The map of the offender list: its sentence, its table, what its script draws, and who is in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.harm.listing import audited_criteria
from api.services.maps import mapping
from api.services.users import Role
from reference_library import regular_files
from rms.harm.listing import HarmFilter
from rms.reports.map_words import location
from tests.api.case_records import key_of
from tests.api.mapped_force import POINT, boundaries, write_boundaries
from tests.api.web.browsers import as_browser
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, opened, page

MAP = "/harm/map"


def lead(document: Element) -> str:
    """The first sentence, as on a screen."""
    found = document.first("main").first("p", **{"class": "lead"})
    return next((one.text for one in found.all("span", **{"class": "no-print"})), found.text)


def table(document: Element) -> list[tuple[str, ...]]:
    body = document.first("main").first("tbody")
    return [tuple(on_screen(cell) for cell in row.children) for row in body.all("tr")]


def on_screen(cell: Element) -> str:
    return next((one.text for one in cell.all("span", **{"class": "no-print"})), cell.text)


def on_paper(cell: Element) -> str:
    return next((one.text for one in cell.all("span", **{"class": "print-only"})), cell.text)


def drawn(document: Element, name: str) -> Any:
    (element,) = [one for one in document.all("div") if "data-map" in one.attributes]
    return json.loads(element.attributes[f"data-{name}"])


def test_the_most_important_thing_comes_first(supervisor: FlaskClient) -> None:
    document = opened(supervisor, MAP)
    assert (
        lead(document)
        == "3 people live in 2 areas. 45 offences on record. 2 of them have no point on the map."
    )
    assert table(document) == [("Castle ward", "2", "4"), ("Mill ward", "1", "41")]
    assert "Scores as at 1 March 2026. Data as at: crime records, 1 March 2026." in document.text


def test_41_offences_on_one_point_are_approximate_and_counted_where_the_record_has_them(
    supervisor: FlaskClient,
) -> None:
    document = opened(supervisor, f"{MAP}?offence_category=Robbery&home_area=W2")
    names = drawn(document, "names")
    [[latitude, longitude, offences, approximate, areas]] = drawn(document, "places")
    assert ((latitude, longitude), offences, approximate) == (POINT, 41, 1)
    assert {names[place]: number for place, number in areas} == {"Castle ward": 1, "Mill ward": 40}
    assert table(document) == [("Mill ward", "1", "40"), ("Castle ward", "0", "1")]


def test_places_are_in_a_table_too(supervisor: FlaskClient) -> None:
    document = opened(supervisor, f"{MAP}?offence_category=Robbery&home_area=W2")
    (row,) = document.first("section", **{"aria-labelledby": "places"}).first("tbody").all("tr")
    cells = [cell.text for cell in row.children]
    assert cells[0].startswith(location(*POINT))
    assert cells[1:] == ["41", "Mill ward 40, Castle ward 1"]
    assert json.loads(row.first("button").attributes["data-place"]) == list(POINT)


def test_no_point_and_the_point_0_0_are_no_location(supervisor: FlaskClient) -> None:
    document = opened(supervisor, f"{MAP}?offence_category=Shoplifting&home_area=W1")
    assert (
        lead(document) == "2 people live in 1 area. 2 offences on record. 1 of them has no point on the map."
    )
    assert [(one[0], one[2]) for one in drawn(document, "places")] == [(52.49, 1)]
    assert [one[2:] for one in table(document)] == [("1",), ("1",)]


def test_a_filter_that_leaves_nobody_shows_the_usual_view(supervisor: FlaskClient) -> None:
    document = opened(supervisor, f"{MAP}?bands=super-high&home_area=W2&under_25=true")
    assert lead(document) == "0 shown. None of the people you can see meets all the filters."
    assert (drawn(document, "places"), drawn(document, "areas"), drawn(document, "view")) == ([], [], ["W2"])


def test_offences_match_the_filter_and_suspected_ones_are_never_there(supervisor: FlaskClient) -> None:
    document = opened(supervisor, f"{MAP}?offence_last_days=100")
    assert lead(document) == "1 person lives in 1 area. 1 offence on record."
    elsewhere = opened(supervisor, f"{MAP}?home_area=W1&elsewhere=true")
    assert table(elsewhere) == [("Castle ward", "1", "0"), ("Mill ward", "0", "1")]
    assert 52.47 not in [one[0] for one in drawn(opened(supervisor, MAP), "places")]


def test_only_people_whom_the_user_may_see(sergeant: FlaskClient, force: Flask) -> None:
    document = opened(sergeant, MAP)
    assert (
        lead(document) == "2 people live in 1 area. 4 offences on record. 2 of them have no point on the map."
    )
    assert sorted((one[0], one[2]) for one in drawn(document, "places")) == [(52.48, 1), (52.49, 1)]
    assert drawn(document, "view") == ["W1"]
    store = force.extensions["rms"].store
    with store.reading() as tx:
        seen = {
            source: [one.action for one in tx.audit.entries_about(key_of(store, source))]
            for source in ("P1", "P2", "P3")
        }
        [look] = [one for one in tx.audit.entries() if one.action == "harm.mapped"]
    assert seen["P1"][-1] == seen["P2"][-1] == "harm.mapped" and "harm.mapped" not in seen["P3"]
    assert (look.actor, look.detail["criteria"]) == ("o.manager", audited_criteria(HarmFilter()))


def test_who_may_not_see_the_list_may_not_see_its_map(force: Flask) -> None:
    for role in (Role.AUDITOR, Role.ANALYST, Role.ADMINISTRATOR):
        user = as_browser(role, force)
        assert [user.get(path).status_code for path in (MAP, f"{MAP}/boundaries")] == [403, 403], role


def test_areas_of_another_kind(supervisor: FlaskClient) -> None:
    document = opened(supervisor, f"{MAP}?kind=force")
    assert table(document) == [("Westmarch", "3", "45")]
    kinds = document.first("nav", aria_label="Kind of area")
    assert [(one.text, one.attributes.get("aria-current")) for one in kinds.all("a")] == [
        ("Wards", None),
        ("Force", "true"),
    ]
    assert "No boundaries of these areas are in use" in document.text


def test_the_table_can_be_sorted(supervisor: FlaskClient) -> None:
    document = opened(supervisor, f"{MAP}?home_area=W2&kind=ward")
    heads = {one.text.partition(",")[0].strip(): one for one in document.first("thead").all("th")}
    sorted_by = {name: one.attributes["aria-sort"] for name, one in heads.items()}
    assert sorted_by == {"Area": "none", "People who live there": "descending", "Offences there": "none"}
    assert [one[0] for one in table(document)] == ["Mill ward", "Castle ward"]
    by_name = opened(supervisor, heads["Area"].first("a").attributes["href"])
    assert [one[0] for one in table(by_name)] == ["Castle ward", "Mill ward"]
    again = next(one for one in by_name.all("th") if one.text.startswith("Area"))
    assert again.attributes["aria-sort"] == "ascending"
    turned = opened(supervisor, again.first("a").attributes["href"])
    assert [one[0] for one in table(turned)] == ["Mill ward", "Castle ward"]


@pytest.mark.parametrize("query", ["size=0", "sort=score", "kind=county", "surname=Lee", "home_area=W9"])
def test_an_address_that_is_not_of_a_map(supervisor: FlaskClient, query: str) -> None:
    answer = supervisor.get(f"{MAP}?{query}")
    assert answer.status_code == 404
    assert "This address is not of a map. Start again from the offender list." in answer.text


def test_from_the_list_to_its_map_and_back(supervisor: FlaskClient) -> None:
    query = "home_area=W1&under_25=true"
    link = next(one for one in opened(supervisor, f"/harm?{query}").all("a") if one.text == "Show on a map")
    assert link.attributes["href"] == f"{MAP}?{query}"
    document = opened(supervisor, link.attributes["href"])
    back = next(one for one in document.all("a") if one.text == "Back to the offender list")
    assert back.attributes["href"] == f"/harm?{query}"
    assert "Lives in Castle ward" in document.text


def test_a_name_searched_for_is_carried_along_encrypted(supervisor: FlaskClient) -> None:
    document = opened(supervisor, "/harm")
    token = document.first("input", name="csrf_token").attributes["value"]
    sent = supervisor.post("/harm/name", data={"csrf_token": token, "surname": "Park"})
    link = next(one for one in opened(supervisor, sent.location).all("a") if one.text == "Show on a map")
    address = link.attributes["href"]
    assert "who=" in address and "Park" not in address
    assert lead(opened(supervisor, address)).startswith("1 person lives in 1 area.")


def test_small_counts_are_left_out_on_paper(supervisor: FlaskClient) -> None:
    document = opened(supervisor, MAP)
    rows = list(document.first("main").first("tbody").all("tr"))
    assert [[on_paper(cell) for cell in row.children[1:]] for row in rows] == [["not shown"] * 2] * 2
    sentence = document.first("main").first("p", **{"class": "lead"})
    assert on_paper(sentence) == "Fewer than 5 people. 45 offences on record."


def test_a_long_list_is_cut_and_says_so(supervisor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "MOST_MAPPED", 2)
    document = opened(supervisor, MAP)
    assert lead(document).startswith("2 people live in")
    assert "people with the highest harm scores. Choose more filters to see others." in document.text
    assert "highest harm scores" not in opened(supervisor, f"{MAP}?size=2").text


@pytest.mark.parametrize("path", [MAP, f"{MAP}?home_area=W1", f"{MAP}?kind=force"])
def test_what_holds_on_every_page_holds_here(supervisor: FlaskClient, path: str) -> None:
    document = page(supervisor.get(path).text)
    for check in CHECKS:
        check(document)


def test_the_boundaries_of_one_kind(supervisor: FlaskClient, force: Flask, tmp_path: Path) -> None:
    (element,) = [one for one in opened(supervisor, MAP).all("div") if "data-map" in one.attributes]
    address = element.attributes["data-boundaries"]
    answer = supervisor.get(address)
    assert answer.headers["Cache-Control"].startswith("private, max-age=")
    assert [one["properties"] for one in answer.json["features"]] == [
        {"code": "W1", "name": "Castle ward"},
        {"code": "W2", "name": "Mill ward"},
    ]
    assert answer.json["features"][0]["geometry"] == json.loads(boundaries())["features"][0]["geometry"]
    assert supervisor.get(f"{MAP}/boundaries?kind=force").json["features"] == []
    assert supervisor.get(f"{MAP}/boundaries?kind=ward").headers["Cache-Control"] == "no-store"


def test_boundaries_are_read_again_when_they_change_and_not_otherwise(
    supervisor: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(supervisor, MAP)
    content, reads = regular_files.content, list[str]()

    def noted(path: Path, *, most: int) -> bytes:
        reads.append(path.name)
        return content(path, most=most)

    monkeypatch.setattr(regular_files, "content", noted)
    opened(supervisor, MAP)
    assert reads == []
    write_boundaries(tmp_path, boundaries().replace('"W2"', '"W3"'))
    assert [one[0] for one in drawn(opened(supervisor, MAP), "areas")] == ["W1"]
    assert reads == ["wards.geojson"]


def test_a_file_with_problems_is_not_used_and_named(supervisor: FlaskClient, tmp_path: Path) -> None:
    write_boundaries(tmp_path, boundaries().replace("-1.92", "406689"))
    document = opened(supervisor, MAP)
    assert "The boundaries in wards.geojson have problems and are not used." in document.text
    assert drawn(document, "areas") == []
    assert table(document) == [("Castle ward", "2", "4"), ("Mill ward", "1", "41")]
