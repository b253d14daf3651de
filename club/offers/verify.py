"""What must hold between offers, vouchers and uses, each as one question to the database without answers."""

from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from club.offers.models import OFFERS

SHOWN_ROWS = 20
"""So many rows of a failing check are shown."""


@dataclass(frozen=True)
class Check:
    """One statement that finds the rows with which something is wrong."""

    what: str
    rows: str


@dataclass(frozen=True)
class Violation:
    """An offer, a voucher or a gift that is not as it must be."""

    what: str
    id: int

    def __str__(self) -> str:
        return f"{self.what}: {self.id}"


CHECKS = (
    Check(
        "an offer was taken more or less often than there are uses or vouchers of it",
        """
        SELECT o.id FROM offer AS o
        WHERE o.taken <> CASE WHEN o.way = 'automatic'
          THEN (SELECT COUNT(*) FROM offer_use AS u
                WHERE u.offer_id = o.id AND u.voucher_id IS NULL AND u.state <> 'given_back')
          ELSE (SELECT COUNT(*) FROM voucher AS v WHERE v.offer_id = o.id AND v.state <> 'undone') END
        """,
    ),
    Check(
        "what an offer has cost is not the sum of its uses",
        """
        SELECT o.id FROM offer AS o
        WHERE o.spent <> (SELECT COALESCE(SUM(u.cost), 0) FROM offer_use AS u
                          WHERE u.offer_id = o.id AND u.state <> 'given_back')
        """,
    ),
    Check(
        "a voucher counts in several orders or sales",
        """
        SELECT u.voucher_id FROM offer_use AS u WHERE u.voucher_id IS NOT NULL AND u.state <> 'given_back'
        GROUP BY u.voucher_id HAVING COUNT(*) > 1
        """,
    ),
    Check(
        "a voucher is held or used and nothing uses it so, or the other way round",
        """
        SELECT v.id FROM voucher AS v
        LEFT JOIN offer_use AS u ON u.voucher_id = v.id AND u.state <> 'given_back'
        WHERE v.state IN ('held', 'used') AND (u.id IS NULL OR u.state <> v.state
          OR u.cause_kind <> v.cause_kind OR u.cause_id <> v.cause_id)
        UNION
        SELECT v.id FROM offer_use AS u JOIN voucher AS v ON v.id = u.voucher_id
        WHERE u.state <> 'given_back' AND v.state NOT IN ('held', 'used')
        """,
    ),
    Check(
        "a partner's code belongs to a voucher of another offer",
        """
        SELECT v.id FROM partner_code AS c JOIN voucher AS v ON v.id = c.voucher_id WHERE v.offer_id <> c.offer_id
        """,
    ),
    Check(
        "a gift was given and what it brings is not there, or is somebody else's",
        """
        SELECT g.id FROM gift AS g
        JOIN gift_option AS t ON t.rule_id = g.rule_id AND t.position = g.position
        LEFT JOIN voucher AS v ON v.id = g.voucher_id
        LEFT JOIN points_movement AS m ON m.kind = 'gift.earned' AND m.cause_id = g.id
        WHERE (t.what = 'voucher' AND g.state = 'given' AND (v.id IS NULL OR v.offer_id <> t.offer_id))
          OR (t.what = 'points' AND g.state = 'given' AND (m.id IS NULL OR -m.issued <> g.points))
          OR (m.id IS NOT NULL AND (t.what <> 'points' OR g.state <> 'given'))
          OR g.state = 'due'
        """,
    ),
)


def violations(db: Session) -> list[Violation]:
    """Everything that is not as it must be; at most so many rows a check, none in a club without offers and gifts."""
    anything = select(OFFERS.c.id).limit(1)
    if db.execute(anything).first() is None and db.execute(text("SELECT id FROM gift LIMIT 1")).first() is None:
        return []
    return [
        Violation(check.what, int(row[0]))
        for check in CHECKS
        for row in db.execute(text(check.rows)).fetchmany(SHOWN_ROWS)
    ]
