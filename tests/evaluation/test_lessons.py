from __future__ import annotations

from dataclasses import replace

from bot.domain.suspicion import DEFAULT_PARAMETERS
from bot.evaluation.fit import Quality
from bot.evaluation.lessons import Lesson, lesson_text

BEFORE, AFTER = Quality(9, 1.5, 8, 4, 0), Quality(9, 1.25, 8, 6, 1)


def test_each_number_stands_beside_the_one_in_force() -> None:
    learnt = replace(DEFAULT_PARAMETERS, change=0.75, services={f"s{n:02}": 1.0 + n / 10 for n in range(22)})
    lesson = Lesson(40, 12, DEFAULT_PARAMETERS, learnt, BEFORE, AFTER)
    text = lesson_text(lesson)
    assert lesson.is_better
    assert text.startswith("40 labelled incidents; the latest 12 judge what the others teach.")
    assert "log loss on later incidents            1.500     1.250" in text
    assert "first suspect right                      50%       75%   of 8" in text
    assert "caused by a change                     0.570     0.750" in text
    assert "service s21                            1.000     3.100" in text
    assert "service s00" not in text
    assert "and 2 more services" in text
    assert "1 later incidents were caused by a change that was no candidate" in text


def test_no_better_is_said() -> None:
    assert not Lesson(40, 12, DEFAULT_PARAMETERS, DEFAULT_PARAMETERS, BEFORE, BEFORE).is_better
