"""Field failure 13: the history grows until everything is slow.

RasaHQ/rasa#6334, #11828, rasa_core#1758: every call carried the whole past. Here a turn reads and
sends a window of it, whatever the length of the conversation.
"""

import json

from tests.field.stage import staged

WINDOW = 3
SETTLED = 12
TURNS = 42
WORDS = "y además quisiera preguntar otra cosa sobre mi familia en Oaxaca " * 4


async def test_a_long_conversation_asks_no_more_than_a_short_one(tmp_path):
    """The request stops growing with the window and its gist, and so does what is remembered."""
    async with staged(tmp_path, retriever="", core_history_window_length=WINDOW) as stage:
        line, sizes, states = stage.line(), [], []
        for number in range(10, TURNS):
            stage.model.says("¿Algo más?")
            await line.say(f"{number} {WORDS}")
            sizes.append(len(stage.asked()))
            states.append(len(json.dumps(await stage.state(line))))
    assert sizes[3] > sizes[2] > sizes[1] > sizes[0]
    # The count of what is behind the window may grow, by a digit.
    assert max(sizes[SETTLED:]) <= max(sizes[:SETTLED]) + 1
    assert len(set(states[1:])) == 1
