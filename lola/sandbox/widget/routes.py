"""The routes of a magic link's pages, from the first opening to the approval, one step per page.

They are forms and redirects, so that every page works without scripts. The platform's domain
decides what is allowed. A link that is over responds 410. No route accepts a card: the browser
sends it to the vault, and only the vault's token comes back.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from lola.sandbox.clock import SandboxClock
from lola.sandbox.m2m import (
    FieldsError,
    Link,
    LinkGoneError,
    Platform,
    StepMissingError,
    UserBlockedError,
)
from lola.sandbox.m2m.rows import Verdict
from lola.sandbox.pages import Pages
from lola.sandbox.payhub.senders import SenderDirectory
from lola.sandbox.payhub.senders import Verdict as PayhubVerdict
from lola.sandbox.vault.vault import Vault
from lola.sandbox.widget.callback_reports import CallbackReports
from lola.sandbox.widget.forms import DOCUMENTS, data_errors, read_data, read_payout
from lola.sandbox.widget.prefill import prefill
from lola.sandbox.widget.steps import STEPS, Place, Step, current_step, plan
from lola.sandbox.widget.views import Views
from lola.sandbox.widget.visit import Visit, language_of, strip_cookie_parameters

Handler = Callable[[Visit], Awaitable[web.Response]]
OUTCOMES = {"register": "verified", "verify": "verified", "add_card": "card_saved"}
"""What a link is for, if for no transfer → how it ends well."""


class Widget:
    """The pages below `{prefix}/{link_id}/{flow}`. Cards are entered at `vault`."""

    def __init__(
        self,
        *,
        platform: Platform,
        senders: SenderDirectory,
        pages: Pages,
        vault: Vault,
        prefix: str,
        clock: SandboxClock,
    ) -> None:
        self._platform = platform
        self._senders = senders
        self._vault = vault
        self._prefix = prefix
        self._views = Views(platform, pages, vault)
        self.reports = CallbackReports(clock)

    def add_routes(self, app: web.Application) -> None:
        """Add the routes below the prefix."""
        page = f"{self._prefix}/{{link_id}}/{{flow}}"
        add = app.router.add_route
        add("GET", page, self._on_link(self._open))
        for step in STEPS:
            add("GET", f"{page}/{step}", self._on_link(self._at_step(step, self._show(step))))
        posts: tuple[tuple[Step, str, Handler], ...] = (
            ("data", "data", self._data),
            ("scan", "scan", self._scan),
            ("liveness", "liveness", self._liveness),
            ("payout", "payout", self._payout),
            ("card", "card", self._choose_card),
            ("card", "card/new", self._new_card),
        )
        for step, path, handler in posts:
            add("POST", f"{page}/{path}", self._on_link(self._at_step(step, handler)))
        add("GET", f"{page}/card/added", self._on_link(self._at_step("card", self._card_added)))
        add("POST", f"{page}/approve", self._on_link(self._approve))
        add("POST", f"{page}/cancel", self._on_link(self._cancel))
        add("GET", f"{page}/done", self._on_link(self._done))

    def _on_link(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Find the link; render the reason when the page cannot be shown."""

        async def handle(request: web.Request) -> web.Response:
            link = self._platform.find_link(request.match_info["link_id"])
            if link is None:
                return self._views.outcome("unknown", language_of(request), status=404)
            if redirect := strip_cookie_parameters(request, self._prefix):
                return redirect
            visit = Visit(request=request, link=link, prefix=self._prefix)
            try:
                return await handler(visit)
            except LinkGoneError as error:
                return self._views.ended(visit, error.state, status=410)
            except UserBlockedError:
                return self._views.ended(visit, "blocked", status=403)

        return handle

    def _at_step(self, step: Step, handler: Handler) -> Handler:
        """Allow the current step only; the card can also be changed at the review."""

        async def handle(visit: Visit) -> web.Response:
            self._platform.links.check_open(visit.link)
            place = current_step(self._platform, visit.link)
            if place == step or (step, place) == ("card", "review"):
                return await handler(visit)
            return self._redirect_to_current_step(visit)

        return handle

    async def _open(self, visit: Visit) -> web.Response:
        """Show what the link is about and which steps are left."""
        visit = visit.about(self._platform.customer.open(visit.link, visit.device))
        prefill(visit, self._platform, self._senders)
        visit = self._refreshed(visit)
        place = current_step(self._platform, visit.link)
        if place == "done":
            return self._views.ended(visit, OUTCOMES[visit.purpose])
        if place == "review" or (visit.details is None and not visit.purpose):
            return self._views.step(visit, "review")
        if place in {"identity_pending", "identity_failed"}:
            return self._views.ended(visit, place)
        steps = plan(self._platform, visit.link)
        return self._views.start(visit, steps[steps.index(place) :])

    def _show(self, step: Step) -> Handler:
        async def show(visit: Visit) -> web.Response:
            return self._views.step(visit, step)

        return show

    async def _data(self, visit: Visit) -> web.Response:
        form = await _form(visit)
        missing = self._platform.customer.missing(visit.link)
        try:
            self._platform.customer.submit(visit.link, read_data(form, missing))
        except FieldsError as error:
            errors = data_errors(error.fields)
            return self._views.step(visit, "data", errors=errors, typed=form, status=422)
        return self._redirect_to_current_step(visit)

    async def _scan(self, visit: Visit) -> web.Response:
        form = await _form(visit)
        if form.get("document") not in DOCUMENTS:
            errors = {"document": "error_document"}
            return self._views.step(visit, "scan", errors=errors, status=422)
        self._platform.customer.scan(visit.link)
        return self._redirect_to_current_step(visit)

    async def _liveness(self, visit: Visit) -> web.Response:
        ticket = self._platform.customer.prove_liveness(visit.link)
        if visit.purpose:
            self._tell_bank(visit.link, ticket.status)
        if ticket.status == "failed":
            await self.reports.send(visit, "process_cip_failure")
        else:
            verdict = "passed" if ticket.status == "verified" else "pending"
            await self.reports.send(visit, "process_cip_success", verdict=verdict)
        return self._redirect_to_current_step(visit)

    async def _payout(self, visit: Visit) -> web.Response:
        form = await _form(visit)
        method, errors = read_payout(form, visit.link.link_id)
        if errors:
            return self._views.step(visit, "payout", errors=errors, typed=form, status=422)
        self._platform.customer.add_payout(visit.link, method)
        return self._redirect_to_current_step(visit)

    async def _choose_card(self, visit: Visit) -> web.Response:
        form = await _form(visit)
        if form.get("card") not in {c.card_id for c in self._platform.customer.cards(visit.link)}:
            errors = {"card": "error_choice"}
            return self._views.step(visit, "card", errors=errors, status=422)
        self._platform.customer.choose_card(visit.link, form["card"])
        return self._redirect_to_current_step(visit)

    async def _new_card(self, visit: Visit) -> web.Response:
        """Redirect to the vault, which redirects back to `card/added`."""
        address = self._vault.begin(
            owner=visit.link.link_id,
            return_to=f"{visit.request.url.origin()}{visit.path}/card/added",
            language=visit.language,
            theme=visit.link.theme or "",
        )
        return _redirect(address)

    async def _card_added(self, visit: Visit) -> web.Response:
        key = visit.request.query.get("visit", "")
        if card := self._vault.collect(key, owner=visit.link.link_id):
            self._platform.customer.add_card(
                visit.link, token=card.token, brand=card.brand, last_four=card.last4
            )
            sender = self._senders.find_by_reference(visit.link.reference_id)
            if visit.purpose == "add_card" and sender:
                self._senders.add_card(
                    sender, token=card.token, brand=card.brand, last_four=card.last4
                )
                await self.reports.send(visit, "process_card_added")
        return self._redirect_to_current_step(visit)

    async def _approve(self, visit: Visit) -> web.Response:
        details = visit.details
        self._platform.links.check_open(visit.link)
        if details is None:
            return self._views.step(visit, "review", status=422)
        try:
            operation = self._platform.customer.approve(visit.link, details.to_amount())
        except StepMissingError:
            return self._redirect_to_current_step(visit)
        self._register_sender(visit.link)
        await self.reports.send(visit, "process_send_call_back", operationId=operation.operation_id)
        return _redirect(f"{visit.path}/done")

    async def _cancel(self, visit: Visit) -> web.Response:
        details = visit.details
        self._platform.links.check_open(visit.link)
        if visit.purpose:
            return self._redirect_to_current_step(visit)
        self._platform.customer.cancel(visit.link, details.to_amount() if details else None)
        return _redirect(f"{visit.path}/done")

    async def _done(self, visit: Visit) -> web.Response:
        """Show how the link ended; before that, redirect to the current step."""
        if visit.purpose and current_step(self._platform, visit.link) == "done":
            return self._views.ended(visit, OUTCOMES[visit.purpose])
        if visit.link.operation_id is None:
            return self._redirect_to_current_step(visit)
        operation = self._platform.operations.get(visit.link.operation_id)
        if operation.status == "cancelled":
            return self._views.ended(visit, "cancelled")
        return self._views.ended(visit, "approved", reference=operation.operation_id)

    def _redirect_to_current_step(self, visit: Visit) -> web.Response:
        """Redirect to the current step."""
        visit = self._refreshed(visit)
        self._platform.links.check_open(visit.link)
        place: Place = current_step(self._platform, visit.link)
        return _redirect(f"{visit.path}/{place}" if place in (*STEPS, "done") else visit.path)

    def _refreshed(self, visit: Visit) -> Visit:
        """Return the visit with the link's current state."""
        return visit.about(self._platform.links.get(visit.link.link_id))

    def _register_sender(self, link: Link, verdict: PayhubVerdict = "passed") -> None:
        """Register a sender who was identified here with PayHub."""
        if phone := self._senders.newcomer(link.reference_id):
            fields = self._platform.users.fields(link.user_id)
            self._senders.register(
                phone=phone,
                first_name=fields.get("name.firstName", ""),
                last_name=fields.get("name.lastName", ""),
                verdict=verdict,
            )

    def _tell_bank(self, link: Link, verdict: Verdict) -> None:
        """Give PayHub the verdict on a sender, as the bank's own systems would get it."""
        if verdict == "failed":
            return
        result: PayhubVerdict = "passed" if verdict == "verified" else "pending"
        self._register_sender(link, result)
        sender = self._senders.find_by_reference(link.reference_id)
        if sender is not None and sender["verdict"] == "pending":
            self._senders.set_verdict(sender["phoneNumber"], result)


async def _form(visit: Visit) -> dict[str, str]:
    """Return the text fields of a form; files are ignored."""
    posted = await visit.request.post()
    return {name: value for name, value in posted.items() if isinstance(value, str)}


def _redirect(address: str) -> web.Response:
    headers = {"Location": address, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(status=303, headers=headers)
