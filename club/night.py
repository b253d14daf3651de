"""What happens every club day, in order."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from club.database import Base


class NightStep(Base):
    """One step of one club day: claimed with a lease, done once."""

    __tablename__ = "night_step"

    day: Mapped[date] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(String(24), primary_key=True)
    leased_until: Mapped[datetime]
    done_at: Mapped[datetime | None]
    changed: Mapped[int] = mapped_column(default=0)
