"""The questions that the ledger is asked; see `verify`. The ids are those of the requirements."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """A question whose every answer is a row that must not be there."""

    invariant: str
    what: str
    rows: str


_MERGED = """
        WITH RECURSIVE moved (loser_id, survivor_id) AS (
          SELECT loser_id, survivor_id FROM person_merge WHERE undone_at IS NULL
          UNION
          SELECT moved.loser_id, further.survivor_id FROM moved
          JOIN person_merge AS further ON further.loser_id = moved.survivor_id AND further.undone_at IS NULL
        )"""
"""Who was merged into whom, over any number of steps. What was earned by one is taken back from the other."""

CHECKS = (
    Check(
        "I-01",
        "a movement's legs do not sum to zero",
        """
        SELECT id FROM points_movement
        WHERE active + pending + held + debt + issued + redeemed + expired + reversed + adjusted <> 0""",
    ),
    Check(
        "I-03",
        "what was issued is not what is outstanding, redeemed, expired, reversed and adjusted",
        """
        SELECT club.issued, club.ended, member.outstanding
        FROM (SELECT COALESCE(SUM(issued), 0) AS issued, COALESCE(SUM(redeemed + expired + reversed + adjusted), 0)
                AS ended FROM points_movement) AS club,
             (SELECT COALESCE(SUM(active + pending + held + debt), 0) AS outstanding FROM points_balance) AS member
        WHERE club.issued + club.ended + member.outstanding <> 0""",
    ),
    Check(
        "I-04",
        "a balance is not the sum of its movements",
        """
        SELECT COALESCE(b.member_id, m.member_id) AS member_id, b.active, m.active AS active_by_movements,
          b.pending, m.pending AS pending_by_movements, b.held, m.held AS held_by_movements,
          b.debt, m.debt AS debt_by_movements
        FROM (SELECT member_id FROM points_balance UNION SELECT member_id FROM points_movement) AS everybody
        LEFT JOIN points_balance AS b ON b.member_id = everybody.member_id
        LEFT JOIN (
          SELECT member_id, SUM(active) AS active, SUM(pending) AS pending, SUM(held) AS held, SUM(debt) AS debt
          FROM points_movement GROUP BY member_id
        ) AS m ON m.member_id = everybody.member_id
        LEFT JOIN person AS p ON p.id = everybody.member_id
        WHERE (b.member_id IS NULL AND (p.merged_into IS NULL
            OR m.active <> 0 OR m.pending <> 0 OR m.held <> 0 OR m.debt <> 0))
          OR b.active <> COALESCE(m.active, 0) OR b.pending <> COALESCE(m.pending, 0)
          OR b.held <> COALESCE(m.held, 0) OR b.debt <> COALESCE(m.debt, 0)""",
    ),
    Check(
        "I-04",
        "a balance is below zero",
        "SELECT member_id FROM points_balance WHERE active < 0 OR pending < 0 OR held < 0 OR debt > 0",
    ),
    Check(
        "I-05",
        "a cause did the same twice",
        "SELECT kind, cause_id, COUNT(*) AS times FROM points_movement GROUP BY kind, cause_id HAVING COUNT(*) > 1",
    ),
    Check(
        "I-06",
        "a balance is not the sum of its lots",
        """
        SELECT b.member_id, b.active, l.active AS active_by_lots, b.pending, l.pending AS pending_by_lots,
          b.held, l.held AS held_by_lots
        FROM points_balance AS b
        LEFT JOIN (
          SELECT member_id, SUM(active) AS active, SUM(pending) AS pending, SUM(held) AS held
          FROM points_lot GROUP BY member_id
        ) AS l ON l.member_id = b.member_id
        WHERE b.active <> COALESCE(l.active, 0) OR b.pending <> COALESCE(l.pending, 0)
          OR b.held <> COALESCE(l.held, 0)""",
    ),
    Check(
        "I-06",
        "points lie in a lot whose member has no balance",
        """
        SELECT l.id, l.member_id FROM points_lot AS l
        LEFT JOIN points_balance AS b ON b.member_id = l.member_id
        WHERE b.member_id IS NULL AND (l.active > 0 OR l.pending > 0 OR l.held > 0)""",
    ),
    Check(
        "I-06",
        "a movement is not what it did to lots",
        """
        SELECT m.id, m.kind, m.active, d.active AS active_by_lots, m.pending, d.pending AS pending_by_lots,
          m.held, d.held AS held_by_lots
        FROM points_movement AS m
        LEFT JOIN (
          SELECT movement_id, SUM(active) AS active, SUM(pending) AS pending, SUM(held) AS held
          FROM (
            SELECT movement_id, active, pending, held FROM points_lot_entry
            UNION ALL
            SELECT l.movement_id, l.active - COALESCE(e.active, 0), l.pending - COALESCE(e.pending, 0),
              l.held - COALESCE(e.held, 0)
            FROM points_lot AS l
            LEFT JOIN (
              SELECT lot_id, SUM(active) AS active, SUM(pending) AS pending, SUM(held) AS held
              FROM points_lot_entry GROUP BY lot_id
            ) AS e ON e.lot_id = l.id
          ) AS parts
          GROUP BY movement_id
        ) AS d ON d.movement_id = m.id
        WHERE m.active <> COALESCE(d.active, 0) OR m.pending <> COALESCE(d.pending, 0)
          OR m.held <> COALESCE(d.held, 0)""",
    ),
    Check(
        "I-06",
        "a lot was born with less than nothing, or with more or less than its points and the debt it paid",
        """
        SELECT l.id, l.points, l.active - COALESCE(e.active, 0) AS active,
          l.pending - COALESCE(e.pending, 0) AS pending, l.held - COALESCE(e.held, 0) AS held
        FROM points_lot AS l
        JOIN points_movement AS m ON m.id = l.movement_id
        LEFT JOIN (
          SELECT lot_id, SUM(active) AS active, SUM(pending) AS pending, SUM(held) AS held
          FROM points_lot_entry GROUP BY lot_id
        ) AS e ON e.lot_id = l.id
        WHERE l.active < COALESCE(e.active, 0) OR l.pending < COALESCE(e.pending, 0) OR l.held <> COALESCE(e.held, 0)
          OR l.points <> l.active - COALESCE(e.active, 0) + l.pending - COALESCE(e.pending, 0)
            + CASE WHEN l.parent_id IS NULL THEN m.debt ELSE 0 END
          OR l.member_id <> m.member_id""",
    ),
    Check(
        "I-06",
        "a lot holds less than nothing or more than its points",
        """
        SELECT id, points, pending, active, held FROM points_lot
        WHERE pending < 0 OR active < 0 OR held < 0 OR pending + active + held > points""",
    ),
    Check(
        "I-06",
        "a lot was spent after its last day",
        """
        SELECT e.lot_id, m.kind, m.dated_on, l.expires_on
        FROM points_lot_entry AS e
        JOIN points_movement AS m ON m.id = e.movement_id
        JOIN points_lot AS l ON l.id = e.lot_id
        WHERE e.active < 0 AND m.kind <> 'lot.expired' AND m.reversed = 0 AND m.dated_on > l.expires_on""",
    ),
    Check(
        "I-06",
        "a lot expired before its last day had closed, or it has none",
        """
        SELECT l.id, m.dated_on, l.expires_on
        FROM points_movement AS m LEFT JOIN points_lot AS l ON l.id = m.cause_id
        WHERE m.kind = 'lot.expired' AND (l.expires_on IS NULL OR m.dated_on < l.expires_on
          OR m.member_id <> l.member_id)""",
    ),
    Check(
        "I-06",
        "something still lives in a lot that has expired",
        """
        SELECT l.id, l.active, l.pending FROM points_lot AS l
        JOIN points_movement AS m ON m.kind = 'lot.expired' AND m.cause_id = l.id
        WHERE l.active > 0 OR l.pending > 0""",
    ),
    Check(
        "I-07",
        "a reversal or a give-back does not name what it takes back",
        f"""{_MERGED}
        SELECT m.id, m.kind FROM points_movement AS m LEFT JOIN points_movement AS o ON o.id = m.undoes_id
        WHERE (m.reversed <> 0 OR m.redeemed < 0 OR m.undoes_id IS NOT NULL)
          AND (o.id IS NULL OR o.id = m.id
            OR (o.member_id <> m.member_id AND NOT EXISTS (
              SELECT 1 FROM moved WHERE moved.loser_id = o.member_id AND moved.survivor_id = m.member_id))
            OR (m.redeemed < 0 AND o.redeemed <= 0) OR (m.reversed <> 0 AND o.issued >= 0))""",  # noqa: S608 - our own statements
    ),
    Check(
        "I-07",
        "more was taken back than there was",
        """
        SELECT o.id, o.kind, o.issued, o.redeemed, SUM(m.reversed) AS reversed, SUM(m.redeemed) AS given_back
        FROM points_movement AS m JOIN points_movement AS o ON o.id = m.undoes_id
        GROUP BY o.id, o.kind, o.issued, o.redeemed
        HAVING SUM(m.reversed) > CASE WHEN o.issued < 0 THEN -o.issued ELSE 0 END
          OR -SUM(m.redeemed) > CASE WHEN o.redeemed > 0 THEN o.redeemed ELSE 0 END""",
    ),
    Check(
        "I-07",
        "more of a lot was reversed than belonged to goods that came back",
        """
        SELECT l.id, l.taken_back, SUM(m.reversed) AS reversed
        FROM points_lot AS l JOIN points_movement AS m ON m.undoes_id = l.movement_id
        WHERE l.parent_id IS NULL AND m.reversed <> 0
        GROUP BY l.id, l.taken_back HAVING SUM(m.reversed) > l.taken_back""",
    ),
    Check(
        "I-07",
        "a transfer between members is not its movements",
        """
        SELECT t.id, t.points, t.returned, s.active AS gone, r.active + r.debt AS came, k.adjusted AS taken,
          -b.adjusted AS given_back
        FROM points_transfer AS t
        LEFT JOIN points_movement AS s ON s.kind = 'transfer.sent' AND s.cause_id = t.id
        LEFT JOIN points_movement AS r ON r.kind = 'transfer.received' AND r.cause_id = t.id
        LEFT JOIN points_movement AS k ON k.kind = 'transfer.taken' AND k.cause_id = t.id
        LEFT JOIN points_movement AS b ON b.kind = 'transfer.returned' AND b.cause_id = t.id
        WHERE COALESCE(-s.active, 0) <> t.points OR COALESCE(r.active + r.debt, 0) <> t.points
          OR COALESCE(k.adjusted, 0) <> COALESCE(t.returned, 0)
          OR COALESCE(-b.adjusted, 0) <> COALESCE(t.returned, 0)""",
    ),
    Check(
        "I-08",
        "open holds are not what the balance holds",
        """
        SELECT b.member_id, b.held, h.points AS held_by_holds
        FROM points_balance AS b
        LEFT JOIN (
          SELECT member_id, SUM(points - shared) AS points FROM points_hold WHERE state = 'open' GROUP BY member_id
        ) AS h ON h.member_id = b.member_id
        WHERE b.held <> COALESCE(h.points, 0)""",
    ),
    Check(
        "I-08",
        "a hold did not end as its movements say",
        """
        SELECT h.id, h.state, h.points, h.shared, h.given_back, held.held AS taken, spent.redeemed AS spent,
          released.held AS released
        FROM points_hold AS h
        LEFT JOIN points_movement AS held ON held.kind = h.kind || '.held' AND held.cause_id = h.id
        LEFT JOIN points_movement AS spent ON spent.kind = h.kind || '.spent' AND spent.cause_id = h.id
        LEFT JOIN points_movement AS released ON released.kind = h.kind || '.released' AND released.cause_id = h.id
        LEFT JOIN (SELECT undoes_id, -SUM(redeemed) AS points FROM points_movement WHERE redeemed < 0
          GROUP BY undoes_id) AS back ON back.undoes_id = spent.id
        LEFT JOIN (SELECT part_of, SUM(given_back) AS given_back FROM points_hold WHERE part_of IS NOT NULL
          GROUP BY part_of) AS parts ON parts.part_of = h.id
        WHERE held.id IS NULL OR held.held <> h.points - h.shared
          OR (h.state = 'spent') <> (spent.id IS NOT NULL AND COALESCE(spent.redeemed, 0) = h.points - h.shared)
          OR (h.state = 'released')
            <> (released.id IS NOT NULL AND COALESCE(-released.held, 0) = h.points - h.shared)
          OR (h.state = 'open') <> (h.ended_at IS NULL)
          OR h.given_back <> COALESCE(back.points, 0) + COALESCE(parts.given_back, 0)""",
    ),
    Check(
        "I-08",
        "what others of the household gave to a hold is not its parts, or they did not end with it",
        """
        SELECT h.id, h.state, h.points, h.shared, parts.points AS in_parts, parts.first_state, parts.last_state
        FROM points_hold AS h
        LEFT JOIN (
          SELECT part_of, SUM(points) AS points, MIN(state) AS first_state, MAX(state) AS last_state,
            MAX(shared) AS shared, MAX(given_back - points) AS too_much_back
          FROM points_hold WHERE part_of IS NOT NULL GROUP BY part_of
        ) AS parts ON parts.part_of = h.id
        WHERE h.shared <> COALESCE(parts.points, 0) OR h.shared > h.points
          OR (parts.part_of IS NOT NULL AND (h.part_of IS NOT NULL OR parts.first_state <> h.state
            OR parts.last_state <> h.state OR parts.shared > 0 OR parts.too_much_back > 0))
          OR (h.kind = 'shared') <> (h.part_of IS NOT NULL)""",
    ),
    Check(
        "I-06",
        "a movement of one member touched a lot of another",
        """
        SELECT e.id, e.lot_id, l.member_id AS owner, m.member_id, m.kind
        FROM points_lot_entry AS e
        JOIN points_lot AS l ON l.id = e.lot_id
        JOIN points_movement AS m ON m.id = e.movement_id
        WHERE l.member_id <> m.member_id""",
    ),
    Check(
        "I-07",
        "a purchase's net values are not its own less its corrections",
        """
        SELECT p.id, p.amount, p.net_amount, c.amount AS given_back, p.points, p.net_points,
          c.points AS points_given_back, p.qualifying_points, p.net_qualifying_points
        FROM purchase AS p
        LEFT JOIN (
          SELECT purchase_id, SUM(amount) AS amount, SUM(points) AS points, SUM(qualifying_points) AS qualifying_points
          FROM correction GROUP BY purchase_id
        ) AS c ON c.purchase_id = p.id
        WHERE p.net_amount <> p.amount - COALESCE(c.amount, 0) OR p.net_points <> p.points - COALESCE(c.points, 0)
          OR p.net_qualifying_points <> p.qualifying_points - COALESCE(c.qualifying_points, 0)""",
    ),
    Check(
        "I-07",
        "a purchase's points are not what its movement issued",
        f"""{_MERGED}
        SELECT p.id, p.points, m.issued
        FROM purchase AS p LEFT JOIN points_movement AS m ON m.kind = 'purchase.earned' AND m.cause_id = p.id
        WHERE p.points <> COALESCE(-m.issued, 0) OR (m.member_id <> p.member_id AND NOT EXISTS (
          SELECT 1 FROM moved WHERE moved.loser_id = m.member_id AND moved.survivor_id = p.member_id))""",  # noqa: S608 - our own statements
    ),
)
