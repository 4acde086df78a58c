"""The words by which senders opt out, opt in again, or ask for help (reference/channels.md 2.8).

Everything here is compared with folded text: lower case, no accents, no punctuation. The lists
follow the carriers' own words, the FCC's ("stop, quit, end, revoke, opt out, cancel, unsubscribe")
and what people write in the Spanish of Mexico, Central America and the Caribbean.
"""

STOP = frozenset(
    {"stop", "stop all", "stopall", "stop sms", "stop messages", "stop texts", "unsubscribe",
     "opt out", "optout", "opt me out", "unsubscribe me",
     "alto", "alto sms", "alto mensajes", "baja", "de baja", "mi baja", "baja sms", "dar de baja",
     "darme de baja", "parar sms", "parar mensajes", "cancelar sms", "cancela sms",
     "cancelar mensajes", "cancelar suscripcion", "desuscribir", "desuscribirme", "estop"}
)  # fmt: skip
"""Whole messages that mean one thing only."""

ENOUGH = frozenset(
    {"quit", "end", "exit", "revoke", "revocar", "fin", "salir", "terminar", "parar", "pare",
     "paren", "paralo", "detener", "detenganse", "basta", "ya basta", "no mas", "ya no mas",
     "dejame en paz", "dejenme en paz", "leave me alone", "enough"}
)  # fmt: skip
"""Whole messages that may mean it. The sender is asked."""

CANCEL = frozenset(
    {"cancelar", "cancela", "cancele", "cancelen", "cancelalo", "cancelado", "cancel",
     "cancel it", "cancel please", "quiero cancelar", "i want to cancel"}
)  # fmt: skip
"""What a transfer in progress is cancelled with; without one, the sender is asked."""

START = frozenset(
    {"start", "unstop", "resume", "opt in", "opt me in", "opt me back in", "subscribe",
     "alta", "de alta", "mi alta", "dar de alta", "darme de alta", "quiero darme de alta",
     "reanudar", "reanudar sms", "reanudar mensajes", "reactivar", "suscribirme", "volver"}
)  # fmt: skip

HELP = frozenset({"help", "ayuda"})

ENGLISH = frozenset(
    {"stop messages", "stop texts", "unsubscribe", "unsubscribe me", "opt out", "opt me out",
     "quit", "end", "exit", "revoke", "leave me alone", "enough", "cancel", "cancel it",
     "cancel please", "i want to cancel", "start", "resume", "opt in", "opt me in",
     "opt me back in", "subscribe", "help"}
)  # fmt: skip
"""Those of the words above that only English has; "stop" is said in both languages."""

COURTESY = frozenset(
    {"por favor", "porfavor", "porfa", "porfis", "favor de", "please", "pls", "plz", "hola",
     "buenas", "buenas tardes", "buenas noches", "buenos dias", "hello", "hi", "hey", "oye",
     "oigan", "mira", "miren", "gracias", "muchas gracias", "thanks", "thank you", "ok", "okay",
     "ya", "now", "ahora", "ahorita", "de una vez", "right now", "nunca", "never", "jamas", "mas",
     "anymore", "any more", "again", "otra vez", "de nuevo", "ever", "a este numero",
     "a mi numero", "a mi celular", "a mi telefono", "por aqui", "por este medio",
     "to this number", "on this number", "at this number", "here", "senores", "amigos", "lola",
     "la verdad", "les pido que", "te pido que", "le pido que", "quiero que", "necesito que",
     "i said", "you guys", "de ustedes", "de su parte", "de este numero", "from you"}
)  # fmt: skip
"""Words around a wish that do not change it."""

_MESSAGES = (
    r"(?:(?:sus|tus|mas|estos|los|tantos|ningun|ni un|otro|de sus) )*(?:mensajes?|mensajitos|sms|"
    r"textos?|notificaciones|avisos|publicidad|promociones|spam|whatsapps?)"
)
_THINGS = rf"(?:{_MESSAGES}|(?:mas )?nada|esto|eso|(?:estas |esas |sus |tantas )?cosas)"
_SEND_ES = (
    r"(?:mand(?:en|es|e|ar|arme|ando|andome)|envi(?:en|es|e|ar|arme|ando|andome)|"
    r"(?:estar )?(?:mandando|enviando))(?:me)?"
)
_WRITE_ES = (
    r"(?:escrib(?:an|as|a|ir|irme|iendo|iendome)|contact(?:en|es|e|ar|arme)|"
    r"molest(?:en|es|e|ar|arme|ando|andome)|texte(?:en|es|e|ar|arme|ando)|"
    r"(?:estar )?(?:escribiendo|molestando)|buscarme|busquen)(?:me)?"
)
# "Do not write to me in English" is about the language.
_NOT_ABOUT_HOW = r"(?! (?:en (?:ingles|espanol)|asi|tan|cuando|hasta|antes|despues)\b)"

_THINGS_EN = (
    r"(?:(?:any|more|your|these|those|the|all|me|so many|further|other|sms|text) )*"
    r"(?:messages?|texts?|sms|msgs?|notifications?|promos?|promotions?|spam|anything|this|these|that|"
    r"stuff|crap|junk)(?: crap| stuff)?(?: to me)?"
)
_WRITE_EN = (
    r"(?:text(?:ing)?|messag(?:e|ing)|contact(?:ing)?|bother(?:ing)?|spam(?:ming)?|"
    r"writ(?:e|ing)(?: to)?|sms(?:ing)?)"
)
_ME_EN = r"(?: to)?(?: me| us| this number| my number| my phone)"

_DO_NOT_ES = r"(?:no|nunca|jamas) (?:quiero que )?me(?: vuelvan? a| vuelvas a| esten?)?"
_LEAVE_OFF_ES = r"(?:deja|deje|dejen|dejame|dejeme|dejenme|para|pare|paren|basta|dejense) de"

STOP_ES = (
    rf"{_DO_NOT_ES} {_WRITE_ES}{_NOT_ABOUT_HOW}",
    rf"{_DO_NOT_ES} {_SEND_ES} {_THINGS}",
    rf"{_LEAVE_OFF_ES} {_WRITE_ES}{_NOT_ABOUT_HOW}",
    rf"{_LEAVE_OFF_ES} {_SEND_ES} {_THINGS}",
    rf"(?:basta|alto) (?:de|a|con) {_MESSAGES}",
    r"no (?:quiero|deseo|quisiera) (?:seguir )?(?:recib(?:ir|iendo) )?" + _MESSAGES,
    rf"(?:no mas {_MESSAGES}|ni un (?:mensaje|sms|texto) mas)",
    (
        r"(?:(?:quiero|quisiera|deseo|necesito|solicito|pido) )?"
        r"(?:darme|darnos|denme|deme|dame|dese|me den|me des|me de) de baja"
    ),
    (
        r"(?:saquenme|saqueme|sacame|quitenme|quiteme|quitame|borrenme|borrame|eliminenme|eliminame)"
        r" de (?:la|su|sus|tu|esta|las)? ?listas?"
    ),
    (
        r"(?:quiten|quita|quite|borren|borra|borre|eliminen|saquen) mi numero"
        r"(?: de (?:la|su|sus|tu|esta) listas?)?"
    ),
    (
        r"(?:quiero |quisiera )?(?:cancelar|cancelen|cancela|anular|anulen) "
        r"(?:los |mis |sus |mi |la |estos )*(?:sms|mensajes|suscripcion|notificaciones)"
    ),
    r"(?:desuscribanme|desuscribeme|quiero desuscribirme)",
    (
        r"(?:quiero|quisiera|deseo|necesito|solicito) (?:que )?(?:dejar|dejen|dejes|deje) de "
        rf"(?:recibir|llegarme) {_THINGS}"
    ),
    (
        r"no (?:quiero|deseo) (?:que )?(?:me )?(?:sigan? )?"
        rf"(?:lleguen?|llegando|recibir|seguir recibiendo) {_THINGS}"
    ),
    rf"(?:que )?no me lleguen? {_THINGS}",
    rf"{_LEAVE_OFF_ES} llegarme {_THINGS}",
    r"(?:dejar de recibir|no quiero recibir|no recibir mas)$",
    r"detener (?:promociones|mensajes|avisos)",
)
STOP_EN = (
    rf"(?:stop|quit|cease) {_WRITE_EN}{_ME_EN}",
    rf"(?:stop|quit|cease) (?:sending|all|with)(?: me)? {_THINGS_EN}",
    rf"(?:do not|don t|dont|never) (?:ever )?{_WRITE_EN}{_ME_EN}",
    rf"(?:do not|don t|dont|never) (?:ever )?send me {_THINGS_EN}",
    rf"(?:i )?(?:do not|don t|dont|no longer) want (?:to )?(?:get |receive )?{_THINGS_EN}",
    rf"(?:i )?(?:do not|don t|dont|no longer) want you to {_WRITE_EN}{_ME_EN}",
    rf"no more {_THINGS_EN}",
    r"(?:take|remove|delete) (?:me|my number) (?:off|from) (?:of )?(?:your|the|this|that) lists?",
    r"(?:i (?:want|would like|d like|need|wish) to |let me )(?:unsubscribe|opt out)",
    r"i revoke my (?:consent|permission)",
    r"(?:unsubscribe|opt|take) me (?:out |off )?(?:from |of )?(?:this|these|all)",
    r"(?:i )?want (?:these|your|the|all) (?:messages|texts) to stop",
    r"stop (?:promotions|promos|marketing|updates)",
)
COMPLAINTS_ES = (
    rf"hart[oa]s? (?:de|con) {_MESSAGES}",
    rf"(?:para|como) (?:hago para )?(?:ya )?(?:no|dejar de) recibir {_THINGS}",
    r"(?:ya )?parenle",
    r"no (?:les )?(?:autorice|di permiso) (?:\w+ ){0,3}(?:mensajes|escribirme|contactarme)",
    r"si (?:me )?(?:siguen|vuelven)(?: a)? (?:escrib|mand|molest)\w+",
    (
        r"(?:borra|borren|borre|elimina|eliminen|elimine|quita|quiten)(?:me)?"
        r"(?: (?:mi|el) (?:numero|contacto|telefono)| de (?:aqui|su sistema))"
    ),
    r"(?:borrame|borrenme|eliminenme|eliminame)",
)
COMPLAINTS_EN = (
    rf"(?:tired|sick|fed up) (?:of|with) (?:all )?{_THINGS_EN}",
    rf"enough (?:with|of) {_THINGS_EN}",
    r"(?:if you|you) keep (?:texting|messaging|writing|contacting|bothering)",
    r"(?:remove|delete) (?:me|my (?:number|contact|phone))",
    r"i never (?:signed up|subscribed|agreed)",
)
"""Complaints that often are a wish to stop. The sender is asked."""

WRONG_NUMBER = (
    r"(?:es (?:un )?)?numero equivocado",
    r"(?:se |te )?(?:equivocaron|equivoco|equivocaste|confundieron) de (?:numero|persona|telefono)",
    r"(?:este|ese) (?:ya )?no es (?:el |su )?(?:numero|telefono|celular|whatsapp) de \w+(?: \w+)?",
    r"(?:you (?:have|got|have got) (?:the|a) )?wrong (?:number|person)",
    (
        r"this (?:is not|isnt|isn t|is no longer) \w+(?: \w+)?(?: s)? (?:number|phone|cell)"
        r"(?: anymore)?"
    ),
)
"""Whole messages, or whole sentences, of people that we write to by mistake."""

START_ES = (
    r"(?:quiero |quisiera |deseo )(?:volver a )?recibir (?:otra vez )?(?:sus |los |tus )?mensajes",
    r"(?:vuelvan|vuelve|vuelva) a (?:escribirme|mandarme mensajes|enviarme mensajes)",
    r"(?:ya )?me (?:pueden|puedes|puede) (?:volver a )?(?:escribir|contactar|mandar mensajes)",
    r"(?:ya )?(?:pueden|puedes|puede) (?:volver a )?(?:escribirme|contactarme)",
)
START_EN = (
    r"i (?:want|would like|d like) to (?:get|receive) (?:your |the )?(?:messages|texts)",
    r"(?:you can |please )?(?:text|message|contact) me",
)
