"""Builds the clients of the partners, and the keys that callbacks are sealed and checked with."""

from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from lola.app.loading import load, sender_wording
from lola.app.seals import account_sealer
from lola.app.state import State
from lola.domain.clock import Clock
from lola.money.accounts import Accounts
from lola.money.asking.applicant import Applicants
from lola.money.asking.index import RequestIndex
from lola.money.asking.service import MoneyRequests
from lola.money.bank_data import BankData
from lola.money.callbacks import PURPOSE, CallbackAddresses, Handlers, load_handlers
from lola.money.data_requests import DataRequests
from lola.money.enrolment.links import EnrolmentLinks
from lola.money.enrolment.service import EnrolmentService
from lola.money.links import TicketIndex, WidgetLinks
from lola.money.page_sessions import SessionTokens
from lola.money.payouts import Payouts
from lola.money.prefill import Prefill
from lola.money.sealing import Sealer
from lola.money.service import MoneyService
from lola.money.short_links import ShortLinks
from lola.partners.http import PLAIN, Observe, Transport, ignore
from lola.partners.m2m import M2MClient, payout_types, with_overrides
from lola.partners.payhub import PayhubApi, PayhubClient, PayhubRecords, PayhubRequests
from lola.partners.payhub.request4r import JweKeys, Request4RTransport, SkippedTransport
from lola.partners.payhub.scopes import PROFILES
from lola.partners.request_money import RequestMoneyClient
from lola.partners.tls import client_context
from lola.services import Services
from lola.settings import Settings
from lola.text.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The callback handlers, and the tokens that the secure page gets and reports back with."""

    handlers: Handlers
    callbacks: CallbackAddresses
    sessions: SessionTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Partners:
    """The clients of the partners, and the services for tools and middleware."""

    m2m: M2MClient
    raas: PayhubApi
    short_links: ShortLinks
    tickets: TicketIndex
    data_requests: DataRequests
    services: Services
    request_index: RequestIndex


def build_tokens(settings: Settings) -> Tokens:
    """Build them. Raises ConfigurationError for unusable keys and handlers that do not load."""
    handlers = load_handlers(settings.callbacks)
    sealer = Sealer(
        settings.callback_secrets,
        purpose=PURPOSE,
        tenant=settings.project_name,
        setting="CALLBACK_SECRET",
    )
    return Tokens(
        handlers=handlers,
        callbacks=CallbackAddresses(sealer, handlers, settings.public_url),
        sessions=SessionTokens(
            settings.jwt_private_key.get_secret_value(),
            issuer=settings.public_url,
            tenant=settings.project_name,
            life=timedelta(minutes=settings.session_minutes),
        ),
    )


def build_m2m(
    settings: Settings, http: aiohttp.ClientSession, observe: Observe = ignore
) -> M2MClient:
    """Build the client of the M2M account. Raises ConfigurationError for a wrong key or row."""
    return M2MClient(
        http,
        base_url=settings.m2m_base_url,
        api_key=settings.m2m_api_key.get_secret_value(),
        timeout=settings.partner_timeout_seconds,
        environment="production" if settings.is_production else "sandbox",
        contract=with_overrides(settings.m2m_routes, settings.m2m_fields),
        observe=observe,
    )


def build_raas(
    settings: Settings, http: aiohttp.ClientSession, observe: Observe = ignore
) -> PayhubRequests:
    """Build what sends requests to the bank's backend."""
    profile = settings.raas_profile
    return PayhubRequests(
        http,
        base_url=settings.raas_base_url,
        api_key=settings.raas_api_key.get_secret_value(),
        timeout=settings.partner_timeout_seconds,
        scopes=PROFILES[profile] if profile else None,
        transport=payhub_transport(settings),
        ssl_context=client_context(
            settings.raas_client_certificate,
            settings.raas_client_password.get_secret_value(),
            setting="RAAS_CLIENT_CERTIFICATE",
        ),
        observe=observe,
    )


def payhub_transport(settings: Settings) -> Transport:
    """Return how RaaS bodies travel. Raises ConfigurationError for an unusable key."""
    if settings.request4r == "off":
        return PLAIN
    if settings.request4r == "skip":
        return SkippedTransport(is_production=settings.is_production)
    private = {kid: pem.get_secret_value() for kid, pem in settings.request4r_private_keys.items()}
    keys = JweKeys(
        private=private,
        public=settings.request4r_public_keys,
        send_kid=settings.request4r_send_kid,
    )
    return Request4RTransport(keys)


def build_request_money(settings: Settings, http: aiohttp.ClientSession) -> RequestMoneyClient:
    """Build the client of Request Money."""
    return RequestMoneyClient(
        http,
        base_url=settings.request_money_base_url,
        api_key=settings.request_money_api_key.get_secret_value(),
        timeout=settings.partner_timeout_seconds,
    )


def build_partners(
    settings: Settings,
    clock: Clock,
    http: aiohttp.ClientSession,
    state: State,
    tokens: Tokens,
    *,
    observe: Observe = ignore,
) -> Partners:
    """Build the clients; the caller closes `http`. Nothing is called yet."""
    seconds = settings.partner_timeout_seconds
    raas = build_raas(settings, http, observe)
    payhub = PayhubClient(raas, clock=clock)
    m2m = build_m2m(settings, http, observe)
    source = settings.m2m_data_source
    bank = BankData(
        load("M2M_DATA_SOURCE", source) if source else payhub.user_data, timeout=seconds
    )
    data_requests = DataRequests(client=m2m, bank=bank, fields=settings.m2m_data_fields)
    payouts = Payouts(m2m, clock, types=payout_types(settings.m2m_payout_types))
    accounts = Accounts(sealer=account_sealer(settings))
    short_links = ShortLinks(state.store, settings.public_url)
    tickets = TicketIndex(state.store, state.open_tickets)
    wording = sender_wording(settings)
    records = PayhubRecords(raas)
    request_index = RequestIndex(state.store)
    prefill = Prefill(
        bank=bank,
        remittances=payhub,
        payouts=payouts,
        accounts=accounts,
        fields=settings.m2m_prefill_fields,
    )
    links = WidgetLinks(
        client=m2m,
        short_links=short_links,
        callbacks=tokens.callbacks,
        settings=settings,
        prefill=prefill,
        reconciler=state.reconciler,
    )
    enrolment_links = EnrolmentLinks(
        client=m2m,
        links=links,
        short_links=short_links,
        callbacks=tokens.callbacks,
        settings=settings,
    )
    services = Services(
        settings=settings,
        clock=clock,
        store=state.store,
        identity=payhub,
        remittances=payhub,
        money=MoneyService(
            remittances=payhub,
            payouts=payouts,
            links=links,
            index=tickets,
            wording=wording,
            settings=settings,
            kept=state.kept_events,
        ),
        enrolments=EnrolmentService(
            links=enrolment_links,
            index=tickets,
            identity=payhub,
            wording=wording,
            settings=settings,
        ),
        accounts=accounts,
        wording=wording,
        sync_list=state.sync_list,
        rates=state.rates,
        records=records,
        money_requests=_money_requests(
            settings, http, bank, records, request_index, short_links, wording
        ),
    )
    return Partners(
        m2m=m2m,
        raas=PayhubApi(raas),
        short_links=short_links,
        tickets=tickets,
        data_requests=data_requests,
        services=services,
        request_index=request_index,
    )


def _money_requests(
    settings: Settings,
    http: aiohttp.ClientSession,
    bank: BankData,
    records: PayhubRecords,
    index: RequestIndex,
    short_links: ShortLinks,
    wording: Wording,
) -> MoneyRequests | None:
    """Build what asks others for money through Request Money; None where it is off."""
    if not (settings.request_money and settings.request_money_base_url):
        return None
    key = settings.sender_reference_key.get_secret_value()
    return MoneyRequests(
        client=build_request_money(settings, http),
        applicants=Applicants(bank=bank, records=records, reference_key=key),
        index=index,
        short_links=short_links,
        wording=wording,
        life=timedelta(minutes=settings.request_money_minutes),
    )
