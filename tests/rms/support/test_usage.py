"""What a month of use is: users who did something at least once, and how often."""

from datetime import date

from rms.support.usage import Done, Use, month_of_use

DONE = [
    Done("ada", "session.started", 4),
    Done("ben", "session.started", 1),
    Done("ada", "harm.explained", 3),
    Done("ada", "person.records_read", 2),
    Done("ben", "harm.listed", 7),
    Done("elsewhere", "harm.listed", 9),
    Done("ben", "recommendation.made", 2),
]


def test_users_count_once_and_only_those_asked_about() -> None:
    month = month_of_use(date(2026, 3, 1), DONE, users={"ada", "ben"})
    assert month.of == {
        "sessions": Use(2, 5),
        "list": Use(1, 7),
        "person": Use(1, 5),
        "map": Use(0, 0),
        "network": Use(0, 0),
        "prediction": Use(0, 0),
        "recommendations": Use(1, 2),
    }
