"""The verification of chains: fed each way in which a chain can be broken."""

import json
from dataclasses import replace

import pytest

from lola.state.audit import Entry, verify
from lola.state.audit.chain import START, link_of


def chain_of(length, chain=3, after=START, first=1):
    entries = []
    for seq in range(first, first + length):
        line = json.dumps({"at": "2026-03-01T12:00:00+00:00", "records": [{"n": seq}]})
        link = link_of(after, line)
        entries.append(Entry(chain=chain, seq=seq, previous=after, link=link, line=line))
        after = link
    return entries


def head_of(entries):
    return (entries[-1].chain, entries[-1].seq, entries[-1].link)


WHOLE = chain_of(6)


def rewritten(entries, place):
    """A forger who changes one line and computes every later link anew."""
    kept = entries[:place]
    after = kept[-1].link if kept else START
    forged = replace(entries[place], line=entries[place].line.replace('"n"', '"m"'))
    for entry in (forged, *entries[place + 1 :]):
        link = link_of(after, entry.line)
        kept.append(replace(entry, previous=after, link=link))
        after = link
    return kept


def test_a_whole_chain_has_no_fault():
    """Also one that begins later, because its oldest entries were dropped for their age."""
    found = verify(WHOLE, starts={3: 1}, anchors=[head_of(WHOLE)])
    assert (found.entries, found.faults) == (6, [])
    assert found.heads == {3: (6, WHOLE[-1].link)}
    assert verify(WHOLE[2:], starts={3: 3}, anchors=[(3, 1, WHOLE[0].link)]).faults == []


BROKEN = {
    "changed": [*WHOLE[:2], replace(WHOLE[2], line=WHOLE[2].line.replace("3", "9")), *WHOLE[3:]],
    "removed": WHOLE[:2] + WHOLE[3:],
    "removed two": WHOLE[:2] + WHOLE[4:],
    "reordered": [*WHOLE[:2], WHOLE[3], WHOLE[2], *WHOLE[4:]],
    "inserted": [*WHOLE[:3], chain_of(1, after=WHOLE[2].link, first=4)[0], *WHOLE[2:]],
    "removed and renumbered": [
        *WHOLE[:2],
        *(replace(entry, seq=entry.seq - 1) for entry in WHOLE[3:]),
    ],
    "link changed": [*WHOLE[:2], replace(WHOLE[2], link="0" * 64), *WHOLE[3:]],
    "link no hex": [*WHOLE[:2], replace(WHOLE[2], previous="x"), *WHOLE[3:]],
    "oldest removed": WHOLE[1:],
    "end removed": WHOLE[:-1],
    "all removed": [],
    "written anew": rewritten(WHOLE, 2),
    "first written anew": rewritten(WHOLE, 0),
    "repeated in another form": [*WHOLE, replace(WHOLE[5], line="{}")],
}


@pytest.mark.parametrize("title", BROKEN)
def test_each_broken_chain_is_found(title):
    """A removed, changed, reordered, cut or rewritten record never passes beside an anchor."""
    assert verify(BROKEN[title], starts={3: 1}, anchors=[head_of(WHOLE)]).faults


def test_a_rewritten_chain_is_only_found_by_an_anchor():
    """The chain alone proves its order; what proves its past is a link that was seen before."""
    assert verify(rewritten(WHOLE, 2), starts={3: 1}).faults == []


def test_an_entry_that_was_shipped_twice_is_no_fault():
    """Shipping repeats its last batch after a crash."""
    assert verify([*WHOLE[:4], WHOLE[3], *WHOLE[4:]]).faults == []


def test_chains_are_judged_each_by_itself():
    """A fault names its chain, and the others stay proved."""
    other = chain_of(4, chain=5)
    (fault,) = verify([*WHOLE, *other[:1], *other[2:]]).faults
    assert fault == "chain 5 has no entries 2 to 2: removed"
