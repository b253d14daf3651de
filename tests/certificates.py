"""A certificate that nobody knows, for servers of tests that speak TLS."""

import shutil
import ssl
import subprocess
from pathlib import Path

from tests.not_run import must_not_be_missing


def certificate_in(folder: Path) -> Path:
    """Key and certificate for this machine, signed by itself: `localhost.pem` and `localhost.crt`."""
    openssl = shutil.which("openssl") or must_not_be_missing("openssl, which makes the certificate")
    made = folder / "localhost.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", made, "-out", made.with_suffix(".crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


def speaking_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.with_suffix(".crt"), certificate)
    return context
