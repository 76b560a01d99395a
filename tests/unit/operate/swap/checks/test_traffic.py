"""Requests to a colour's own port that fail: the refusal says where, which request, and what helps."""

import httpx
import pytest

from operate.servers.pinned_transport import ForeignOriginError
from operate.swap.checks.traffic import _refusals_at
from operate.swap.interfaces import RefusedError

REQUEST = httpx.Request("GET", "http://127.0.0.1:5000/v2/")


def test_a_colour_that_does_not_answer_is_named_with_what_shows_its_container() -> None:
    """A killed container failed the gate of each swap, and only the doctor had its remedy."""
    text = r"dal05 modern: GET /v2/: Server disconnected.*; `operate doctor ENV` shows whether"
    with pytest.raises(RefusedError, match=text), _refusals_at("dal05 modern"):
        raise httpx.RemoteProtocolError("Server disconnected", request=REQUEST)


def test_an_answer_that_leads_elsewhere_is_no_container_that_has_stopped() -> None:
    with pytest.raises(RefusedError) as refused, _refusals_at("dal05 modern"):
        raise ForeignOriginError("leads to another origin")
    assert str(refused.value) == "dal05 modern: leads to another origin"
