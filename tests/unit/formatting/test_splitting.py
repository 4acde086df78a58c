"""Where an answer is cut into messages (`lola.formatting.splitting`)."""

from lola.formatting.splitting import split_text


def test_a_link_is_never_cut():
    """One that begins early and is longer than the rest of the message goes to the next one."""
    url = "https://pay.example/" + "a" * 900
    assert split_text(f"Aquí: {url}", 1024 - 50) == (f"Aquí: {url}",)
    assert split_text(f"Vea aquí {'la página ' * 12}: {url}", 1000)[-1].endswith(url)
