from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.suspects import LaterTrouble, Ranking, Suspect, Term
from bot.domain.verdicts import (
    CERTAIN,
    UNDECIDED,
    Judgement,
    Verdict,
    describe,
    key_of,
    overruled,
    repeats,
    sentence,
    standing,
)
from tests.support.facts import NOW, change, later

A, B, C = (change(name, service) for name, service in (("a", "checkout"), ("b", "db"), ("c", "web")))
CAUSED, DID_NOT, NO_CHANGE = Judgement.CAUSED, Judgement.DID_NOT, Judgement.NO_CHANGE
REASON = Term("delay", 1.0, "soon before")


def said(
    person: str, judgement: Judgement, about: Any = None, *, back: bool = False, at: float = 0
) -> Verdict:
    return Verdict(
        id=f"{person}-{judgement}-{at}",
        incident_id="i1",
        judgement=judgement,
        change=about,
        person=person,
        by=f"@{person}",
        via="slack",
        at=later(at),
        withdrawn_at=NOW if back else None,
        withdrawn_by=f"@{person}" if back else "",
    )


def ranked(*probabilities: tuple[Any, float], no_change: float) -> Ranking:
    suspects = tuple(Suspect(one, probability, (REASON,)) for one, probability in probabilities)
    return Ranking("i1", NOW, suspects, no_change, (Term("prior", -0.5, "usual"),), 9, shown=True)


def shares(ranking: Ranking) -> dict[str, float]:
    return {one.change.change_id: round(one.probability, 6) for one in ranking.suspects}


def apart(ranking: Ranking, former: Any) -> Ranking:
    """The ranking as that of later trouble, before which it was another change."""
    reasons = (Term("delay", 2.0, "a minute before"),)
    return replace(ranking, later=LaterTrouble(later(9), ("web",), 0.9, Suspect(former, 0.8, reasons)))


def test_a_word_about_the_cause_leaves_nothing_told_apart() -> None:
    told = apart(ranked((A, 0.7), (B, 0.01), no_change=0.29), B)
    blamed = overruled(told, standing([said("ada", CAUSED, B)]), 5, 0.5)
    assert (blamed.later, blamed.suspects[0].change) == (None, B)
    assert [one.text for one in blamed.suspects[0].reasons] == ["caused it, says @ada", "a minute before"]
    other = overruled(told, standing([said("ada", CAUSED, A)]), 5, 0.5)
    assert (other.later, other.suspects[0].reasons[1:]) == (None, (REASON,))
    assert overruled(told, standing([said("ada", NO_CHANGE)]), 5, 0.5).later is None


def test_what_is_ruled_out_did_not_cause_what_began_before_either() -> None:
    told = apart(ranked((A, 0.7), no_change=0.3), B)
    assert told.later is not None
    without = overruled(told, standing([said("ada", DID_NOT, B)]), 5, 0.5).later
    assert without == replace(told.later, former=None)
    assert overruled(told, standing([said("ada", DID_NOT, A)]), 5, 0.5).later == told.later
    alone = replace(told, later=without)
    assert overruled(alone, standing([said("ada", DID_NOT, A)]), 5, 0.5).later == without


def test_nothing_said_decides_nothing() -> None:
    assert standing([]) == UNDECIDED
    assert UNDECIDED.decided is None
    plain = ranked((A, 0.7), no_change=0.3)
    assert overruled(plain, UNDECIDED, 5, 0.5) is plain


def test_the_last_word_of_a_person_counts() -> None:
    words = [said("ada", CAUSED, A), said("ada", CAUSED, B, at=1)]
    assert standing(words).cause == words[1]
    again = [*words, said("ada", NO_CHANGE, at=2)]
    assert standing(again) == replace(UNDECIDED, no_change=again[2])
    assert standing(again).decided == again[2]


def test_the_last_word_about_a_change_counts_whoever_says_it() -> None:
    words = [said("ada", CAUSED, A), said("bob", DID_NOT, A, at=1)]
    assert standing(words) == replace(UNDECIDED, ruled_out=(words[1],))
    words.append(said("ada", CAUSED, A, at=2))
    assert standing(words) == replace(UNDECIDED, cause=words[2])


def test_a_refuted_cause_leaves_the_one_before_it() -> None:
    words = [said("ada", CAUSED, A), said("bob", CAUSED, B, at=1), said("eve", DID_NOT, B, at=2)]
    assert standing(words).cause == words[0]
    assert standing(words).ruled_out == (words[2],)


def test_no_change_and_a_cause_displace_one_another() -> None:
    words = [said("ada", CAUSED, A), said("bob", NO_CHANGE, at=1)]
    assert standing(words).no_change == words[1]
    words.append(said("eve", CAUSED, B, at=2))
    assert standing(words).cause == words[2]
    assert standing(words).no_change is None


def test_what_is_taken_back_counts_for_nothing_and_revives_nothing_of_that_person() -> None:
    first = said("ada", CAUSED, A)
    assert standing([replace(first, withdrawn_at=NOW)]) == UNDECIDED
    corrected = [first, said("ada", CAUSED, B, at=1, back=True)]
    assert standing(corrected) == UNDECIDED
    of_another = [first, said("bob", CAUSED, B, at=1, back=True)]
    assert standing(of_another).cause == first


def test_a_person_may_rule_out_many() -> None:
    words = [said("ada", DID_NOT, A), said("ada", DID_NOT, B, at=1), said("ada", CAUSED, C, at=2)]
    assert standing(words).cause == words[2]
    assert [one.about for one in standing(words).ruled_out] == [key_of(A), key_of(B)]


def test_saying_it_again_is_a_repetition_unless_it_was_taken_back_or_contradicted() -> None:
    first, again = said("ada", CAUSED, A), said("ada", CAUSED, A, at=5)
    assert repeats([first], again)
    assert not repeats([first], said("bob", CAUSED, A, at=5))
    assert not repeats([replace(first, withdrawn_at=NOW)], again)
    assert not repeats([first, said("ada", DID_NOT, A, at=1)], again)


def test_a_named_cause_comes_first_with_certainty() -> None:
    view = ranked((A, 0.6), (B, 0.2), no_change=0.2)
    result = overruled(view, standing([said("ada", CAUSED, B)]), 5, 0.5)
    assert shares(result) == {"b": 1.0, "a": 0.0}
    assert list(shares(result)) == ["b", "a"]
    assert (result.no_change, result.shown) == (0.0, True)
    assert result.suspects[0].reasons == (Term("verdict", CERTAIN, "caused it, says @ada"), REASON)


def test_a_cause_that_was_no_suspect_is_added() -> None:
    view = ranked((A, 0.6), (B, 0.2), no_change=0.2)
    result = overruled(view, standing([said("ada", CAUSED, C)]), 2, 0.5)
    assert list(shares(result)) == ["c", "a"], "and there are no more than asked for"
    assert [term.name for term in result.suspects[0].reasons] == ["verdict"]


def test_no_change_names_nobody() -> None:
    result = overruled(ranked((A, 0.6), no_change=0.4), standing([said("ada", NO_CHANGE)]), 5, 0.5)
    assert (shares(result), result.no_change, result.shown) == ({"a": 0.0}, 1.0, False)
    assert result.no_change_reasons[0] == Term("verdict", CERTAIN, "no change caused this, says @ada")


def test_what_is_ruled_out_gives_its_share_to_the_others() -> None:
    view = ranked((A, 0.6), (B, 0.2), (C, 0.1), no_change=0.1)
    result = overruled(view, standing([said("ada", DID_NOT, A)]), 2, 0.5)
    assert shares(result) == {"b": 0.5, "c": 0.25, "a": 0.0}
    assert result.no_change == pytest.approx(0.25)
    assert result.shown
    last = result.suspects[-1]
    assert last.reasons == (Term("verdict", -CERTAIN, "ruled out by @ada"), REASON)
    assert not overruled(view, standing([said("ada", DID_NOT, A)]), 2, 0.51).shown


def test_the_share_of_suspects_that_are_not_listed_stays_theirs() -> None:
    view = ranked((A, 0.5), (B, 0.2), no_change=0.1)  # 0.2 are with others
    result = overruled(view, standing([said("ada", DID_NOT, A)]), 5, 0.5)
    assert result.suspects[0].probability == pytest.approx(0.4)
    assert result.no_change == pytest.approx(0.2)


def test_when_all_is_ruled_out_no_change_is_left() -> None:
    certain = ranked((A, 1.0), no_change=0.0)
    result = overruled(certain, standing([said("ada", DID_NOT, A)]), 5, 0.5)
    assert (result.no_change, result.shown) == (1.0, False)


def test_what_rounding_leaves_is_nothing() -> None:
    shares = 0.8191485455336542, 0.5490652717699965
    view = ranked((A, 0.0), (B, shares[0] / sum(shares)), (C, shares[1] / sum(shares)), no_change=0.0)
    result = overruled(view, standing([said("ada", DID_NOT, B), said("ada", DID_NOT, C)]), 5, 0.5)
    assert (result.no_change, result.shown) == (1.0, False)


@given(
    st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3),
    st.floats(0.0, 1.0),
    st.lists(
        st.tuples(st.sampled_from(["ada", "bob"]), st.sampled_from(Judgement), st.sampled_from([A, B, C]))
    ),
)
def test_probabilities_stay_probabilities(
    weights: list[float], none: float, words: list[tuple[str, Judgement, Any]]
) -> None:
    whole = sum(weights) + none or 1.0
    view = ranked(*zip((A, B, C), [one / whole for one in weights], strict=True), no_change=none / whole)
    number = count()
    history = [
        said(who, what, None if what is NO_CHANGE else about, at=next(number)) for who, what, about in words
    ]
    result = overruled(view, standing(history), 5, 0.5)
    total = result.no_change + sum(one.probability for one in result.suspects)
    assert total == pytest.approx(1.0, abs=1e-6) or sum(weights) + none == 0
    assert all(0.0 <= one.probability <= 1.0 for one in result.suspects)
    assert len({key_of(one.change) for one in result.suspects}) == len(result.suspects)


def test_in_words() -> None:
    assert describe(replace(A, kind=type(A.kind).FEATURE_FLAG)) == "feature flag of checkout (a)"
    assert sentence(said("ada", CAUSED, A)) == "@ada says that the deploy of checkout (a) caused this."
    assert (
        sentence(said("ada", DID_NOT, A)) == "@ada says that the deploy of checkout (a) did not cause this."
    )
    assert sentence(said("ada", NO_CHANGE)) == "@ada says that no change caused this."
