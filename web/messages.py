"""The words for every refusal of the club, in the reader's language: what happened, then what to do."""

from flask_babel import gettext as _
from flask_babel import ngettext

from club import errors
from club.errors import Refusal
from web.content_words import words_about_content
from web.delivery_words import country_name, fault_in_delivery
from web.event_faults import words_about_events
from web.family_words import words_about_family
from web.formats import day, listed_together, money, number, points
from web.gift_words import GIFT_FAULTS
from web.household_words import words_about_households
from web.import_words import in_words
from web.movements import rung_name
from web.offer_words import FAULTS
from web.passing_words import words_about_passing
from web.product_words import NO_RETURN, fault_words, place_name
from web.referral_words import REFERRAL_FAULTS


def words_for(refusal: Refusal) -> str:
    """One or two sentences for a person."""
    return (
        _about_access(refusal)
        or _about_people(refusal)
        or _about_purchases(refusal)
        or _about_points(refusal)
        or words_about_passing(refusal)
        or words_about_family(refusal)
        or words_about_households(refusal)
        or _about_lines(refusal)
        or _about_care(refusal)
        or _about_tiers(refusal)
        or _about_friends(refusal)
        or _about_benefits(refusal)
        or _about_four_eyes(refusal)
        or _about_messages(refusal)
        or _about_figures(refusal)
        or _about_measures(refusal)
        or _about_imports(refusal)
        or _about_the_shop(refusal)
        or _about_pictures(refusal)
        or _about_returns(refusal)
        or _about_carts(refusal)
        or _about_offers(refusal)
        or words_about_events(refusal)
        or words_about_content(refusal)
        or _about_gifts(refusal)
        or _about_orders(refusal)
        or _about_paying(refusal)
        or _about_packing(refusal)
        or _about_delivery(refusal)
        or _about_papers(refusal)
        or _about_leads(refusal)
        or _about_support(refusal)
        or _about_suggestions(refusal)
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
        case errors.OnlyLooking():
            return _("You are looking at the house as another role: nothing is changed meanwhile. End the view first.")
        case errors.TermsNotAccepted():
            return _("Tick the box to accept the terms and the privacy notice.")
    return ""


def _about_people(refusal: Refusal) -> str:  # noqa: PLR0911, PLR0912 - one answer a refusal
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
        case errors.BirthdayFixed(until=None):
            return _("The birthday was changed as often as a member can. We change it for you: write to us.")
        case errors.BirthdayFixed():
            return _("The birthday was changed within the last year. If it is wrong, write to us.")
        case errors.TooManyInterests(most=most):
            return ngettext("Name at most %(num)d interest.", "Name at most %(num)d interests.", most)
        case errors.LeavingOpen():
            return _leaving_waits(refusal)
        case errors.PasskeyRefused():
            return _(
                "This passkey does not open the way in here. Try again, or use your password. "
                "Staff enter the password first."
            )
        case errors.PasskeyNameMissing():
            return _("Enter a name by which you know the device.")
        case errors.TooManyPasskeys(most=most):
            return ngettext("There is room for %(num)d passkey.", "There is room for %(num)d passkeys.", most)
        case errors.SignsInWithAddress():
            return _("They sign in with this address. Only they can change it, under Signing in.")
        case errors.ChangedMeanwhile():
            return _("Somebody changed this meanwhile. Look at both values, then save again.")
        case errors.IdentifierMissing():
            return _("Enter the number as it stands on the card, at most 100 letters and digits.")
        case errors.SourceMissing():
            return _("Enter how they said so: by phone, on paper, at the counter.")
        case errors.ViewNameMissing():
            return _("Enter a name for this view.")
        case errors.ViewTooLong():
            return _("This list has too many filters to be kept. Take one away.")
        case errors.BadTag():
            return _("Enter a tag of 1 to 40 letters.")
    return ""


def _leaving_waits(refusal: errors.LeavingOpen) -> str:
    orders, owed, seats, returns = refusal.orders, refusal.owed, refusal.seats, refusal.returns
    waiting = [
        ngettext("%(num)d order under way", "%(num)d orders under way", orders) if orders else "",
        _("%(amount)s to pay on account", amount=money(owed)) if owed else "",
        ngettext("%(num)d place at an event to come", "%(num)d places at events to come", seats) if seats else "",
        ngettext("%(num)d return under way", "%(num)d returns under way", returns) if returns else "",
    ]
    return _("First this has to come to its end: %(things)s.", things=listed_together([one for one in waiting if one]))


def _about_purchases(refusal: Refusal) -> str:  # noqa: PLR0911 - one answer a refusal
    match refusal:
        case errors.AmountOutOfRange(amount=amount):
            return _("%(amount)s is not a usable amount. Check the digits.", amount=money(amount))
        case errors.OwnMembership():
            return _("This is your own membership. Ask a colleague to do it.")
        case errors.NothingToTakeAway():
            return _("Nothing was taken away: no second step is set up. Choose the passkeys where the device is lost.")
        case errors.SavedAlready():
            return _(
                "This form was saved already, with other content. Look at what was saved, then enter the rest anew."
            )
        case errors.DateInFuture():
            return _("The day lies in the future. Enter today or an earlier day.")
        case errors.DateTooOld():
            return _("The day lies too far back, or before the purchase that it belongs to. Check day and year.")
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
        case errors.MorePointsThanSale(most=most):
            return _("Of this sale at most %(points)s can be used.", points=points(most))
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


def _about_friends(refusal: Refusal) -> str:
    match refusal:
        case errors.BadReferralTerms(fault=fault):
            return str(REFERRAL_FAULTS[fault])
        case errors.WaitTooShort(least_days=least):
            return ngettext(
                "Goods can be returned for %(num)d day. Enter that many days or more.",
                "Goods can be returned for %(num)d days. Enter that many days or more.",
                least,
            )
        case errors.ReferralsClosed():
            return _("The club rewards nobody for bringing friends at present.")
    return ""


def _about_tiers(refusal: Refusal) -> str:
    match refusal:
        case errors.StartNotAhead():
            return _("A ladder starts today or later. Once it has begun, save another one instead.")
        case errors.LadderChanged():
            return _("Somebody saved or withdrew a ladder meanwhile. Look at the effect again, then save.")
        case errors.RateStartsThen():
            return _("Another rate starts on that day. Choose another first day, or end that one.")
        case errors.RulesChanged():
            return _("Somebody added or ended a rule meanwhile. Look at the effect again, then save.")
        case errors.RuleEnded():
            return _("This rule is over already.")
    return ""


def _about_benefits(refusal: Refusal) -> str:
    match refusal:
        case errors.BenefitNameMissing():
            return _("Enter the name of the benefit in one language at least.")
        case errors.CellMissing():
            return _("Enter the amount, the number of times or the words.")
        case errors.BenefitNotTheirs():
            return _("The tier that they held on that day does not get this benefit.")
        case errors.BenefitUsedUp(times=times):
            return ngettext(
                "The benefit is used up: %(num)d time in a calendar year.",
                "The benefit is used up: %(num)d times in a calendar year.",
                times,
            )
    return ""


def _about_care(refusal: Refusal) -> str:  # noqa: PLR0911, PLR0912 - one answer a refusal
    match refusal:
        case errors.CardFull(most=most):
            return ngettext(
                "The card has %(num)d line, which is the most. Take one off first.",
                "The card has %(num)d lines, which is the most. Take one off first.",
                most,
            )
        case errors.NothingWritten():
            return _("Write a few words first.")
        case errors.TextTooLong(most=most):
            return ngettext("Use at most %(num)d character.", "Use at most %(num)d characters.", most)
        case errors.DirectionMissing():
            return _("Choose who began: the customer or us.")
        case errors.DayInPast():
            return _("This day is over. Enter today or a later day.")
        case errors.DayTooFar():
            return _("The day lies more than five years ahead. Check the year.")
        case errors.LastDayBeforeFirst():
            return _("The last day lies before the first one. Check both days.")
        case errors.NotOnStaff():
            return _("Nobody who works for the club has this account now. Choose somebody else.")
        case errors.OwnSuccessor():
            return _("Nobody takes over from themselves. Choose somebody else.")
        case errors.ClosedAlready():
            return _("Somebody else has closed this in the meantime. Open the page again to see it.")
        case errors.OpenItems():
            return _still_open(refusal)
        case errors.NoAddress():
            return _("There is no e-mail address to write to. Ask for one, or call.")
        case errors.Objected():
            return _("This customer does not want to be contacted this way. Nothing was sent.")
    return ""


def cases_in_words(count: int) -> str:
    """Customers who stay away, and whose case somebody works."""
    return ngettext("%(num)d case of a lost customer", "%(num)d cases of lost customers", count)


def questions_in_words(count: int) -> str:
    """Conversations with customers that are not solved."""
    return ngettext("%(num)d question of a customer", "%(num)d questions of customers", count)


def _still_open(refusal: errors.OpenItems) -> str:
    parts = [
        ngettext("%(num)d customer", "%(num)d customers", refusal.customers),
        ngettext("%(num)d open task", "%(num)d open tasks", refusal.tasks),
        ngettext("%(num)d open promise", "%(num)d open promises", refusal.commitments),
    ]
    if refusal.cases:
        parts.append(cases_in_words(refusal.cases))
    if refusal.questions:
        parts.append(questions_in_words(refusal.questions))
    return _(
        "Somebody has to take over first: %(what)s. Choose a successor.",
        what=listed_together(parts),
    )


def _about_four_eyes(refusal: Refusal) -> str:  # noqa: PLR0911 - one answer a refusal
    match refusal:
        case errors.OwnRequest():
            return _("This is your own request. Somebody else says yes or no to it.")
        case errors.AlreadyDecided():
            return _("This request does not wait any more: it was decided, taken back or is too old.")
        case errors.AlreadyMerged():
            return _("One of the two was merged already. Open the record that stayed.")
        case errors.ImportBeingUndone():
            return _("An import is being taken back right now. Try again in a few minutes, when that is done.")
        case errors.MemberStays():
            return _("One of the two is a member. Let the member's record stay.")
        case errors.SamePerson():
            return _("This is one and the same record. Choose another one.")
        case errors.PointsSetAside():
            return _("Points are set aside for an open order. Merge when the order is closed.")
        case errors.StaffAccount():
            return _("The sign-in that would be switched off belongs to a colleague. Let the other record stay.")
        case errors.UndoTooLate():
            return _("A merge can be undone for 30 days. That time is over.")
        case errors.PointsMovedSince():
            return _("Points that came with the merge were spent, taken back or used for a debt since.")
        case errors.MergedOn():
            return _("The record that stayed was merged into another one since. Undo that merge first.")
        case errors.ContactTakenSince():
            return _("The address, the number or the sign-in of the other record belongs to somebody else by now.")
    return ""


def _about_messages(refusal: Refusal) -> str:
    match refusal:
        case errors.UnknownField(field=field, known=known):
            fields = listed_together([f"{{{name}}}" for name in known])
            return _("This mail has no field {%(field)s}. Use %(fields)s.", field=field, fields=fields)
        case errors.TextTooLong(most=most):
            return ngettext("Use at most %(num)d character.", "Use at most %(num)d characters.", most)
        case errors.NotOneLine():
            return _("Use letters, digits and signs; a subject and a button stand on one line.")
        case errors.TextChanged():
            return _("Somebody else saved these words in the meantime. Look at theirs, then save yours again.")
        case errors.MessageMoved():
            return _("This message is in another state by now. Look at it again.")
        case errors.LinkGone():
            return _("Its one-time link is gone, so it is not sent again. Whoever needs it asks for a new one.")
        case errors.MessageForSafety():
            return _("Somebody asked for this message, or it warns them. It is not cancelled.")
    return ""


def _about_figures(refusal: Refusal) -> str:
    match refusal:
        case errors.BadRhythm():
            return _("Enter 1 to 10 times the usual gap, and 1 to 3,650 days at least.")
        case errors.BadWatch():
            return _("Enter 30 to 365 days, 10 to 95 percent, and 1.1 to 10 times the usual gap.")
        case errors.CaseChanged():
            return _("Somebody else moved this case in the meantime. Look at it once more.")
        case errors.CaseNotOpen():
            return _("This case has ended. A new one begins when they are late again.")
        case errors.CauseNeeded():
            return _("Choose the cause, or “Not known”, before the case is closed.")
        case errors.ReturnDayNeeded():
            return _("Enter a day after today on which they are expected back.")
    return ""


def _about_measures(refusal: Refusal) -> str:
    match refusal:
        case errors.MeasureMoved():
            return _("This corrective action is in another state by now. Look at it once more.")
        case errors.EffectDayNeeded():
            return _("Choose a day for the look at its effect: one to come, or the day on which it was looked at.")
    return ""


def _about_imports(refusal: Refusal) -> str:
    match refusal:
        case errors.BadFile(why=why):
            return _("The file cannot be used: %(why)s", why=in_words(why))
        case errors.FileTooLarge(most_bytes=most):
            return _("The file is larger than %(megabytes)s MB. Split it into parts.", megabytes=number(most >> 20))
        case errors.ImportMovedOn():
            return _("This import has moved on in the meantime. Look at where it stands now.")
        case errors.TooManyErrors():
            return _("Too many rows cannot be used. Correct the file, or tick that the others are enough.")
        case errors.MergedSince():
            return _("A record that came with this import was merged since. Undo that merge first.")
        case errors.TooLateToUndo():
            return _("This import can no longer be taken back: a day has passed, or it was taken back already.")
    return ""


def _about_the_shop(refusal: Refusal) -> str:  # noqa: PLR0911, PLR0912 - one answer a refusal
    match refusal:
        case errors.BadProduct(place=place, fault=fault, detail=detail):
            return _("%(place)s: %(why)s", place=place_name(place), why=fault_words(fault, detail))
        case errors.BadPrice(fault=fault, detail=detail):
            return fault_words(fault, detail)
        case errors.SkuTaken(sku=sku):
            return _("Another variant has the SKU %(sku)s. Each one needs its own.", sku=sku)
        case errors.SlugTaken(slug=slug):
            return _("Another page has the address “%(slug)s”, or had it. Choose another one.", slug=slug)
        case errors.CategoryInUse():
            return _("There are products or categories in it. Move them first, then remove it.")
        case errors.CategoryInItself():
            return _("A category cannot stand below itself. Choose another place.")
        case errors.ProductNotReady():
            return _("Each variant needs a price before the product goes live.")
        case errors.ExchangeNeedsAge(age=age):
            return _("Tick the box to confirm the age of %(age)s years: what goes out asks for it.", age=number(age))
        case errors.DifferenceNotPayable(amount=amount):
            return _(
                "%(money)s would still have to be paid, and the club takes no cards. Give the money back instead.",
                money=money(amount),
            )
        case errors.OutOfStock(left=0):
            return _("Sold out.")
        case errors.OutOfStock(left=left):
            return _("Only %(left)s left.", left=number(left))
        case errors.LimitReached(left=0):
            return _("No more of this for one member.")
        case errors.LimitReached(left=left):
            return ngettext("%(num)d more of this for you.", "%(num)d more of this for you.", left)
        case errors.RowsNotUsable(rows=rows):
            return ngettext(
                "%(num)d row cannot be used, so nothing was changed. Correct it, then upload the file again.",
                "%(num)d rows cannot be used, so nothing was changed. Correct them, then upload the file again.",
                rows,
            )
        case errors.AlreadyThere():
            return _("It is in stock. It can be ordered now.")
    return ""


def _about_returns(refusal: Refusal) -> str:  # noqa: PLR0911 - one answer a refusal
    match refusal:
        case errors.CannotComeBack(why=why):
            return " ".join((str(NO_RETURN[why]), _("If something is wrong with it, choose that as the reason.")))
        case errors.EnoughPhotos(most=most):
            return ngettext(
                "A return has at most %(num)d photo, added while it is open.",
                "A return has at most %(num)d photos, added while it is open.",
                most,
            )
        case errors.NothingComesBack():
            return _("Say of one piece at least that it comes back.")
        case errors.NotSentYet():
            return _("These goods were not sent yet. Cancel the order, or withdraw from the contract.")
        case errors.NotPaidYet():
            return _("Nothing was paid for this order yet. It can be cancelled on its page.")
        case errors.ReturnPeriodOver(last_day=last):
            return _(
                "Returns were possible until %(day)s. Write to us if something is wrong with the goods.", day=day(last)
            )
        case errors.ReturnMovedOn():
            return _("Somebody has dealt with this return meanwhile. Look at it again.")
        case errors.MoreThanCameBack(most=most):
            return ngettext(
                "At most %(num)d piece of this line was announced. Begin another return for the others.",
                "At most %(num)d pieces of this line were announced. Begin another return for the others.",
                most,
            )
    return ""


def _about_carts(refusal: Refusal) -> str:
    match refusal:
        case errors.NoLongerSold():
            return _("This is not sold any more.")
        case errors.MembersOnly():
            return _("Only members can buy this. Sign in, or join free of charge.")
        case errors.TooManyPieces(most=most):
            return _("A line holds up to %(most)s pieces. Write to us for more.", most=number(most))
        case errors.NotInStep(step=step):
            return _(
                "It is sold in multiples of %(step)s: choose %(step)s, %(double)s, %(triple)s or more.",
                step=number(step),
                double=number(2 * step),
                triple=number(3 * step),
            )
        case errors.CartFull(most=most):
            return _(
                "A cart holds up to %(most)s different things. Take one out, or order these first.", most=number(most)
            )
        case errors.CartFrozen():
            return _("A payment for this cart is open. Until it ends, nothing in the cart changes.")
        case errors.PointsOutOfStep(step=step):
            return _("Points are used in steps of %(step)s.", step=number(step))
    return ""


def _about_paying(refusal: Refusal) -> str:
    match refusal:
        case errors.NotPayable():
            return _("This order does not wait for a payment by card any more.")
        case errors.RefundTooHigh(left=left):
            return _("At most %(amount)s can go back: the rest went back before, or never came in.", amount=money(left))
        case errors.NotAllowedOnAccount():
            return _("This order cannot be put on account. Choose another way to pay.")
        case errors.CreditExceeded(left=left):
            return _("%(amount)s can be put on account at the moment. Choose another way to pay.", amount=money(left))
        case errors.AccountOverdue():
            return _("An invoice is overdue. Once it is paid, orders can be put on account again.")
        case errors.CreditInUse(used=used):
            return _("%(amount)s is open already: the limit cannot lie below that.", amount=money(used))
    return ""


def _about_packing(refusal: Refusal) -> str:
    match refusal:
        case errors.OrderChanged():
            return _("A colleague did something to this order meanwhile. Look at it again, then go on.")
        case errors.MoveNotAllowed():
            return _("This order stands elsewhere by now, so this cannot be done. Look at its history.")
        case errors.MoreThanLeft(left=left):
            return ngettext(
                "Only %(num)d piece of this line is left for that. Enter fewer.",
                "Only %(num)d pieces of this line are left for that. Enter fewer.",
                left,
            )
        case errors.NothingLeft():
            return _("Nothing is left for that. Enter at least one piece where there is something to do.")
        case errors.CodeNotRight():
            return _("This is not the pick-up code of the order. Ask for it again, or hand over with a reason.")
        case errors.MoneyNotTaken(due=due):
            return _("%(money)s is to be paid when the goods are handed over. Say how it was paid.", money=money(due))
        case errors.AddressMissing():
            return _("A parcel needs a name, an address and a town. Fill in what is missing.")
    return ""


def _about_delivery(refusal: Refusal) -> str:  # noqa: PLR0911 - one answer a refusal
    match refusal:
        case errors.NotJoinedFrom(open_to=()):
            return _("The club takes no new members at the moment.")
        case errors.NotJoinedFrom(open_to=open_to):
            return _(
                "Whoever joins lives in one of these countries: %(countries)s.",
                countries=listed_together([country_name(one) for one in open_to]),
            )
        case errors.NotSoldThere(country=country):
            return _("We do not sell to this country: %(country)s.", country=country_name(country))
        case errors.NotSentThere(country=country):
            return _(
                "We do not send to this country: %(country)s. Choose another address, or a pick-up.",
                country=country_name(country),
            )
        case errors.PhoneNeeded():
            return _("Enter a phone number: whoever brings the goods asks for one.")
        case errors.ValueTooHigh(most=most):
            return _(
                "A parcel to this country can hold goods of up to %(most)s. Take something out of the cart.",
                most=money(most),
            )
        case errors.AgeNotConfirmed(age=age):
            return _(
                "Tick the box to confirm the age of %(age)s years: something in the cart asks for it.", age=number(age)
            )
        case errors.BadDelivery(fault=fault):
            return fault_in_delivery(fault)
        case errors.ZoneInUse():
            return _("A way of delivery has a price for this zone. Take that price out first, then remove the zone.")
        case errors.RateTaken():
            return _("There is a rate for this place, class and day already. Remove it first, or choose another day.")
    return ""


def _about_offers(refusal: Refusal) -> str:  # noqa: PLR0911, PLR0912 - one answer a refusal
    match refusal:
        case errors.BadOffer(fault=fault):
            return str(FAULTS[fault])
        case errors.OfferNotOpen():
            return _("This offer does not run any more, or not yet. Look at the other offers.")
        case errors.OfferOfTier(rung_key=key):
            return _("This offer is for the tier %(tier)s and above.", tier=rung_name(key))
        case errors.OfferNotYours():
            return _("This offer is for members whom the club chose.")
        case errors.OfferUsedUp():
            return _("All of this offer was taken meanwhile. Look at the other offers.")
        case errors.OfferLimitReached(most=most):
            return ngettext(
                "You have had this offer %(num)d time, and that is the limit for one member.",
                "You have had this offer %(num)d times, and that is the limit for one member.",
                most,
            )
        case errors.OfferIsPublished():
            return _("Members have seen this offer. Its words, last day, limits and budget can change, nothing else.")
        case errors.UnknownVoucher():
            return _("No voucher has this code. Check it and enter it again.")
        case errors.VoucherNotOpen(state=state):
            return _voucher_is(state)
        case errors.TooManyVouchers(most=most):
            return ngettext(
                "%(num)d voucher fits into one cart. Remove it first.",
                "%(num)d vouchers fit into one cart. Remove one first.",
                most,
            )
        case errors.NotUsedHere():
            return _("This voucher is used elsewhere: its page says where.")
        case errors.NotForThatDay():
            return _("A voucher counts for a sale of today alone. Take the code out, or change the date.")
        case errors.NoticeIsWritten():
            return _("The mails are written already: this cannot be called off any more.")
        case errors.VoucherStays():
            return _("This can be taken back within 10 minutes and as long as it is unused. It stays active.")
    return ""


def _about_gifts(refusal: Refusal) -> str:
    match refusal:
        case errors.BadGiftRule(fault=fault):
            return str(GIFT_FAULTS[fault])
        case errors.BadLeads():
            return _("Write one to five numbers of days between 1 and 365, like 60, 30, 7.")
        case errors.BadKeptDay(fault="name"):
            return _("Write what the day is called, in at least one language, with at most 120 letters.")
        case errors.BadKeptDay(fault="words"):
            return _("Write at least one word by which the profession is known, with three letters or more.")
        case errors.BadKeptDay():
            return _("Choose a day that exists: a month and a day, or a month and its weekday.")
        case errors.GiftNotOpen():
            return _("This cannot be chosen any more: it was chosen before, or its last day is over.")
    return ""


def _voucher_is(state: str) -> str:
    match state:
        case "held":
            return _("This voucher belongs to an order that waits for its payment.")
        case "used":
            return _("This voucher was used already.")
        case "expired":
            return _("This voucher is over.")
    return _("This voucher is no longer good.")


def _about_orders(refusal: Refusal) -> str:  # noqa: PLR0911 - one answer a refusal
    match refusal:
        case errors.CartEmpty():
            return _("There is nothing in the cart to order.")
        case errors.TotalChanged(total=total):
            return _("The total is now %(total)s. Look at it, then place the order.", total=money(total))
        case errors.NoSuchDelivery():
            return _("This way of delivery is not open for these goods and this address. Choose another one.")
        case errors.PackedAlready():
            return _("The order is being packed or has left already, so it can no longer be cancelled.")
        case errors.NothingToCancel():
            return _("All of this order was given back, so nothing of it can be cancelled.")
        case errors.PaymentOpen():
            return _("A payment of this order is under way. Wait until it has ended.")
        case errors.OrderCancelled():
            return _("This order was cancelled.")
        case errors.NotTakenAgain():
            return _("This order was let go and cannot be taken up again.")
        case errors.TooMuchMoney(most=most):
            return _("At most %(amount)s is possible here.", amount=money(most))
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
        case errors.CurrencyLocked(currency=currency):
            return _("There are purchases in %(currency)s already, so the currency stays.", currency=currency)
        case errors.LegalTextMissing():
            return _("Fill in all three languages first: a text is published in all of them at once.")
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


def _about_pictures(refusal: Refusal) -> str:
    match refusal:
        case errors.BadPicture(why="bytes"):
            return _("The picture is larger than 15 MB. Save it smaller, then upload it.")
        case errors.BadPicture(why="pixels"):
            return _("The picture has too many pixels: at most 50 million as JPEG, 24 million as PNG or WebP.")
        case errors.BadPicture(why="small"):
            return _("The picture is too small. Use one of at least 300 pixels on each side.")
        case errors.BadPicture():
            return _("This is no picture that can be used. Save it as JPEG, PNG or WebP, then upload it.")
        case errors.StockMoved(variant_ids=moved):
            return ngettext(
                "The stock of %(num)d variant moved while it was counted. Look at its new figure and count it again.",
                "The stock of %(num)d variants moved while they were counted. Look at the new figures and count again.",
                len(moved),
            )
        case errors.PicturesNotDescribed():
            return _("A picture lacks its description. Describe every picture in all languages, then go live.")
    return ""


def _about_papers(refusal: Refusal) -> str:
    match refusal:
        case errors.PaperTooEarly():
            return _("This order is not paid yet. Its invoice is made when it is.")
        case errors.CreditTooHigh():
            return _("More would go back than the invoice came to. Look at what went back already.")
        case errors.PaperChanged():
            return _("What is kept of this paper is not what was issued, so it is not given out. Tell the club.")
        case errors.PressFailed():
            return _("The file could not be made now. Try again in a minute.")
    return ""


def _about_support(refusal: Refusal) -> str:
    match refusal:
        case errors.CustomerWrote():
            return _("Something was written since you opened this. Read it below, then send your words.")
        case errors.TakenMeanwhile():
            return _("Somebody else has this conversation by now. Look again, then decide.")
        case errors.RatedAlready():
            return _("This conversation is rated already, or it goes on.")
        case errors.SolvedAlready():
            return _("This was done already. Look at the conversation again.")
        case errors.BadAttachment():
            return _("Use a picture as JPEG, PNG or WebP, or a PDF of at most 5 MB.")
        case errors.TitleTaken():
            return _("Another saved answer has this title. Choose another one.")
    return ""


def _about_suggestions(refusal: Refusal) -> str:
    match refusal:
        case errors.SuggestionMoved():
            return _("A colleague has decided about it by now. Look again, then decide.")
        case errors.VotingOver():
            return _("This suggestion is not voted on any more.")
    return ""


def _about_leads(refusal: Refusal) -> str:  # noqa: PLR0911 - one answer a refusal
    match refusal:
        case errors.FormAddressWrong():
            return _("Use small letters, digits and single hyphens for the address, as in spring-fair.")
        case errors.FormAddressTaken():
            return _("Another form has this address. Choose another one.")
        case errors.FormFieldsMissing():
            return _("Let the form ask for an e-mail address or a phone number, each field once.")
        case errors.FormTextMissing():
            return _("Write the title and the words of consent in the main language of the club.")
        case errors.SameStageName():
            return _("Two stages have the same name in one language. Give each its own.")
        case errors.StageEndNeeded():
            return _("Choose a day to come, within a year, until which this stage holds.")
        case errors.StageMoved():
            return _("They stand at another stage by now. Look again, then choose.")
        case errors.SentTooFast():
            return _("That went very fast. Read it through, then send it once more.")
    return ""
