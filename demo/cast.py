"""Who to sign in as in the demonstration club."""

from dataclasses import dataclass

from club.permissions import Role

PASSWORD = "haro-1889-tempranillo"


@dataclass(frozen=True)
class DemoMember:
    """A member with an account."""

    email: str
    who: str


@dataclass(frozen=True)
class DemoStaff:
    """Somebody who works for the club."""

    email: str
    name: str
    role: Role


SIGN_IN_MEMBERS = (
    DemoMember("owen@example.org", "a new member (English)"),
    DemoMember("carmen@example.org", "a Gold member about to lose the tier (Spanish)"),
    DemoMember("alexandra@example.org", "a Platinum member (Russian)"),
)

STAFF = (
    DemoStaff("owner@example.org", "Begoña Arrieta", Role.OWNER),
    DemoStaff("manager@example.org", "Elena Ruiz", Role.MANAGER),
    DemoStaff("marketing@example.org", "Marc Vidal", Role.MARKETING),
    DemoStaff("shop@example.org", "Iker Otxoa", Role.SHOP),
    DemoStaff("events@example.org", "Vera Orlova", Role.EVENTS),
    DemoStaff("support@example.org", "Siobhan Reid", Role.SUPPORT),
    DemoStaff("readonly@example.org", "Hugo Prieto", Role.READ_ONLY),
)
