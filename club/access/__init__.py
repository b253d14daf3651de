"""Getting in: sign-in by any identifier, mailed link, reset, change of address, staff's invitations.

What the mails of this subject and of `joining` carry. Every link is `settings.base_url + data["path"] + secret`: the
path ends with a slash, the secret is the one-time token that stands in the message's `secret` column, and neither ever
comes from the request's Host header.

| act               | to                          | data                                   | secret |
|-------------------|-----------------------------|----------------------------------------|--------|
| join.confirm      | whoever asked to join       | path, name, hours                      | yes    |
| join.known        | a member who asks again     | path (signs in), name, minutes         | yes    |
| join.welcome      | a new member                | name, number (7F3K-92QD), points       | no     |
| signin.link       | the owner of the account    | path, name, minutes                    | yes    |
| password.reset    | the owner of the account    | path, name, minutes                    | yes    |
| password.changed  | the owner of the account    | name                                   | no     |
| email.change      | the new address             | path, name, hours                      | yes    |
| email.changed     | the old address             | name, new (shortened: a…@example.org)  | no     |
| account.…         | the owner of the account    | name; acts: see `service/telling.py`   | no     |
| claim.invitation  | a member without an account | path, name, number (7F3K-92QD), days   | yes    |
| staff.invitation  | a new member of staff       | path, name, role, hours                | yes    |

`name` may be empty. hours, minutes and days say how long the link lives. `points` of the welcome may be 0.
Occurrence: the first 32 hex digits of the link's digest; without a link the audit entry's or person's id.
"""
