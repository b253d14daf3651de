"""Refusals: what the club says no to, by name. Their words for people live in `web/messages.py`."""

from dataclasses import dataclass, fields
from datetime import date, datetime


class Refusal(Exception):
    """The club says no, and why.

    Refusals with values are dataclasses that are not frozen: Python sets `__traceback__` on an exception on its way.
    """

    def plain(self) -> str:
        """English for operators at the command line: the first line of the docstring and the values."""
        said = (self.__doc__ or type(self).__name__).strip().splitlines()[0].rstrip(".")
        values = [f"{f.name.replace('_', ' ')}: {getattr(self, f.name)}" for f in _fields_of(self)]
        return f"{said} ({', '.join(values)})." if values else f"{said}."

    def __str__(self) -> str:
        return self.plain()


def _fields_of(refusal: Refusal) -> tuple:  # type: ignore[type-arg]  # dataclass fields are generic in any
    return fields(refusal) if hasattr(refusal, "__dataclass_fields__") else ()  # type: ignore[arg-type]


class TransactionInProgress(Exception):
    """A use case was called inside another one's transaction: a mistake of ours, never of the user's."""


class NotAllowed(Refusal):
    """This account may not do that."""


class OwnMembership(Refusal):
    """Nobody records, adjusts or approves for their own membership: it takes a colleague."""


class NothingToTakeAway(Refusal):
    """No second step is set up, and passkeys that may be there were not to go."""


class NotFound(Refusal):
    """There is no such thing."""


# --- programme


class NoProgramme(Refusal):
    """The club is not set up yet: run `flask --app wsgi club init`."""


@dataclass(unsafe_hash=True)
class ContrastTooLow(Refusal):
    """This colour cannot be read on its ground."""

    name: str
    ratio_percent: int
    nearest: str


@dataclass(unsafe_hash=True)
class CurrencyLocked(Refusal):
    """The currency stays once there are amounts in it."""

    currency: str


class LegalTextMissing(Refusal):
    """A legal text is published in all languages at once."""


@dataclass(unsafe_hash=True)
class BadSetting(Refusal):
    """A setting of the club is not usable."""

    name: str
    why: str


# --- accounts and access


class WrongCredentials(Refusal):
    """Name and password do not belong together."""


@dataclass(unsafe_hash=True)
class TooManyTries(Refusal):
    """Too many tries; wait."""

    wait_seconds: int


class LinkExpired(Refusal):
    """This link was used already or is too old."""


@dataclass(unsafe_hash=True)
class PasswordTooShort(Refusal):
    """The password is too short."""

    least: int


@dataclass(unsafe_hash=True)
class PasswordTooLong(Refusal):
    """The password is too long."""

    most: int


class PasswordTooCommon(Refusal):
    """This password is among the first that anybody tries."""


class WrongCode(Refusal):
    """This code is not right, or was used already."""


class SecondFactorNeeded(Refusal):
    """Staff sign in with a second factor."""


class LastOwner(Refusal):
    """The club needs one owner who can sign in."""


class OnlyLooking(Refusal):
    """Whoever looks at the house as another role changes nothing."""


class EmailTaken(Refusal):
    """This address belongs to somebody else."""


class BadEmail(Refusal):
    """This is not an e-mail address."""


class TermsNotAccepted(Refusal):
    """The terms and the privacy notice have to be accepted."""


# --- members


class UnknownMember(Refusal):
    """No member has this number, address, phone or card."""


class NameMissing(Refusal):
    """A person needs a name."""


class ContactMissing(Refusal):
    """A person needs an e-mail address or a phone number."""


class BadPhone(Refusal):
    """This is not a phone number."""


class BadBirthday(Refusal):
    """There is no such day."""


@dataclass(unsafe_hash=True)
class BirthdayFixed(Refusal):
    """The day was moved as often as a member may, or too lately."""

    until: datetime | None


@dataclass(unsafe_hash=True)
class TooManyInterests(Refusal):
    """So many things at most."""

    most: int


@dataclass(unsafe_hash=True)
class LeavingOpen(Refusal):
    """Something has to come to its end before a member can leave. Owed in minor units."""

    orders: int
    owed: int
    seats: int
    returns: int = 0


class PasskeyRefused(Refusal):
    """What a device answered opens nothing: too late, for another site or session, copied, or not known here."""


class PasskeyNameMissing(Refusal):
    """A passkey needs a name to be told from others."""


@dataclass(unsafe_hash=True)
class TooManyPasskeys(Refusal):
    """An account has at most so many."""

    most: int


class SignsInWithAddress(Refusal):
    """Somebody signs in with this address and changes it themselves."""


@dataclass(unsafe_hash=True)
class ChangedMeanwhile(Refusal):
    """Somebody else changed this meanwhile."""

    fields: tuple[str, ...]


class IdentifierMissing(Refusal):
    """A card or an id of another system needs letters or digits."""


class SourceMissing(Refusal):
    """A yes or no needs its source."""


class ViewNameMissing(Refusal):
    """A saved view needs a name."""


class ViewTooLong(Refusal):
    """This list has too long an address to be kept."""


class BadTag(Refusal):
    """A tag needs a few letters."""


@dataclass(unsafe_hash=True)
class AlreadyKnown(Refusal):
    """Somebody with this contact is known already."""

    member_number: str


# --- purchases


@dataclass(unsafe_hash=True)
class AmountOutOfRange(Refusal):
    """The amount is below zero or larger than any sale."""

    amount: int


class DateInFuture(Refusal):
    """A purchase cannot lie in the future."""


class DateTooOld(Refusal):
    """The date lies before anything the club could know."""


@dataclass(unsafe_hash=True)
class LinesDoNotAddUp(Refusal):
    """The lines do not add up to the amount."""

    in_lines: int
    amount: int


@dataclass(unsafe_hash=True)
class ReferenceTaken(Refusal):
    """Another purchase has this reference."""

    reference: str


class SavedAlready(Refusal):
    """What this form was sent with before has been saved, and it was something else."""


@dataclass(unsafe_hash=True)
class UnknownReference(Refusal):
    """No purchase has this reference."""

    reference: str


@dataclass(unsafe_hash=True)
class MoreThanBought(Refusal):
    """More would be given back than was bought."""

    left: int


@dataclass(unsafe_hash=True)
class MoreUnitsThanBought(Refusal):
    """More pieces of a line would be given back than were bought."""

    position: int
    left: int


# --- points


@dataclass(unsafe_hash=True)
class NotEnoughPoints(Refusal):
    """The member has fewer points than that."""

    have: int
    need: int


@dataclass(unsafe_hash=True)
class MorePointsThanSale(Refusal):
    """Points cannot pay more than the sale costs."""

    most: int


class HoldEnded(Refusal):
    """These held points were spent or released already."""


class ReasonMissing(Refusal):
    """A change by hand needs a reason."""


@dataclass(unsafe_hash=True)
class PointsOutOfRange(Refusal):
    """Not a usable number of points."""

    points: int


class AlreadyPosted(Refusal):
    """This was booked already."""


@dataclass(unsafe_hash=True)
class SecondApproverNeeded(Refusal):
    """So many points at once need somebody with more rights."""

    limit: int


# --- tiers and earning rules


@dataclass(unsafe_hash=True)
class BadLadder(Refusal):
    """The tier ladder does not hold together."""

    why: str


@dataclass(unsafe_hash=True)
class UnknownRung(Refusal):
    """The ladder has no such rung."""

    key: str


class EndNotAhead(Refusal):
    """A tier given by hand ends on a later day."""


class StartNotAhead(Refusal):
    """A ladder starts today or later, and can be taken back until the day before."""


class LadderChanged(Refusal):
    """Somebody else saved or withdrew a ladder meanwhile."""


@dataclass(unsafe_hash=True)
class BadRule(Refusal):
    """The earning rule does not hold together."""

    why: str


class RateStartsThen(Refusal):
    """Another base rate starts on that day."""


class RulesChanged(Refusal):
    """Somebody else added or ended an earning rule meanwhile."""


class RuleEnded(Refusal):
    """This earning rule is over already."""


# --- benefits


class BenefitNameMissing(Refusal):
    """A benefit needs a name."""


@dataclass(unsafe_hash=True)
class BenefitNotTheirs(Refusal):
    """The tier of that day does not get this benefit."""

    rung_key: str


@dataclass(unsafe_hash=True)
class BenefitUsedUp(Refusal):
    """All uses of the year are used."""

    times: int


@dataclass(unsafe_hash=True)
class CellMissing(Refusal):
    """What a tier gets of a benefit needs its amount, its number of times or its words."""

    rung_key: str


# --- care


class NothingWritten(Refusal):
    """There are no words to keep."""


@dataclass(unsafe_hash=True)
class CardFull(Refusal):
    """The preferences card has as many lines as it may have."""

    most: int


@dataclass(unsafe_hash=True)
class TextTooLong(Refusal):
    """The text is too long."""

    most: int


class DirectionMissing(Refusal):
    """It has to be said who called or wrote: the customer or the club."""


class DayInPast(Refusal):
    """This day is over."""


class DayTooFar(Refusal):
    """This day lies too far ahead."""


class LastDayBeforeFirst(Refusal):
    """The last day lies before the first one."""


class NotOnStaff(Refusal):
    """Nobody who works for the club has this account."""


class OwnSuccessor(Refusal):
    """Nobody takes over from themselves."""


class ClosedAlready(Refusal):
    """Somebody else has closed this in the meantime."""


@dataclass(unsafe_hash=True)
class OpenItems(Refusal):
    """Somebody with customers, tasks, promises, cases or questions needs a successor before they leave."""

    customers: int
    tasks: int
    commitments: int
    cases: int = 0
    questions: int = 0


class NoAddress(Refusal):
    """There is no address to write to."""


class Objected(Refusal):
    """The customer does not want to be contacted this way."""


# --- four eyes and merging


class OwnRequest(Refusal):
    """Nobody says yes or no to their own request."""


class AlreadyDecided(Refusal):
    """This request does not wait any more."""


class AlreadyMerged(Refusal):
    """One of the two was merged into somebody already."""


class MemberStays(Refusal):
    """Of a member and somebody who is none the member's record stays."""


class MergedSince(Refusal):
    """A record that came with the import, or got points by it, became part of another one since."""


class SameStageName(Refusal):
    """Two stages would be called the same in one language."""


class ImportBeingUndone(Refusal):
    """Records that came with an import are being taken back at this moment: none of them is moved meanwhile."""


class SamePerson(Refusal):
    """These are not two people."""


class PointsSetAside(Refusal):
    """Points of one of the two are set aside for an open order."""


class StaffAccount(Refusal):
    """The sign-in that would be switched off belongs to somebody who works for the club."""


class UndoTooLate(Refusal):
    """So long after a merge it cannot be undone."""


class PointsMovedSince(Refusal):
    """Points that came with the merge were spent, taken or paid a debt since."""


class MergedOn(Refusal):
    """The record was itself merged into another one since."""


class ContactTakenSince(Refusal):
    """The number, address or sign-in of the former record belongs to somebody else by now."""


# --- messages


@dataclass(unsafe_hash=True)
class UnknownField(Refusal):
    """This mail has no such field."""

    field: str
    known: tuple[str, ...]


class NotOneLine(Refusal):
    """The text has line ends or signs that no mail can carry there."""


class TextChanged(Refusal):
    """Somebody else saved these words in the meantime."""


class MessageMoved(Refusal):
    """The message is in another state by now."""


class LinkGone(Refusal):
    """The one-time link of this message was destroyed."""


class MessageForSafety(Refusal):
    """A message that somebody asked for, or that warns them, is not cancelled."""


# --- imports and backups


@dataclass(unsafe_hash=True)
class BadFile(Refusal):
    """The file cannot be used."""

    why: str


@dataclass(unsafe_hash=True)
class FileTooLarge(Refusal):
    """The file is too large."""

    most_bytes: int


class ImportMovedOn(Refusal):
    """This import is further than the page showed, or somebody else went on with it."""


@dataclass(unsafe_hash=True)
class TooManyErrors(Refusal):
    """So many rows cannot be used that the import stops until somebody says that it may go on."""

    errors: int


class TooLateToUndo(Refusal):
    """This import can no longer be taken back."""


@dataclass(unsafe_hash=True)
class BadBackup(Refusal):
    """This is not a whole backup."""

    why: str


# --- figures and lost customers


class BadRhythm(Refusal):
    """The rule for who is late: 1 to 10 times the usual gap, and 1 to 3,650 days at least."""


class BadWatch(Refusal):
    """The rule for who is slipping away: 30 to 365 days, less by 10 to 95 %, 1.1 to 10 times the usual gap."""


class CaseChanged(Refusal):
    """Somebody else moved this case meanwhile."""


class CaseNotOpen(Refusal):
    """This case has ended."""


class CauseNeeded(Refusal):
    """A case is closed with its cause, or with the words that nobody knows it."""


class ReturnDayNeeded(Refusal):
    """A temporary absence needs a day, still to come, on which the case comes back."""


# --- pictures of products


@dataclass(unsafe_hash=True)
class BadPicture(Refusal):
    """The picture cannot be used: too many bytes or pixels, too small, or of no kind that is taken."""

    why: str


class PicturesNotDescribed(Refusal):
    """A product goes live when every picture of it is described in all languages."""


@dataclass(unsafe_hash=True)
class StockMoved(Refusal):
    """Goods came or went while somebody counted."""

    variant_ids: tuple[int, ...]


# --- catalogue


@dataclass(unsafe_hash=True)
class BadProduct(Refusal):
    """The product does not hold together."""

    place: str
    fault: str
    detail: str = ""


@dataclass(unsafe_hash=True)
class BadPrice(Refusal):
    """The price does not hold together."""

    fault: str
    detail: str = ""


@dataclass(unsafe_hash=True)
class SkuTaken(Refusal):
    """Another variant has this SKU."""

    sku: str


@dataclass(unsafe_hash=True)
class SlugTaken(Refusal):
    """Another page of the shop has this address, or had it."""

    slug: str


class CategoryInUse(Refusal):
    """A category is removed once nothing stands in it or below it."""


class CategoryInItself(Refusal):
    """A category cannot stand below itself."""


class ProductNotReady(Refusal):
    """A product goes live with a price for each active variant."""


@dataclass(unsafe_hash=True)
class OutOfStock(Refusal):
    """So many are not there."""

    variant_id: int
    left: int


@dataclass(unsafe_hash=True)
class LimitReached(Refusal):
    """No member can have more of this product."""

    product_id: int
    left: int


@dataclass(unsafe_hash=True)
class RowsNotUsable(Refusal):
    """Some rows cannot be used, so nothing of the file was taken in."""

    rows: int


class AlreadyThere(Refusal):
    """It is in stock: there is nothing to wait for."""


# --- returns


@dataclass(unsafe_hash=True)
class CannotComeBack(Refusal):
    """Goods that the law lets nobody give back, unless something is wrong with them."""

    line: int
    """Which line of the order, from 1."""
    why: str


@dataclass(unsafe_hash=True)
class EnoughPhotos(Refusal):
    """A return has as many photos as it can have, or is over."""

    most: int


class NothingComesBack(Refusal):
    """A return needs one piece at least."""


class NotSentYet(Refusal):
    """These pieces were not sent yet: they are cancelled, not returned."""


class NotPaidYet(Refusal):
    """Nothing was bought yet: the order waits for its payment and can be cancelled."""


@dataclass(unsafe_hash=True)
class ReturnPeriodOver(Refusal):
    """The time for giving goods back is over."""

    last_day: date


@dataclass(unsafe_hash=True)
class ReturnMovedOn(Refusal):
    """Somebody else moved this return on meanwhile."""

    state: str


@dataclass(unsafe_hash=True)
class MoreThanCameBack(Refusal):
    """More pieces arrived than were asked for: begin another return for them."""

    most: int


# --- corrective actions


class MeasureMoved(Refusal):
    """This corrective action is in another state by now."""


class EffectDayNeeded(Refusal):
    """A corrective action needs a day on which its effect is looked at, and is closed with the day on which it was."""


# --- carts


class NoLongerSold(Refusal):
    """This thing is not sold, or not to this shopper."""


class MembersOnly(Refusal):
    """Only members can buy it."""


@dataclass(unsafe_hash=True)
class TooManyPieces(Refusal):
    """More pieces than one line of a cart holds."""

    most: int


@dataclass(unsafe_hash=True)
class NotInStep(Refusal):
    """It is sold in so many at once."""

    step: int


@dataclass(unsafe_hash=True)
class CartFull(Refusal):
    """A cart holds so many different things."""

    most: int


class CartFrozen(Refusal):
    """A payment for this cart is open: until it ends, nothing in the cart changes."""


@dataclass(unsafe_hash=True)
class PointsOutOfStep(Refusal):
    """Points are used in whole steps."""

    step: int


# --- paying


class NotPayable(Refusal):
    """This order waits for no payment by card, or no longer."""


@dataclass(unsafe_hash=True)
class RefundTooHigh(Refusal):
    """More would go back than came in and is still there."""

    left: int


class NotAllowedOnAccount(Refusal):
    """This member does not buy on account."""


@dataclass(unsafe_hash=True)
class CreditExceeded(Refusal):
    """More than may be put on account at a time."""

    left: int


class AccountOverdue(Refusal):
    """An invoice is overdue: until it is paid, nothing more goes on account."""


@dataclass(unsafe_hash=True)
class CreditInUse(Refusal):
    """The limit lies below what is open already."""

    used: int


# --- packing and sending orders


class OrderChanged(Refusal):
    """Somebody else did something to this order since it was shown."""


@dataclass(unsafe_hash=True)
class MoveNotAllowed(Refusal):
    """An order that stands there does not move so."""

    move: str
    stands: str


@dataclass(unsafe_hash=True)
class MoreThanLeft(Refusal):
    """A line has not so many pieces left to pack, to send or to unpack."""

    line_id: int
    left: int


class NothingLeft(Refusal):
    """Nothing of the order is left to pack, to send or to unpack."""


class CodeNotRight(Refusal):
    """This is not the pick-up code of the order."""


@dataclass(unsafe_hash=True)
class MoneyNotTaken(Refusal):
    """The money of this order is taken when it is handed over."""

    due: int


class AddressMissing(Refusal):
    """A parcel needs a name, an address and a town."""


# --- delivery


@dataclass(unsafe_hash=True)
class NotJoinedFrom(Refusal):
    """Only people of some countries may join."""

    open_to: tuple[str, ...]


@dataclass(unsafe_hash=True)
class NotSoldThere(Refusal):
    """The club sells nothing to people of this country."""

    country: str


@dataclass(unsafe_hash=True)
class NotSentThere(Refusal):
    """The club sends nothing into this country."""

    country: str


class PhoneNeeded(Refusal):
    """Whoever brings the goods asks for a telephone number."""


@dataclass(unsafe_hash=True)
class ValueTooHigh(Refusal):
    """No parcel into this country is worth so much."""

    most: int


@dataclass(unsafe_hash=True)
class AgeNotConfirmed(Refusal):
    """The buyer has to say that they are old enough."""

    age: int


@dataclass(unsafe_hash=True)
class BadDelivery(Refusal):
    """What staff wrote about delivery, taxes or countries does not hold together."""

    place: str
    fault: str


class ZoneInUse(Refusal):
    """A zone is removed once no way of delivery has a price into it."""


class RateTaken(Refusal):
    """There is a rate for this place, this class and this day already."""


# --- offers


@dataclass(unsafe_hash=True)
class BadOffer(Refusal):
    """This offer cannot be meant."""

    fault: str


class OfferNotOpen(Refusal):
    """This offer does not run."""


@dataclass(unsafe_hash=True)
class OfferOfTier(Refusal):
    """This offer is for members of a tier and above."""

    rung_key: str


class OfferNotYours(Refusal):
    """This offer is for members whom the club chose."""


class OfferUsedUp(Refusal):
    """All of this offer was taken."""


@dataclass(unsafe_hash=True)
class OfferLimitReached(Refusal):
    """One member can have no more of this offer."""

    most: int


class OfferIsPublished(Refusal):
    """What members have seen of an offer stays as it is."""


class UnknownVoucher(Refusal):
    """No voucher of this member has this code."""


@dataclass(unsafe_hash=True)
class VoucherNotOpen(Refusal):
    """This voucher was used, is over, or waits in an order."""

    state: str


@dataclass(unsafe_hash=True)
class TooManyVouchers(Refusal):
    """So many vouchers fit into one cart."""

    most: int


class NotUsedHere(Refusal):
    """This voucher is used elsewhere."""


class NotForThatDay(Refusal):
    """A voucher counts for a sale of today alone."""


class VoucherStays(Refusal):
    """What was activated can be taken back for a few minutes only."""


# --- events


@dataclass(unsafe_hash=True)
class BadEvent(Refusal):
    """This event cannot be meant."""

    fault: str


@dataclass(unsafe_hash=True)
class EventNotOpen(Refusal):
    """This event takes no answers: it is not published, was called off, or has begun."""

    state: str


class AnswersClosed(Refusal):
    """The time to answer is over."""


@dataclass(unsafe_hash=True)
class EventNotForYou(Refusal):
    """This event is for others: a tier and above, or whoever was invited."""

    rung_key: str | None


@dataclass(unsafe_hash=True)
class EventOpensLater(Refusal):
    """This event can be booked later."""

    at: datetime


@dataclass(unsafe_hash=True)
class EventFull(Refusal):
    """There are not so many seats left; one may wait in line."""

    left: int
    place: int


@dataclass(unsafe_hash=True)
class TooManyGuests(Refusal):
    """So many guests may come along at most."""

    most: int


@dataclass(unsafe_hash=True)
class NeedTooLong(Refusal):
    """These words are too long."""

    most: int


@dataclass(unsafe_hash=True)
class SeatsBelowTaken(Refusal):
    """More seats are taken than that."""

    taken: int


class EventIsPublished(Refusal):
    """What a place costs stays as it is once an event is published."""


class NoOfferedPlace(Refusal):
    """No place is held any more; whoever is next in line has it."""


class GuestIsIn(Refusal):
    """Whoever is in keeps the place: take the entry back first."""


class NoGuestsLeft(Refusal):
    """All guests of this party are in."""


class NotInYet(Refusal):
    """Nobody was let in with this ticket."""


class NobodyToInvite(Refusal):
    """There is nobody whom this would invite."""


@dataclass(unsafe_hash=True)
class TooManyPictures(Refusal):
    """So many pictures belong to one event at most."""

    most: int


class WaveIsWritten(Refusal):
    """These invitations are on their way already."""


class NoticeIsWritten(Refusal):
    """Members are told of this offer already."""


# --- gifts


class BadLeads(Refusal):
    """These are no days before something."""


@dataclass(unsafe_hash=True)
class BadKeptDay(Refusal):
    """This day cannot be meant: its name, its date or its words."""

    fault: str


@dataclass(unsafe_hash=True)
class BadGiftRule(Refusal):
    """This rule of gifts cannot be meant."""

    fault: str


class GiftNotOpen(Refusal):
    """This can no longer be chosen or noted."""


# --- orders


class CartEmpty(Refusal):
    """There is nothing in the cart to order."""


@dataclass(unsafe_hash=True)
class TotalChanged(Refusal):
    """The order costs something else by now; nothing was ordered."""

    total: int


class NoSuchDelivery(Refusal):
    """This way of delivery is not offered for these goods and this place."""


class PackedAlready(Refusal):
    """Something of the order is packed, or the order has ended: it is no longer cancelled."""


class NothingToCancel(Refusal):
    """All of the order was given back before: nothing of it can be cancelled."""


class PaymentOpen(Refusal):
    """A payment of this order is under way: it ends first."""


class OrderCancelled(Refusal):
    """This order was cancelled."""


class NotTakenAgain(Refusal):
    """An order that was let go cannot be taken up again."""


@dataclass(unsafe_hash=True)
class TooMuchMoney(Refusal):
    """More money than that is not due, or did not come in."""

    most: int


# --- friends


@dataclass(unsafe_hash=True)
class BadReferralTerms(Refusal):
    """What bringing a friend brings cannot be written down so."""

    fault: str


@dataclass(unsafe_hash=True)
class WaitTooShort(Refusal):
    """The reward would come before the goods can no longer be returned."""

    least_days: int


class ReferralsClosed(Refusal):
    """The club rewards nobody for bringing friends at present."""


# --- papers


class PaperTooEarly(Refusal):
    """This order is not settled: there is nothing to invoice yet."""


class CreditTooHigh(Refusal):
    """More would go back than the paper came to."""


class PaperChanged(Refusal):
    """What is kept of this paper is not what was issued."""


@dataclass(unsafe_hash=True)
class PressFailed(Refusal):
    """The file of the paper could not be made."""

    why: str


# --- leads


class FormAddressWrong(Refusal):
    """The address of a form has small letters, digits and single hyphens."""


class FormAddressTaken(Refusal):
    """Another form has this address."""


class FormFieldsMissing(Refusal):
    """A form has to ask for an e-mail address or a phone number."""


class FormTextMissing(Refusal):
    """A form needs its title and its words of consent in the club's main language."""


class StageEndNeeded(Refusal):
    """A stage set by hand needs a day to come on which the rules count again."""


class StageMoved(Refusal):
    """This person stands at another stage by now."""


class SentTooFast(Refusal):
    """The form came back faster than anybody fills it in."""


# --- support


class CustomerWrote(Refusal):
    """There are words in this conversation that whoever answers has not seen."""


class TakenMeanwhile(Refusal):
    """Somebody else has taken this conversation, or given it away."""


class RatedAlready(Refusal):
    """A conversation is rated once, when it is solved."""


class SolvedAlready(Refusal):
    """There is nothing left to solve, or to open again."""


class BadAttachment(Refusal):
    """This file cannot be sent along: neither a picture nor a PDF, or too large."""


class SuggestionMoved(Refusal):
    """A colleague has decided about this suggestion by now, or joined it to another one."""


class VotingOver(Refusal):
    """This suggestion is not voted on any more: it has ended, was joined to an equal one or withdrawn."""


class TitleTaken(Refusal):
    """Another saved answer has this title."""


# --- exchanges


@dataclass(unsafe_hash=True)
class ExchangeNeedsAge(Refusal):
    """What goes out asks for an age that nobody confirmed, neither with the first order nor when it was asked for."""

    age: int


@dataclass(unsafe_hash=True)
class DifferenceNotPayable(Refusal):
    """What goes out costs more than what came back, and nothing takes the rest: the club takes no cards."""

    amount: int


# --- articles


@dataclass(unsafe_hash=True)
class BadArticle(Refusal):
    """This article cannot be meant."""

    fault: str


class ArticleNotPublished(Refusal):
    """Nobody sees this article anyway."""


class CommentsClosed(Refusal):
    """The club takes no comments."""


class CommentMissing(Refusal):
    """A comment needs words, and not too many."""


# --- points passed on


class TransfersClosed(Refusal):
    """Points cannot be passed on: the club does not allow it, or this member cannot."""


@dataclass(unsafe_hash=True)
class TransferTooEarly(Refusal):
    """New members wait until this day."""

    first_day: date


@dataclass(unsafe_hash=True)
class TransferPaused(Refusal):
    """Password or address were changed a moment ago; nothing leaves the account until then."""

    until: datetime


@dataclass(unsafe_hash=True)
class TransferTooMuch(Refusal):
    """More than one may pass on at once, in a month or in a year; so many are left."""

    left: int


class UnknownReceiver(Refusal):
    """No member with this number and this name can get points now. It is not told which of it is wrong."""


class MinorsNotKept(Refusal):
    """The club keeps nothing about people under 18."""


class GuardianNotAdult(Refusal):
    """Only an adult whose own birthday is known names a minor."""


class NotAnsweredFor(Refusal):
    """Whoever names a minor says that they answer for them."""


@dataclass(unsafe_hash=True)
class FamilyFull(Refusal):
    """So many may be named, no more."""

    most: int


class TransferUndone(Refusal):
    """These points are back already, or both records became one."""


class HouseholdsClosed(Refusal):
    """The club has no households."""


class SoughtMissing(Refusal):
    """Whom to ask has to be said: an address or a number."""


class OwnInvitation(Refusal):
    """Nobody asks themselves into a household."""


class NoHousehold(Refusal):
    """This member belongs to no household."""


class AlreadyInHousehold(Refusal):
    """One household a member: they have to leave the other one first."""


class InvitationGone(Refusal):
    """It has ended, was taken back, or was answered."""


@dataclass(unsafe_hash=True)
class HouseholdFull(Refusal):
    """So many may belong to it, with those who are asked."""

    most: int
