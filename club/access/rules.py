"""Where mailed links lead, below the club's address, and how addresses are shown to others."""

PATHS = {
    "join": "/join/confirm/",
    "sign_in": "/sign-in/link/",
    "reset": "/sign-in/reset/",
    "email": "/me/email/confirm/",
    "claim": "/join/claim/",
    "staff": "/admin/invitation/",
}
"""Purpose of a link → its page. The token follows the last slash."""


def shortened(email: str) -> str:
    """a…@example.org: enough for its owner to know it, too little for anybody else."""
    name, _, host = email.rpartition("@")
    return f"{name[:1]}…@{host}"
