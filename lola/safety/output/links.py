"""The link guard: anything that a client may turn into a link must be created by us or approved.

It reads everything that clients linkify: addresses of any scheme, bare hosts, mail, Markdown and
HTML targets, handles. Allowed is what equals an allowed address, or a plain https page of an
allowed host (docs/safety.md G7). Pure; a doubtful spelling is foreign.
"""

import re
import unicodedata
from collections.abc import Iterable

from lola.text.folding import unaccented
from lola.text.language import is_word_of_ours
from lola.text.word_lists import words

_SCHEMED = re.compile(r"[^\W\d_][\w+.\-]{0,30}[ \t]?:[/\\]\S*")
_HTTP_ALONE = re.compile(r"\bhttps?:\S*", re.IGNORECASE)
_OPAQUE = re.compile(
    r"(?<![\w])(?:tel|sms|smsto|mms|mailto|javascript|vbscript|data|file|blob|intent|geo|maps|callto|"
    r"sip|sips|whatsapp|tg|viber|skype|facetime|market|bitcoin|ethereum|upi|about|view-source|"
    r"ftp|ftps|ws|wss|magnet|urn|cid|chrome|android-app|itms|fb|fb-messenger|line):[^\s:]\S*",
    re.IGNORECASE,
)
_SCHEMELESS = re.compile(r"(?<![\w:/\\])[/\\]{2}[^\s/\\]\S*")
_MAIL = re.compile(r"[^\s@<>()\[\],;:\"']{1,64}@[^\s@<>()\[\],;:\"']{1,255}")
_HANDLE = re.compile(r"(?<![\w@.])@[A-Za-z]\w{3,31}")
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]\d)(?:[:/?#]\S*)?")
_HOST = re.compile(
    r"(?<![\w.@\-])(?:[^\W_](?:[\w\-]{0,62})[.。．｡]){1,10}(?P<top>xn--[\w\-]{1,59}|[^\W\d_]{2,24})"
    r"(?![\w\-])(?:[:/?#]\S*)?"
)
# Two letters after a dot are a host only for real countries; "EE.UU." and "p.ej" are words.
COUNTRIES = frozenset(
    words(
        "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo "
        "br bs bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm "
        "do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr "
        "gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki "
        "km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo "
        "mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph "
        "pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr "
        "ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz "
        "va vc ve vg vi vn vu wf ws ye yt za zm zw"
    )
)
COMMON_TOPS = frozenset(
    words(
        "com net org info biz app dev xyz online site website shop store top bank link click live "
        "pay money finance cash club vip page cloud tech mobi name pro gob edu gov mil int"
    )
)
_ABBREVIATED = frozenset(
    words(
        "sr sra srta lic ing arq prof dr dra mr mrs ms st av ave blvd col calz esq depto apto num "
        "no tel cel ud uds pag art ref cta"
    )
)
_MAX_TRAILING = 8
_TRAILING = ".,;:!?)]}>'\"*_~`|…»”’"

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[^/?#\\@:%\s\[\]]+)(?::(?P<port>\d{1,5}))?"
    r"(?P<path>/[^?#\\\s]*)?(?P<rest>[?#]\S*)?",
    re.IGNORECASE,
)
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9._~\-]*)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def foreign_links(
    text: str, allowed: Iterable[str], allowed_hosts: Iterable[str]
) -> tuple[str, ...]:
    """Return everything linkable in `text` that is not allowed, as it is written.

    `allowed` are whole addresses (also `mailto:` and `tel:`, or a mail address alone); equality is
    after case and IDNA normalisation. On `allowed_hosts` any https page without query or fragment
    is allowed, so a host that redirects or fetches must not be listed.
    """
    targets = {canonical(address) or address.casefold() for address in allowed}
    hosts = {host for name in allowed_hosts if (host := _host(name))}
    found = dict.fromkeys(links_in(text))
    return tuple(link for link in found if not _is_allowed(link, targets, hosts))


def links_in(text: str) -> tuple[str, ...]:
    """Return everything that a client may linkify, in the order of the kinds looked for."""
    readings = dict.fromkeys((text, _without_invisible(text)))
    return tuple(dict.fromkeys(link for reading in readings for link in _links(reading)))


def canonical(address: str) -> str | None:
    """Return one spelling per http(s) address, or None when it is not well formed."""
    match = _URL.fullmatch(address.strip())
    host = _host(match["host"]) if match else None
    if match is None or host is None:
        return None
    scheme = match["scheme"].lower()
    port = match["port"]
    suffix = f":{port}" if port and port != _DEFAULT_PORTS[scheme] else ""
    return f"{scheme}://{host}{suffix}{match['path'] or '/'}{match['rest'] or ''}"


def _links(text: str) -> list[str]:
    found: list[str] = []
    for pattern in (_SCHEMED, _HTTP_ALONE, _OPAQUE, _SCHEMELESS, _MAIL, _HANDLE, _ADDRESS, _HOST):
        parts: list[str] = []
        position = 0
        for match in pattern.finditer(text):
            if _counts(match):
                # A match is blanked, so that its path is not read again as a host.
                parts += text[position : match.start()], " " * len(match.group())
                position = match.end()
                found.append(match.group())
        text = "".join((*parts, text[position:]))
    return found


def _counts(match: re.Match[str]) -> bool:
    if match.re is _MAIL:
        return "." in match.group().split("@", 1)[1].strip(_TRAILING)
    if match.re is _ADDRESS:
        octets = re.split(r"[.:/?#]", match.group())[:4]
        return all(int(octet) <= 255 for octet in octets)
    if match.re is not _HOST:
        return True
    top = match["top"]
    if top.isascii() and len(top) == 2:
        return top.lower() in COUNTRIES
    return top.lower() in COMMON_TOPS or not _are_two_sentences(match)


def _are_two_sentences(match: re.Match[str]) -> bool:
    """Return whether a host is words without a space between them: "listo.Ahora", "Sr.Pérez"."""
    top, before = match["top"], match.group().split(".")[0]
    if not top.istitle() or match.end() != match.end("top") or match.group().count(".") > 1:
        return False
    return (
        not top.isascii()
        or unaccented(before) in _ABBREVIATED
        or any(is_word_of_ours(unaccented(word)) for word in (before, top))
    )


def _is_allowed(link: str, targets: set[str], hosts: set[str]) -> bool:
    bare = link.rstrip(_TRAILING)
    # An address may itself end with a few of these characters.
    endings = range(len(bare), min(len(link), len(bare) + _MAX_TRAILING) + 1)
    for written in dict.fromkeys((link, *(link[:end] for end in endings if end))):
        address = canonical(written)
        if (address or written.casefold()) in targets:
            return True
        if address and _is_page_of(written, hosts):
            return True
    return False


def _is_page_of(address: str, hosts: set[str]) -> bool:
    match = _URL.fullmatch(address)
    if match is None or match["scheme"].lower() != "https" or match["rest"]:
        return False
    path = match["path"] or ""
    return (
        match["port"] in {None, "443"}
        and _host(match["host"]) in hosts
        and "//" not in path
        and ".." not in path
        and bool(_PLAIN_PATH.fullmatch(path))
    )


def _host(name: str) -> str | None:
    """Return a host in lower case and IDNA, or None when a label is not in canonical form."""
    labels = [_label(label) for label in name.lower().split(".")]
    return None if None in labels else ".".join(filter(None, labels))


def _label(label: str) -> str | None:
    if label.isascii():
        return label if _LABEL.fullmatch(label) else None
    try:
        encoded = label.encode("idna")
        is_canonical = encoded.decode("idna") == label
    except UnicodeError:
        return None
    return encoded.decode("ascii") if is_canonical else None


def _without_invisible(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
