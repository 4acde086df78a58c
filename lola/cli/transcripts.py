"""How conversations are shown in a terminal: bubbles, buttons and links."""

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from lola.testing.device import Received
from lola.testing.step_acting import Observer

WIDTH = 72


def transcript(console: Console) -> Observer:
    """Return an observer that prints everything that happens."""

    def watch(who: str, words: str, received: Received | None) -> None:
        if received is not None:
            titles = [title for _, title in received.options]
            console.print(bubble(received.text, titles, received.links))
        elif who == "page":
            console.print(f"   on the secure page: {words}", style="magenta", markup=False)
        else:
            console.print(Panel(Text(words), style="green", expand=False), justify="right")

    return watch


def bubble(
    text: str,
    options: "list[str] | tuple[str, ...]" = (),
    links: tuple[tuple[str, str], ...] = (),
    *,
    numbered: bool = False,
) -> Panel:
    """Return one message; with `numbered`, each option has the number that chooses it."""
    shown = Text(text)
    if options:
        shown.append("\n")
    for number, title in enumerate(options, start=1):
        shown.append("\n" if numbered else "" if number > 1 else "\n")
        if numbered:
            shown.append(f"{number} ", style="dim")
        shown.append(f" {title} ", style="reverse")
        shown.append("" if numbered else "  ")
    for label, url in links:
        shown.append("\n")
        shown.append(label or "→", style="cyan")
        shown.append(" ")
        shown.append(url, style=f"link {url}")
    return Panel(shown, expand=False, width=WIDTH)


def silent(who: str, words: str, received: Received | None) -> None:
    """Show nothing."""
