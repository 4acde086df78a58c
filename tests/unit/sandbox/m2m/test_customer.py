"""The steps of a link: none can be skipped, none is asked for twice."""

import pytest

from lola.sandbox.m2m import FieldsError, LinkGoneError, StepMissingError, UserBlockedError
from lola.sandbox.m2m.errors import InvalidRequestError, UnknownResourceError
from tests.unit.sandbox.m2m.conftest import AMOUNT, BANK, DEVICE, WHOLE

TYPED = {
    "name.firstName": "Ana",
    "name.secondName": "",
    "name.lastName": "Ruiz",
    "name.secondLastName": "Paz",
    "idNumber": "GAPA900515HDFRRL09",
    "idType": "CURP",
    "dob": "1990-05-15",
}
CARD = {"token": "tok_sandbox_a8Kq2Lw91tZ", "brand": "Visa", "last_four": "4242"}


def test_the_whole_road(platform, make, state):
    """Data, identity, payout, card, review: each step leads to the next
    (reference/m2m.md 4.2, 5.1).
    """
    customer, link = platform.customer, make()
    assert state(link) == "pending"
    link = customer.open(link, DEVICE)
    assert (customer.where(link), state(link)) == ("data", "data_incomplete")
    customer.submit(link, TYPED)
    assert (customer.where(link), state(link)) == ("identity", "data_complete")
    assert customer.scan(link).status == "pending"
    assert state(link) == "cip_pending"
    assert customer.prove_liveness(link).status == "verified"
    assert (customer.where(link), state(link)) == ("payout", "cip_verified")
    customer.add_payout(link, BANK)
    link = platform.links.get(link.link_id)
    assert customer.where(link) == "card"
    customer.add_card(link, **CARD)
    link = platform.links.get(link.link_id)
    assert customer.where(link) == "review"
    operation = customer.approve(link, AMOUNT)
    assert operation.status == "created"
    assert operation.payout == {"type": "bank_account", "last4": "5558", "country": "MX"}
    assert operation.funding == {"type": "card", "last4": "4242", "provider": "Visa"}


def test_a_verified_user_is_not_identified_again(platform, make):
    """The next link starts where something is really missing (reference/m2m.md 10.38)."""
    first = make()
    platform.customer.hurry(first)
    platform.customer.approve(first, AMOUNT)
    second = make()
    assert platform.customer.missing(second) == ()
    assert platform.customer.where(second) == "payout"
    (payout,) = platform.customer.payouts(second)
    platform.customer.choose_payout(second, payout.payout_id)
    (card,) = platform.customer.cards(second)
    platform.customer.choose_card(second, card.card_id)
    assert platform.customer.where(platform.links.get(second.link_id)) == "review"


@pytest.mark.parametrize("done", ["", "data", "identity", "payout"])
def test_approval_needs_every_step(platform, make, done):
    """An approval names the step that is missing and makes nothing."""
    link = make()
    order = ["data", "identity", "payout", "card"]
    steps = {
        "data": lambda: platform.customer.submit(link, TYPED),
        "identity": lambda: (platform.customer.scan(link), platform.customer.prove_liveness(link)),
        "payout": lambda: platform.customer.add_payout(link, BANK),
    }
    count = order.index(done) + 1 if done else 0
    for name in order[:count]:
        steps[name]()
    with pytest.raises(StepMissingError) as caught:
        platform.customer.approve(link, AMOUNT)
    assert caught.value.step == order[count]
    assert platform.operations.list.all() == []


def test_identity_waits_for_data(platform, make):
    """No identity check begins while data is missing."""
    with pytest.raises(StepMissingError):
        platform.customer.identify(make())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name.firstName": ""}, {"name.firstName": "required"}),
        ({"name.lastName": "x" * 61}, {"name.lastName": "invalid"}),
        ({"name.lastName": "R2D2"}, {"name.lastName": "invalid"}),
        ({"name.lastName": "--"}, {"name.lastName": "invalid"}),
        ({"name.firstName": "<b>Ana</b>"}, {"name.firstName": "invalid"}),
        ({"dob": "1990-02-30"}, {"dob": "invalid"}),
        ({"dob": "2999-01-01"}, {"dob": "invalid"}),
        ({"dob": ""}, {"dob": "required"}),
        ({"idNumber": "123"}, {"idNumber": "invalid"}),
        ({"idType": "CARNET"}, {"idType": "invalid"}),
        ({"dob": "x", "name.firstName": " "}, {"dob": "invalid", "name.firstName": "required"}),
    ],
)
def test_what_cannot_be_right_is_named_and_nothing_is_kept(platform, make, change, problem):
    """Each wrong field is named with its problem; the right ones are not half kept."""
    link = make()
    with pytest.raises(FieldsError) as caught:
        platform.customer.submit(link, TYPED | change)
    assert caught.value.fields == problem
    assert platform.users.fields(link.user_id) == {}


@pytest.mark.parametrize(
    "name", ["Ñandú", "O’Brien", "D'Angelo", "María de los Ángeles", "Núñez-Ibarra", "J. R.", "Zoë"]
)
def test_names_as_people_have_them_are_taken(platform, make, name):
    """Accents, ñ, apostrophes, hyphens, blanks and initials are part of names."""
    link = make()
    platform.customer.submit(link, TYPED | {"name.lastName": name})
    assert platform.users.data(link.user_id)["name"]["lastName"] == name


def test_only_missing_fields_are_taken_from_the_person(platform, make):
    """What the partner gave is not asked for and cannot be typed over
    (reference/m2m.md 6.2, 10.65).
    """
    link = make(userData={"name": {"firstName": "Ana"}, "paymentMethod": BANK})
    assert "name.firstName" not in platform.customer.missing(link)
    platform.customer.submit(link, TYPED | {"name.firstName": "Otra"})
    assert platform.users.data(link.user_id)["name"]["firstName"] == "Ana"
    sources = platform.users.sources(link.user_id)
    assert (sources["name.firstName"], sources["dob"]) == ("partner_api", "widget")


def test_a_payout_that_the_partner_gave_is_settled(platform, make):
    """The step is skipped and the person cannot choose another (reference/m2m.md 5.1)."""
    link = make(userData=WHOLE | {"paymentMethod": BANK})
    (given,) = platform.customer.payouts(link)
    assert given.method["bankAccount"]["accountNumber"].endswith("5558")
    with pytest.raises(InvalidRequestError):
        platform.customer.add_payout(link, BANK)
    with pytest.raises(InvalidRequestError):
        platform.customer.choose_payout(link, given.payout_id)


@pytest.mark.parametrize(
    "change",
    [
        {"token": "4242424242424242"},
        {"token": "tok_4242424242424242"},
        {"token": "tok_x"},
        {"brand": "<b>"},
        {"last_four": "42424"},
        {"last_four": "4242424242424242"},
    ],
)
def test_only_a_vaults_token_is_a_card(platform, make, change):
    """What could be a card number is refused, so no table can hold one (reference/lola.md 18)."""
    link = make()
    with pytest.raises(InvalidRequestError):
        platform.customer.add_card(link, **CARD | change)
    assert platform.customer.cards(link) == []


def test_other_peoples_things_cannot_be_chosen(platform, make):
    """A payout or card of another user is unknown here."""
    mine, other = make(), make("user-2")
    payout = platform.customer.add_payout(other, BANK)
    card = platform.customer.add_card(other, **CARD)
    with pytest.raises(UnknownResourceError):
        platform.customer.choose_payout(mine, payout.payout_id)
    with pytest.raises(UnknownResourceError):
        platform.customer.choose_card(mine, card.card_id)


@pytest.mark.parametrize(
    ("surname", "status", "state"),
    [
        ("Rechazo", "failed", "cip_failed"),
        ("REJECT", "failed", "cip_failed"),
        ("Espera", "pending", "cip_pending"),
        ("Ruiz", "verified", "cip_verified"),
    ],
)
def test_magic_surnames_decide_the_check(platform, make, surname, status, state):
    """A surname decides what the simulated check finds, unless a verdict was set."""
    link = make()
    platform.customer.submit(link, TYPED | {"name.lastName": surname})
    platform.customer.scan(link)
    assert platform.customer.prove_liveness(link).status == status
    assert platform.users.get(link.user_id).state == state


def test_a_verdict_can_be_set_ahead_and_a_failed_check_repeated(platform, make, state):
    """A set verdict counts once; after a failure a new ticket can pass (reference/m2m.md 4.2)."""
    link = make()
    platform.users.set_next_verdict(link.user_id, "failed")
    platform.customer.submit(link, TYPED)
    first = platform.customer.scan(link)
    assert platform.customer.prove_liveness(link).status == "failed"
    second = platform.customer.scan(link)
    assert second.ticket_id != first.ticket_id
    assert platform.customer.prove_liveness(link).status == "verified"
    assert state(link) == "cip_verified"


def test_a_blocked_user_completes_nothing(platform, make):
    """Blocking stops the approval; lifting the block lets it through
    (reference/m2m.md 5.11, 10.53).
    """
    link = make()
    platform.customer.hurry(link)
    platform.users.block(platform.users.get(link.user_id), "why")
    with pytest.raises(UserBlockedError):
        platform.customer.approve(link, AMOUNT)
    platform.users.unblock(platform.users.get(link.user_id))
    operation = platform.customer.approve(link, AMOUNT)
    platform.operations.advance(operation, "processing")
    platform.users.block(platform.users.get(link.user_id), None)
    with pytest.raises(UserBlockedError):
        platform.operations.advance(platform.operations.get(operation.operation_id), "completed")


@pytest.mark.parametrize("end", ["revoked", "expired", "used"])
def test_a_link_that_is_over_takes_no_step(platform, sandbox, make, end):
    """Every act on a dead link is refused with the reason (reference/m2m.md 10.45)."""
    link = make()
    if end == "revoked":
        platform.links.revoke(link, None)
    elif end == "expired":
        sandbox.clock.advance(3600)
    else:
        platform.customer.cancel(link, None)
    link = platform.links.get(link.link_id)
    customer = platform.customer
    for act in (
        lambda: customer.open(link, DEVICE),
        lambda: customer.submit(link, TYPED),
        lambda: customer.identify(link),
        lambda: customer.add_payout(link, BANK),
        lambda: customer.choose_payout(link, "x"),
        lambda: customer.add_card(link, **CARD),
        lambda: customer.choose_card(link, "x"),
        lambda: customer.approve(link, AMOUNT),
    ):
        with pytest.raises(LinkGoneError) as caught:
            act()
        assert caught.value.state == end


def test_two_approvals_make_one_operation(platform, make):
    """A stale view of the link approves nothing a second time."""
    link = make()
    platform.customer.hurry(link)
    stale = platform.links.get(link.link_id)
    platform.customer.approve(stale, AMOUNT)
    with pytest.raises(LinkGoneError):
        platform.customer.approve(stale, AMOUNT)
    assert len(platform.operations.list.all()) == 1


def test_cancelling_before_and_after_the_approval(platform, make):
    """The person may cancel until money moves (reference/m2m.md 4.3)."""
    early = platform.customer.cancel(make(), AMOUNT, "changed my mind")
    assert early.status == "cancelled"
    link = make("user-2")
    platform.customer.hurry(link)
    created = platform.customer.approve(link, AMOUNT)
    late = platform.customer.cancel(link, None)
    assert (late.operation_id, late.status) == (created.operation_id, "cancelled")
    other = make("user-3")
    platform.customer.hurry(other)
    moving = platform.customer.approve(other, AMOUNT)
    platform.operations.advance(moving, "processing")
    with pytest.raises(InvalidRequestError):
        platform.customer.cancel(other, None)
