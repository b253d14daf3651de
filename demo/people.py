"""Plausible people of a wine cellar in the Rioja: Spanish, Russian and English names."""

from dataclasses import dataclass
from random import Random

ES_GIVEN = (
    "María-del-Carmen Lucía Paula Elena Carmen Ana Isabel Marta Sara Cristina Pilar Rosa Nuria Beatriz "
    "Antonio José Manuel Francisco David Juan Javier Daniel Carlos Miguel Rafael Pedro Ángel Alejandro "
    "Fernando Íñigo Gonzalo Andrés"
).split()
ES_FAMILY = (
    "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno "
    "Muñoz Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco Molina "
    "Ibáñez Soler Etxeberria Zubizarreta"
).split()
RU_MEN = (
    "Александр Дмитрий Максим Сергей Андрей Алексей Артём Илья Кирилл Михаил Никита Матвей Роман Егор Иван Владимир "
    "Пётр Фёдор Лев Глеб"
).split()
RU_WOMEN = (
    "Анастасия Мария Дарья Анна Елизавета Полина Виктория Екатерина Софья Александра Ольга Татьяна Наталья Елена Ирина "
    "Светлана Юлия Ксения Вера Алёна"
).split()
RU_FAMILY = (
    "Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков Алексеев Лебедев "
    "Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин Захаров Зайцев"
).split()
EN_GIVEN = (
    "Olivia Amelia Isla Ava Emily Sophie Grace Charlotte Lucy Eleanor Oliver George Arthur Noah Harry Jack Thomas "
    "William James Henry Edward Hugh Fiona Moira Siobhan Owen"
).split()
EN_FAMILY = (
    "Whitfield Ashworth Bennett Clarke Davies Ellis Fletcher Greenwood Hughes Jackson Knight Lawson Mitchell Norris "
    "O'Brien Palmer Reid Shaw Turner Walker Wright Young MacLeod Sinclair"
).split()


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to enrol."""

    full_name: str
    call_name: str
    language: str
    email: str
    birth: tuple[int | None, int, int] | None


def people(count: int, rng: Random) -> list[DemoPerson]:
    """So many people, six Spanish to two Russian and two English."""
    return [_person(i, rng) for i in range(count)]


def _person(index: int, rng: Random) -> DemoPerson:
    language = ("es", "es", "ru", "es", "en", "es", "es", "ru", "es", "en")[index % 10]
    full_name, call_name = _name(language, rng)
    birth = None
    if rng.random() < 0.7:
        year = rng.randint(1944, 2003) if rng.random() < 0.8 else None
        birth = (year, rng.randint(1, 12), rng.randint(1, 28))
    return DemoPerson(full_name, call_name, language, f"member{index + 1:03d}@example.org", birth)


def _name(language: str, rng: Random) -> tuple[str, str]:
    if language == "es":
        given = rng.choice(ES_GIVEN).replace("-", " ")
        return f"{given} {rng.choice(ES_FAMILY)} {rng.choice(ES_FAMILY)}", given
    if language == "en":
        given = rng.choice(EN_GIVEN)
        return f"{given} {rng.choice(EN_FAMILY)}", given
    father, family = rng.choice(RU_MEN), rng.choice(RU_FAMILY)
    if rng.random() < 0.5:
        given = rng.choice(RU_WOMEN)
        return f"{family}а {given} {_patronymic(father, 'вна')}", given
    given = rng.choice(RU_MEN)
    return f"{family} {given} {_patronymic(father, 'вич')}", given


def _patronymic(father: str, ending: str) -> str:
    irregular = {"Илья": ("Ильич", "Ильинична"), "Никита": ("Никитич", "Никитична"), "Лев": ("Львович", "Львовна"),
                 "Пётр": ("Петрович", "Петровна"), "Михаил": ("Михайлович", "Михайловна")}  # fmt: skip
    if father in irregular:
        return irregular[father][ending == "вна"]
    if father.endswith(("й", "ь")):
        stem = father[:-1]
        soft = {"Дмитри": "Дмитрие", "Серге": "Сергее", "Андре": "Андрее", "Алексе": "Алексее", "Матве": "Матвее"}
        return soft.get(stem, f"{stem}е") + ending
    return f"{father}о{ending}"
