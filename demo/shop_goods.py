"""What the demonstration club's shop sells, as plain words and figures; `shop.py` puts it into the catalogue."""

from dataclasses import dataclass

Words = tuple[str, str, str]
"""English, Spanish, Russian."""


@dataclass(frozen=True)
class Wine:
    """What the law and a buyer ask of a bottle. `abv` is in tenths of a percent, `vintage` 0 for a blend of years."""

    vintage: int
    abv: int
    grapes: Words
    origin: Words


@dataclass(frozen=True)
class Good:
    """One thing on the shelf: its price in cents and how many are there."""

    key: str
    category: str
    name: Words
    words: Words
    cents: int
    stock: int
    wine: Wine | None = None
    is_in_magnum: bool = False
    centilitres: int = 75
    grams: int = 0
    tax: str = "standard"


CATEGORIES: tuple[tuple[str, Words, Words], ...] = (
    ("red", ("Red wines", "Vinos tintos", "Красные вина"), ("red-wines", "vinos-tintos", "krasnye-vina")),
    ("white", ("White and rosé wines", "Vinos blancos y rosados", "Белые и розовые вина"),
     ("white-wines", "vinos-blancos", "belye-vina")),
    ("sparkling", ("Sparkling wines", "Espumosos", "Игристые вина"), ("sparkling", "espumosos", "igristye-vina")),
    ("sweet", ("Sweet wines and vermouth", "Dulces y vermut", "Сладкие вина и вермут"),
     ("sweet-wines", "dulces-y-vermut", "sladkie-vina")),
    ("pantry", ("Pantry", "Despensa", "К столу"), ("pantry", "despensa", "k-stolu")),
    ("gifts", ("Gifts and glasses", "Regalos y copas", "Подарки и бокалы"), ("gifts", "regalos", "podarki")),
)  # fmt: skip

RIOJA: Words = ("Rioja, Spain", "Rioja, España", "Риоха, Испания")
ALAVESA: Words = ("Rioja Alavesa, Spain", "Rioja Alavesa, España", "Риоха-Алавеса, Испания")
RIBERA: Words = ("Ribera del Duero, Spain", "Ribera del Duero, España", "Рибера-дель-Дуэро, Испания")
NAVARRE: Words = ("Navarre, Spain", "Navarra, España", "Наварра, Испания")
PENEDES: Words = ("Penedès, Spain", "Penedés, España", "Пенедес, Испания")
TEMPRANILLO: Words = ("Tempranillo", "Tempranillo", "Темпранильо")
GRACIANO: Words = ("Graciano", "Graciano", "Грасиано")
GARNACHA: Words = ("Garnacha", "Garnacha", "Гарнача")
BLEND: Words = ("Tempranillo, Garnacha, Graciano", "Tempranillo, garnacha, graciano", "Темпранильо, гарнача, грасиано")
VIURA: Words = ("Viura", "Viura", "Виура")
WHITE_BLEND: Words = ("Viura, Malvasía", "Viura, malvasía", "Виура, мальвазия")
CAVA: Words = ("Macabeo, Xarel·lo, Parellada", "Macabeo, xarel·lo, parellada", "Макабео, шарель-ло, парельяда")
