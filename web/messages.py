"""The words for every refusal of the club, in the reader's language: what happened, then what to do."""

from flask_babel import gettext as _
from flask_babel import ngettext

from club import errors
from club.errors import Refusal
from web.formats import money, number, points


def words_for(refusal: Refusal) -> str:
    """One or two sentences for a person."""
    return (
        _about_access(refusal)
        or _about_people(refusal)
        or _about_purchases(refusal)
        or _about_points(refusal)
        or _about_lines(refusal)
        or _about_the_club(refusal)
    )


def _about_access(refusal: Refusal) -> str:  # noqa: PLR0911 - one answer a refusal
    match refusal:
        case errors.WrongCredentials():
            return _("The name or the password does not match. Check both, or ask for a link by mail.")
        case errors.TooManyTries(wait_seconds=seconds):
            return _wait(seconds)
        case errors.LinkExpired():
            return _("This link was used already or is too old. Ask for a new one.")
        case errors.PasswordTooShort(least=least):
            return ngettext("Use at least %(num)d character.", "Use at least %(num)d characters.", least)
        case errors.PasswordTooLong(most=most):
            return ngettext("Use at most %(num)d character.", "Use at most %(num)d characters.", most)
        case errors.PasswordTooCommon():
            return _("This password is among the first that anybody tries. Choose another one.")
        case errors.WrongCode():
            return _("This code is not right, or was used already. Wait for the next one and enter it.")
        case errors.SecondFactorNeeded():
            return _("Enter the code from your authenticator app first.")
        case errors.LastOwner():
            return _("The club needs one owner who can sign in. Name another owner first.")
        case errors.TermsNotAccepted():
            return _("Tick the box to accept the terms and the privacy notice.")
    return ""


def _about_people(refusal: Refusal) -> str:  # noqa: PLR0911 - one answer a refusal
    match refusal:
        case errors.EmailTaken():
            return _("This address belongs to somebody else. Use another one.")
        case errors.BadEmail():
            return _("Enter an e-mail address like name@example.org.")
        case errors.UnknownMember():
            return _("No member has this number, address, phone or card. Check it, or search by name.")
        case errors.NameMissing():
            return _("Enter the name.")
        case errors.ContactMissing():
            return _("Enter an e-mail address or a phone number.")
        case errors.BadPhone():
            return _("Enter a phone number with its country code, as in +34 912 345 678.")
        case errors.BadBirthday():
            return _("There is no such day. Look at day and month again.")
        case errors.AlreadyKnown(member_number=member_number):
            return _("Somebody with this contact is known already, with the number %(number)s.", number=member_number)
    return ""


def _about_purchases(refusal: Refusal) -> str:
    match refusal:
        case errors.AmountOutOfRange(amount=amount):
            return _("%(amount)s is not a usable amount. Check the digits.", amount=money(amount))
        case errors.DateInFuture():
            return _("The day lies in the future. Enter today or an earlier day.")
        case errors.DateTooOld():
            return _("The day lies too far back. Check the year.")
        case errors.ReferenceTaken(reference=reference):
            return _("The reference %(reference)s belongs to another purchase. Check the receipt.", reference=reference)
        case errors.UnknownReference(reference=reference):
            return _("No purchase has the reference %(reference)s. Check the receipt.", reference=reference)
        case errors.MoreThanBought(left=left):
            return _("More would be given back than was bought: %(left)s are left.", left=money(left))
    return ""


def _about_points(refusal: Refusal) -> str:
    match refusal:
        case errors.NotEnoughPoints(have=have, need=need):
            return _("%(have)s are there, %(need)s are needed.", have=points(have), need=points(need))
        case errors.HoldEnded():
            return _("These points were spent or released already.")
        case errors.ReasonMissing():
            return _("Enter the reason.")
        case errors.PointsOutOfRange(points=count):
            return _("%(number)s is not a usable number of points.", number=number(count))
        case errors.AlreadyPosted():
            return _("This was recorded already. Nothing was added a second time.")
        case errors.SecondApproverNeeded(limit=limit):
            return _("From %(points)s on, a manager or the owner has to do this.", points=points(limit))
    return ""


def _about_lines(refusal: Refusal) -> str:
    match refusal:
        case errors.MoreUnitsThanBought(position=position, left=left):
            return ngettext(
                "Of line %(position)s only %(num)d piece can still be given back.",
                "Of line %(position)s only %(num)d pieces can still be given back.",
                left,
                position=position,
            )
        case errors.LinesDoNotAddUp(in_lines=in_lines, amount=amount):
            return _(
                "The lines come to %(in_lines)s, the amount is %(amount)s. Make them agree.",
                in_lines=money(in_lines),
                amount=money(amount),
            )
    return ""


def _about_the_club(refusal: Refusal) -> str:  # noqa: PLR0911 - one answer a refusal
    match refusal:
        case errors.NotAllowed():
            return _("This account may not do that. The owner of the club can grant it.")
        case errors.NotFound():
            return _("There is nothing here under this name.")
        case errors.NoProgramme():
            return _("The club is not set up yet. Run: flask --app wsgi club init")
        case errors.ContrastTooLow(nearest=nearest):
            return _("This colour is hard to read. The nearest one that works is %(nearest)s.", nearest=nearest)
        case errors.BadSetting(name=name, why=why):
            return _("%(name)s cannot be used: %(why)s", name=name, why=why)
        case errors.BadLadder(why=why):
            return _("The tiers do not hold together: %(why)s", why=why)
        case errors.UnknownRung(key=key):
            return _("There is no tier %(key)s.", key=key)
        case errors.EndNotAhead():
            return _("A tier given by hand needs its last day. Enter a day after today.")
        case errors.BadRule(why=why):
            return _("The earning rule does not hold together: %(why)s", why=why)
        case errors.BadFile(why=why):
            return _("The file cannot be used: %(why)s", why=why)
        case errors.BadBackup(why=why):
            return _("This is not a whole backup: %(why)s", why=why)
    return _("This cannot be done now. Go back and look at it again.")


def _wait(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return ngettext(
        "Too many tries. Wait %(num)d minute, then try again.",
        "Too many tries. Wait %(num)d minutes, then try again.",
        minutes,
    )
