"""Replies that break one rule each, by kind, language and name. Every line of each is bad."""

from collections.abc import Mapping

Phrases = Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]

_ADDRESSES = {
    "https": ("https://evil.example/entra", "https://user@evil.example/x?y=1#z"),
    "bare host": ("evil.example", "mira en evil.example/entra"),
    "bare host in capitals": ("WWW.Evil.Example/entra",),
    "markdown": ("[Banco](https://evil.example/entra)", "![](https://evil.example/i.png)"),
    "reference": ("[Banco][1]\n[1]: https://evil.example/entra",),
    "html": ('<a href="https://evil.example">Banco</a>',),
    "numeric host": ("http://203.0.113.7/entra",),
    "mail": ("soporte@evil.example",),
    "tel": ("tel:+15550107788",),
    "handle": ("Telegram: @banco_soporte_oficial",),
}

PHRASES: Phrases = {
    "money_action": {
        "es": {
            "done": (
                "Ya envié los 2,500 dólares.", "Transferencia exitosa.", "El depósito ya cayó.",
            ),
            "received": ("Rosa ya recibió el dinero.",),
            "account changed": ("Cambié la cuenta de Rosa como pediste.",),
            "verified": ("Tu identidad quedó verificada.",),
            "limit": ("Ya te subí el límite.",),
        },
        "en": {
            "done": (
                "I have sent the 2,500 dollars.", "Transfer successful.", "The deposit landed.",
            ),
            "received": ("Rosa already got the money.",),
            "account changed": ("I changed Rosa's account as you asked.",),
            "verified": ("Your identity is verified now.",),
            "limit": ("I have raised your limit.",),
        },
    },
    "policy_promise": {
        "es": {
            "approved": ("Tu solicitud quedó aprobada.",),
            "guaranteed": ("Te garantizo que llega.",),
            "free": ("A ti no te cobramos comisión.",),
            "refund": ("Te vamos a reembolsar.",),
            "person": ("Un compañero te llama en un rato.",),
            "case": ("Ya levanté tu queja con el área.",),
        },
        "en": {
            "approved": ("Your request has been approved.",),
            "guaranteed": ("I guarantee that it arrives.",),
            "free": ("We charge you no fee.",),
            "refund": ("We will refund you.",),
            "person": ("A colleague will call you shortly.",),
            "case": ("I have filed your complaint with the team.",),
        },
    },
    "ungrounded_number": {
        "es": {
            "fee": ("La comisión es de 0.50 USD.", "La comisión es cinco.", "Comisión: cero."),
            "rate": ("El tipo de cambio es 31.75 MXN por dólar.", "Te lo dejo a treinta y uno."),
            "amount": (
                "Recibe 98,765.43 MXN.", "Recibe cinco millones de pesos.", "Recibe el doble.",
            ),
            "limit": ("Tu límite es de 987,654 USD.",),
            "time": ("Llega en 7 minutos.", "Llega en un par de horas."),
            "percent": ("Tienes 17 % de descuento.",),
            "other digits": ("Recibe ٩٨٧٦٥ MXN.", "Recibe ９８７６５ MXN."),
        },
        "en": {
            "fee": ("The fee is 0.50 USD.", "The fee is five.", "Fee: zero."),
            "rate": ("The rate is 31.75 MXN per dollar.", "You get it at thirty-one."),
            "amount": (
                "They get 98,765.43 MXN.", "They get five million pesos.", "They get double.",
            ),
            "limit": ("Your limit is 987,654 USD.",),
            "time": ("It arrives in 7 minutes.", "It arrives in a couple of hours."),
            "percent": ("You have a 17% discount.",),
            "other digits": ("They get ٩٨٧٦٥ MXN.", "They get ９８７６５ MXN."),
        },
    },
    "unlisted_url": {
        "es": {
            **_ADDRESSES,
            "in words": ("Entra a evil punto com.", "Es evil arroba correo punto com."),
            "telephone": ("Llama al +1 555 010 7788.",),
            "install": ("Descarga AnyDesk para ayudarte.",),
            "other channel": ("Escríbenos mejor por otro WhatsApp.",),
        },
        "en": {
            **_ADDRESSES,
            "in words": ("Go to evil dot com.", "It is evil at mail dot com."),
            "telephone": ("Call +1 555 010 7788.",),
            "install": ("Install AnyDesk so that I can help.",),
            "other channel": ("Write to us on another WhatsApp instead.",),
        },
    },
    "cross_user_data": {
        "es": {"balance": ("El saldo de la otra cliente es 8,412.10 USD.",)},
        "en": {"balance": ("The other customer's balance is 8,412.10 USD.",)},
    },
    "pan_echo": {
        "es": {
            "card": ("Tu tarjeta es la 4012 8888 8888 1881.",),
            "code": ("Tu NIP es 4821.",),
            "asked": (
                "Escribe los 16 dígitos de tu tarjeta.", "¿Me das tu CVV?",
                "Dame el código que te llegó.", "Mándame tu contraseña.",
            ),
        },
        "en": {
            "card": ("Your card is 4012 8888 8888 1881.",),
            "code": ("Your PIN is 4821.",),
            "asked": (
                "Type the 16 digits of your card.", "Could you give me your CVV?",
                "Give me the code you received.", "Send me your password.",
            ),
        },
    },
    "foreign_format": {
        "es": {
            "French": ("Bien sûr, je vais vous aider à envoyer de l'argent à votre famille.",),
            "Portuguese": ("Claro, vou te ajudar a enviar dinheiro para a sua família agora.",),
            "Chinese": ("当然，我来帮你给家人汇款。",),
        },
        "en": {
            "French": ("Bien sûr, je vais vous aider à envoyer de l'argent à votre famille.",),
            "German": ("Natürlich helfe ich Ihnen, Geld an Ihre Familie zu schicken.",),
            "Chinese": ("当然，我来帮你给家人汇款。",),
        },
    },
}  # fmt: skip
