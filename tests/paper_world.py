"""Orders for tests of papers: settled, with two lines, discount, points and delivery, and a company as buyer."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from club.carts.rules import tax_inside
from club.database import transaction
from club.orders.models import Order, OrderContact, OrderLine
from club.papers.service import issue_invoice_in
from club.texts import Texts
from tests.shop_world import OnSale, product, texts

HOSTILE = 'Bar "La #Nave" $x^2$ *S.A.* #panic("out") \\u{1F600} @ref <lbl> // ]] `raw`'
SHIPPING = Texts({"en": "By courier", "es": "Por mensajería", "ru": "Курьером"})


def wine(db: Session, now: datetime, sku: str = "RIO-1") -> OnSale:
    return product(db, texts("Red wine", "Vino tinto", "Красное вино"), sku, now)


def settled_order(
    db: Session, goods: OnSale, now: datetime, *, number: int = 1, person_id: int | None = None, language: str = "en",
    is_settled: bool = True, **more: Any,
) -> int:  # fmt: skip
    """6 at 21,60 € less 3 € and 12 € in points, 1 at 10,00 € with 10 % tax, 5,90 € delivery: 130,50 € by card."""
    order_id = number
    lines = [_line(1, 6, 2160, 300, 1200, 2100), _line(2, 1, 1000, 0, 0, 1000)]
    delivery_tax = tax_inside(590, 2100)
    with transaction(db) as tx:
        tx.execute(
            insert(Order).values(
                **{
                    "id": order_id, "number": f"ORDER-{number}", "key": f"key-{number}" + "x" * 22, "state": "placed",
                    "person_id": person_id, "cart_id": number, "language": language, "currency": "EUR",
                    "pay_by": "card", "delivery": "ship", "method_id": None, "method_name": SHIPPING, "country": "ES",
                    "goods": 13_960, "discount": 300, "points": 1200, "points_value": 1200, "delivery_price": 590,
                    "delivery_tax": delivery_tax, "delivery_tax_rate": 2100,
                    "tax": sum(line["tax"] for line in lines) + delivery_tax, "total": 13_050, "paid": 13_050,
                    "refunded": 0, "placed_at": now, "settled_at": now if is_settled else None,
                }
                | more
            )
        )  # fmt: skip
        tx.execute(
            insert(OrderContact).values(
                order_id=order_id, email="ana@example.org", email_key="ana@example.org", full_name="Ana García",
                phone="", country="ES", address="Calle Mayor 1", address_more="", postcode="28013", city="Madrid",
                company=HOSTILE, tax_number="ESB12345674", note="",
            )
        )  # fmt: skip
        for line in lines:
            tx.execute(
                insert(OrderLine).values(
                    order_id=order_id, variant_id=goods.variant_id, product_id=goods.product_id, sku="RIO-1",
                    name=texts("Red wine", "Vino tinto", "Красное вино"), usual_price=2400, reason="base",
                    tax_class="standard", category="", earns_points=True, weight_grams=1300, **line,
                )
            )  # fmt: skip
    return order_id


def invoiced(db: Session, order_id: int, now: datetime) -> int:
    """Its paper, issued."""
    with transaction(db) as tx:
        return issue_invoice_in(tx, order_id, now)


def _line(position: int, quantity: int, price: int, discount: int, points: int, rate: int) -> dict[str, int]:
    amount = quantity * price
    paid = amount - discount - points
    return {
        "position": position, "quantity": quantity, "unit_price": price, "amount": amount, "discount": discount,
        "points": points, "points_value": points, "paid": paid, "tax": tax_inside(paid, rate), "tax_rate": rate,
    }  # fmt: skip
