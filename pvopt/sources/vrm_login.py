"""Speaking to the VRM portal: who we are, and what its refusals mean.

An access token is sent as ``X-Authorization: Token …``. With user and password a JSON login
brings a bearer token; it is renewed before it expires, and after a 401 exactly once.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from pvopt.errors import SourceError
from pvopt.links.http import (
    DEFAULT_DEADLINE_S,
    Answer,
    HttpError,
    Params,
    get_json,
    plain_text,
    post_json,
)

TOKEN_ADVICE = "use an access token: VRM → Preferences → Integrations → Access tokens"
RENEW_BEFORE_S = 120.0
UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 401, 403, 404


class RefusedError(SourceError):
    """The portal knows us and says no: trying again soon is no use."""


class VrmPortal:
    """Authorised requests to one portal. Raises SourceError; RefusedError when it says no."""

    def __init__(
        self,
        url: str,
        token: str = "",
        user: str = "",
        password: str = "",
        deadline_s: float = DEFAULT_DEADLINE_S,
    ) -> None:
        self.url = url.rstrip("/")
        self._token = token.strip()
        self._user = user
        self._password = password
        self._deadline_s = deadline_s
        self._bearer = ""
        self._bearer_ends_utc_s = 0.0

    def get(self, path: str, params: Params | None, utc_s: float) -> Answer:
        """GET ``path`` below the portal's address; the answer's JSON is an object."""
        header = self.authorization(utc_s)
        try:
            return self._get(path, params, header)
        except HttpError as fault:
            if fault.status != UNAUTHORIZED:
                raise self._words(fault) from None
            if self._token:
                raise RefusedError(f"the portal refused the access token; {TOKEN_ADVICE}") from None
        self.forget()
        header = self.authorization(utc_s)
        try:
            return self._get(path, params, header)
        except HttpError as fault:
            if fault.status != UNAUTHORIZED:
                raise self._words(fault) from None
            self.forget()
            raise RefusedError(
                f"the portal refused us again after a new login; {TOKEN_ADVICE}"
            ) from None

    def authorization(self, utc_s: float) -> str:
        """The header's text: ``Token …`` or ``Bearer …``; logs in when that is needed."""
        if self._token:
            kind = "Bearer" if self._token.count(".") == 2 else "Token"
            return f"{kind} {self._token}"
        if not (self._user and self._password):
            raise RefusedError("neither an access token nor user and password are configured")
        if not self._bearer or utc_s > self._bearer_ends_utc_s - RENEW_BEFORE_S:
            self._login()
        return f"Bearer {self._bearer}"

    def forget(self) -> None:
        """Drop the bearer token; the next request logs in anew."""
        self._bearer = ""

    def _get(self, path: str, params: Params | None, header: str) -> Answer:
        answer = get_json(
            f"{self.url}/{path}", params, {"X-Authorization": header}, self._deadline_s
        )
        if not isinstance(answer.json, Mapping):
            raise SourceError("the portal's answer is not what its interface promises")
        if answer.json.get("success") is False:
            raise SourceError(f"the portal could not answer: {self._own_words(answer.json)}")
        return answer

    def _login(self) -> None:
        body = {"username": self._user, "password": self._password}
        try:
            answer = post_json(f"{self.url}/auth/login", body, None, self._deadline_s).json
        except HttpError as fault:
            if fault.status in (UNAUTHORIZED, FORBIDDEN):
                raise RefusedError(self._login_words(fault.json)) from None
            raise self._words(fault) from None
        token = answer.get("token") if isinstance(answer, Mapping) else None
        if not isinstance(token, str) or not token:
            raise RefusedError(self._login_words(answer))
        self._bearer = token
        self._bearer_ends_utc_s = jwt_expiry_utc_s(token)

    def _login_words(self, answer: Any) -> str:
        if _wants_second_factor(answer):
            return f"this account has two-factor authentication; {TOKEN_ADVICE}"
        return f"the portal refused user or password; check them, or {TOKEN_ADVICE}"

    def _words(self, fault: HttpError) -> SourceError:
        """The fault in words for an owner; keeps how long to wait."""
        if fault.status == FORBIDDEN:
            return RefusedError("the portal gives this account no access to the installation")
        if fault.status == NOT_FOUND:
            return RefusedError("the portal does not know this address or installation")
        own = self._own_words(fault.json)
        words = f"{fault} ({own})" if own else str(fault)
        return HttpError(words, fault.status, fault.retry_after_s)

    def _own_words(self, answer: Any) -> str:
        """What the portal says itself, without our secrets should it echo them."""
        errors = answer.get("errors") if isinstance(answer, Mapping) else None
        text = plain_text(errors) if errors else ""
        for secret in (self._token, self._bearer, self._password, self._user):
            if secret:
                text = text.replace(secret, "…")
        return text


def _wants_second_factor(answer: Any) -> bool:
    if not isinstance(answer, Mapping):
        return False
    mode = str(answer.get("verification_mode") or "").lower()
    if mode not in {"", "password", "none"} or answer.get("verification_sent"):
        return True
    text = json.dumps(answer, default=str).lower()
    return any(mark in text for mark in ("2fa", "two-factor", "two factor", "sms_token", "totp"))


def jwt_expiry_utc_s(token: str) -> float:
    """The ``exp`` claim of a JSON web token (RFC 7519); infinite when it has none."""
    parts = token.split(".")
    if len(parts) != 3:
        return float("inf")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return float(claims["exp"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        return float("inf")
