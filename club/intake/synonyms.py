"""By which heads the columns of other systems are recognised, in the club's languages."""

import unicodedata
from collections.abc import Iterable, Sequence

_HEADS: dict[str, str] = {
    "name": "name, full name, customer name, nombre, nombre completo, nombre y apellidos, cliente nombre, имя, фио,"
    " имя и фамилия, фамилия имя, клиент фио",
    "email": "email, e-mail, mail, email address, e-mail address, correo, correo electrónico, электронная почта, почта,"
    " эл. почта, адрес почты",
    "phone": "phone, phone number, mobile, telephone, cell, tel, teléfono, móvil, celular, teléfono móvil, телефон,"
    " мобильный, номер телефона, мобильный телефон",
    "language": "language, lang, locale, idioma, lengua, язык",
    "birthday": "birthday, birth date, date of birth, dob, born, cumpleaños, fecha de nacimiento, nacimiento,"
    " день рождения, дата рождения",
    "member_number": "member number, membership number, member no, número de socio, nº de socio, número de miembro,"
    " номер участника",
    "external_id": "external id, customer id, client id, id cliente, id de cliente, código de cliente, id, код клиента,"
    " номер клиента",
    "card": "card, card number, loyalty card, tarjeta, número de tarjeta, карта, номер карты",
    "joined": "joined, joined on, join date, member since, registered, sign-up date, fecha de alta, alta,"
    " miembro desde, cliente desde, дата вступления, дата регистрации, участник с, клиент с",
    "tier": "tier, level, status, nivel, категория, уровень, статус",
    "tier_until": "tier until, valid until, nivel hasta, válido hasta, уровень до, действует до",
    "consent_email": "consent email, email consent, newsletter, marketing consent, opt in, acepta correo, boletín,"
    " acepta publicidad, consentimiento, согласие, рассылка, согласие на рассылку",
    "consent_source": "consent source, origen del consentimiento, источник согласия",
    "consent_date": "consent date, fecha del consentimiento, дата согласия",
    "member": "member, customer, client, buyer, customer email, loyalty card, cliente, socio, miembro, comprador,"
    " email, correo, tarjeta, número de socio, клиент, участник, покупатель, карта, номер карты, телефон клиента,"
    " customer id, id cliente, member number, card",
    "date": "date, day, purchase date, order date, sold on, created at, fecha, fecha de compra, fecha del pedido, día,"
    " дата, дата покупки, дата заказа, день",
    "amount": "amount, total, sum, price, paid, order total, grand total, gross, importe, total pagado, importe total,"
    " precio, monto, сумма, итого, сумма чека, стоимость, цена",
    "reference": "reference, receipt, receipt number, order, order number, order id, invoice, invoice number, ticket,"
    " referencia, recibo, número de ticket, pedido, número de pedido, factura, чек, номер чека, заказ, номер заказа,"
    " накладная",
    "channel": "channel, shop, store, canal, tienda, канал, магазин",
    "category": "category, department, group, categoría, departamento, sección, familia, категория, отдел, группа",
    "quantity": "quantity, qty, units, pieces, cantidad, unidades, uds, количество, кол-во, штук",
    "returns": "returns, return of, refund of, original receipt, devuelve, devolución de, ticket original, возврат,"
    " возврат чека, исходный чек",
    "interest": "interest, interests, product, interés, intereses, producto, интерес, интересы, товар",
    "supplier": "supplier, current supplier, competitor, proveedor, proveedor actual, поставщик",
    "message": "message, note, notes, comment, comments, mensaje, nota, notas, comentario, сообщение, заметка,"
    " комментарий",
    "points": "points, balance, point balance, puntos, saldo, saldo de puntos, баллы, бонусы, баланс, остаток",
    "expires": "expires, expiry, expires on, expiry date, valid until, caduca, vencimiento, fecha de caducidad,"
    " сгорают, срок, действуют до, дата сгорания",
}


def plain(head: str) -> str:
    """A head as it is compared: folded, accents dropped, signs and spaces as one space."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", head.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())


_KNOWN: dict[str, tuple[str, ...]] = {
    column: (plain(column), *(plain(head) for head in heads.split(","))) for column, heads in _HEADS.items()
}


def guess(columns: Iterable[str], heads: Sequence[str]) -> dict[str, int]:
    """Column → where it stands, for those whose heads are known; the best fitting head of each, none used twice."""
    found: dict[str, int] = {}
    plain_heads = [plain(head) for head in heads]
    ranked = sorted(
        (_KNOWN[column].index(head), place, column)
        for column in columns
        for place, head in enumerate(plain_heads)
        if head in _KNOWN[column]
    )
    for _, place, column in ranked:
        if column not in found and place not in found.values():
            found[column] = place
    return found
