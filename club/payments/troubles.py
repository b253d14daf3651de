"""What can go wrong between us and Stripe, sorted by what there is to do about it."""


class StripeTrouble(Exception):
    """Stripe did not do what was asked. `request_id` finds the call in Stripe's own log."""

    def __init__(self, said: str, *, code: str = "", request_id: str = "") -> None:
        super().__init__(said)
        self.code = code
        self.request_id = request_id


class Declined(StripeTrouble):
    """The buyer's bank said no: another card, or not at all. `code` is the bank's reason where it gave one."""


class TryLater(StripeTrouble):
    """The network or Stripe itself; nobody's fault, and worth another try.

    `is_outcome_unknown`: it may have been done. Then ask with the same idempotency key or read the object; never
    tell the buyer that it failed, and never use a new key before that.
    """

    def __init__(self, said: str, *, is_outcome_unknown: bool, code: str = "", request_id: str = "") -> None:
        super().__init__(said, code=code, request_id=request_id)
        self.is_outcome_unknown = is_outcome_unknown


NOT_UNDERSTOOD = "answer_not_understood"
NOT_PAYABLE = "amount_not_payable"
UNKNOWN = "resource_missing"
"""What Stripe says of an id that it does not know."""


class OurMistake(StripeTrouble):
    """Stripe refused what we asked; asking again changes nothing. `code` and `parameter` say what it was.

    `may_pass`: nothing is wrong with what was asked. The key is not taken, which the operator can mend, or the answer
    was not understood: then it may have been done.
    """

    def __init__(
        self, said: str, *, code: str = "", parameter: str = "", request_id: str = "", may_pass: bool = False
    ) -> None:
        super().__init__(said, code=code, request_id=request_id)
        self.parameter = parameter
        self.may_pass = may_pass
