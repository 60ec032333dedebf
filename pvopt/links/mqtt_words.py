"""Why there is no connection to a broker, in words for its owner."""

from __future__ import annotations

import socket
import ssl


def words_of(fault: Exception, broker: str) -> str:
    """Why there is no connection, for the owner; never more of an exception than is known safe."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        reason = getattr(fault, "verify_message", None) or "no reason given"
        return f"the certificate of {broker} is not trusted: {reason}"
    if isinstance(fault, ssl.SSLError):
        # Only those of the library itself have a reason.
        reason = getattr(fault, "reason", None) or "no reason given"
        return f"{broker} does not speak TLS as we do ({reason})"
    if isinstance(fault, ConnectionRefusedError):
        return f"nobody listens at {broker}: is the broker running, and is that its port?"
    if isinstance(fault, socket.gaierror | ValueError):
        return f"the name of the broker {broker} is not known"
    if isinstance(fault, TimeoutError):
        return f"no answer from {broker}"
    if isinstance(fault, OSError) and fault.strerror:
        return f"no connection to {broker}: {fault.strerror.lower()}"
    return f"no connection to {broker} ({type(fault).__name__})"
