"""What each message says: one set of sentences, of which both the text and the HTML are made. Pure.

``%(handle)s``, ``%(community)s``, ``%(when)s``, ``%(browser)s`` and ``%(reason)s`` are filled in,
and in invitations ``%(name)s``, ``%(host)s``, ``%(greeting)s`` and ``%(until)s``, and to who asks
to join ``%(words)s`` and ``%(place)s``; nothing that a post says ever is. A paragraph that
comes out empty is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fedinet.kernel.problems import N_
from fedinet.mail.model import MailKind, Topic, Trouble

NO_BROWSER: Final = N_("a browser we do not know")
NO_REASON: Final = N_("no reason was written down")
WHY: Final = N_("You get this because of your account %(handle)s at %(community)s.")
WHY_ANYBODY: Final = N_("This message comes from %(community)s.")
NO_ANSWER: Final = N_("Nobody reads answers to this address.")

STOP: Final = N_("Send me no more messages of this kind")

TOPIC_WORDS: Final[Mapping[Topic, str]] = MappingProxyType(
    {
        Topic.SECURITY: N_("Signing in and your address"),
        Topic.STANDING: N_("What the stewards decide about you"),
        Topic.INVITATIONS: N_("Invitations"),
        Topic.NOTICES: N_("What happens around you"),
        Topic.DAILY: N_("The overview of a day"),
        Topic.WEEKLY: N_("The overview of a week"),
        Topic.DIGEST: N_("Overviews of a day or a week"),
    }
)
"""What pages call each topic."""

TROUBLES: Final[Mapping[Trouble, str]] = MappingProxyType(
    {
        Trouble.NO_NAME: N_(
            "There is no server of this name, or this machine cannot look names up."
            " Look whether it is spelled as your provider writes it."
        ),
        Trouble.CLOSED: N_(
            "Nothing takes mail at this port. Usual are 587 with STARTTLS and 465 with TLS;"
            " many hosting companies close port 25, and open it when asked."
        ),
        Trouble.SILENT: N_(
            "The server did not answer in time. A firewall may stand between, or the port wants"
            " the other kind of encryption: 465 goes with TLS, 587 with STARTTLS."
        ),
        Trouble.CERTIFICATE: N_(
            "The certificate of the server is not believed: it is for another name, has run out,"
            " or nobody vouches for it. Use the name that your provider gives; for a server of"
            " your own, whoever runs the machine has to say whose certificates are believed."
        ),
        Trouble.NO_ENCRYPTION: N_(
            "The server offers no encryption here, or another kind."
            " Try TLS with port 465, or STARTTLS with port 587."
        ),
        Trouble.NOT_MAIL: N_("Something answers, but it is no mail server. Look at name and port."),
        Trouble.SIGN_IN: N_(
            "The server does not let us in with this name and password. Many providers want a"
            " password made for programs, not the one that you use yourself."
        ),
        Trouble.SENDER: N_(
            "The server does not let us send as this address."
            " Choose one as sender that belongs to the account there."
        ),
        Trouble.RECIPIENT: N_(
            "The server takes no message to this address. Look whether it is spelled right;"
            " some servers also refuse until the sender’s domain is set up with them."
        ),
        Trouble.LATER: N_(
            "The server wants to be asked again later; many do that with senders they do not"
            " know. Wait five minutes, and try again."
        ),
        Trouble.OTHER: N_("The server refused, and said why. Ask your provider what it means."),
    }
)
"""What stewards read when mail was tried in vain: what it is, and what to do."""

_NO_OBLIGATION: Final = (
    N_("You choose a name and a password yourself; until then you have no account."),
    N_("You do not want to? Then do nothing."),
)
_NOT_YOU: Final = N_(
    "Was it not you? Change your password at once, sign out everywhere, and tell a steward."
)
_SECURITY: Final = N_("Look at sign-in and apps")
_SETTINGS: Final = "/settings/security"
_REASON: Final = N_("What they say: %(reason)s")
_WORDS: Final = N_("What the stewards say: %(words)s")
_STANDING: Final = "/settings/standing"


_WHEN: Final = N_("What comes by mail, and when, you choose under Settings, Notifications.")
_CHOOSE_WHEN: Final = (
    N_("Read your notifications"),
    (_WHEN,),
    "/notifications",
)


@dataclass(frozen=True, slots=True)
class Letter:
    """``button`` leads to the message’s own link, or else to ``path``."""

    subject: str
    before: tuple[str, ...]
    button: str = ""
    after: tuple[str, ...] = ()
    path: str = ""
    said: str = ""
    """A paragraph before the button, only where somebody wrote ``%(words)s``."""


def _changed(subject: str, what: str) -> Letter:
    return Letter(subject, (what,), _SECURITY, (_NOT_YOU,), _SETTINGS)


def _acted(subject: str, what: str) -> Letter:
    return Letter(
        subject, (what, _REASON), N_("Read what was done, and whom to write to"), (), _STANDING
    )


LETTERS: Final[Mapping[MailKind, Letter]] = MappingProxyType(
    {
        MailKind.TEST: Letter(
            N_("A test from %(community)s"),
            (N_("Mail from %(community)s arrives here. Nothing needs to be done."),),
        ),
        MailKind.CODE: Letter(
            N_("%(code)s shows that mail from %(community)s arrives"),
            (
                N_("Enter this code on the page from which you sent it: %(code)s"),
                N_("It works for half an hour. Did you not ask for it? Nothing needs to be done."),
            ),
        ),
        MailKind.CONFIRM_ADDRESS: Letter(
            N_("Is this your e-mail address?"),
            (
                N_("Somebody, probably you, gave this address for the account %(handle)s."),
                N_("Confirm it on the page that this link opens. It works for a day."),
            ),
            N_("Confirm this address"),
            (N_("Was it not you? Do nothing: without your yes the address is not used."),),
        ),
        MailKind.ADDRESS_CHANGED: _changed(
            N_("Your e-mail address was changed"),
            N_("On %(when)s the account %(handle)s got another e-mail address, or none."),
        ),
        MailKind.RESET_PASSWORD: Letter(
            N_("A new password for %(handle)s"),
            (
                N_("Somebody, probably you, asked for a new password for %(handle)s."),
                N_("Choose it on the page that this link opens. It works once, for six hours."),
            ),
            N_("Choose a new password"),
            (N_("Was it not you? Do nothing: your password stays as it is."),),
        ),
        MailKind.SIGN_IN_LINK: Letter(
            N_("Sign in as %(handle)s"),
            (
                N_("Somebody, probably you, asked to sign in as %(handle)s without a password."),
                N_(
                    "Open the link in the browser in which you asked."
                    " It works once, for a quarter of an hour."
                ),
            ),
            N_("Sign in"),
            (N_("Was it not you? Do nothing: nobody gets in without your message."),),
        ),
        MailKind.PASSWORD_CHANGED: _changed(
            N_("Your password was changed"),
            N_("On %(when)s the password of %(handle)s was changed."),
        ),
        MailKind.PASSWORD_ENDED: Letter(
            N_("Choose a new password for %(handle)s"),
            (
                N_(
                    "%(community)s was brought back from a backup. You changed how you sign in"
                    " after that backup was made, so your password of that day opens nothing any"
                    " more, and signing in asks for no code."
                ),
                N_("Ask for a link to choose a new one. Then turn the second step on again."),
            ),
            N_("Choose a new password"),
            (),
            "/forgot-password",
        ),
        MailKind.NEW_SIGN_IN: _changed(
            N_("A new sign-in to your account"),
            N_("On %(when)s somebody signed in as %(handle)s, with %(browser)s."),
        ),
        MailKind.TOTP_ADDED: _changed(
            N_("Signing in now asks for a code"),
            N_("On %(when)s an authenticator app was added to %(handle)s."),
        ),
        MailKind.TOTP_REMOVED: _changed(
            N_("Signing in asks for no code any more"),
            N_("On %(when)s the authenticator app of %(handle)s was removed."),
        ),
        MailKind.PASSKEY_ADDED: _changed(
            N_("A passkey was added"),
            N_("On %(when)s a passkey was added to %(handle)s."),
        ),
        MailKind.PASSKEY_REMOVED: _changed(
            N_("A passkey was removed"),
            N_("On %(when)s a passkey of %(handle)s was removed."),
        ),
        MailKind.RECOVERY_CODES_MADE: _changed(
            N_("New recovery codes were made"),
            N_("On %(when)s new recovery codes were made for %(handle)s. Older ones are void."),
        ),
        MailKind.RECOVERY_CODE_USED: _changed(
            N_("A recovery code was used"),
            N_("On %(when)s somebody signed in as %(handle)s with a recovery code."),
        ),
        MailKind.REPORT_SETTLED: Letter(
            N_("What you reported was looked at"),
            (
                N_("You reported something at %(community)s. The stewards looked at it."),
                _REASON,
            ),
        ),
        MailKind.WARNED: _acted(
            N_("The stewards have a word for you"),
            N_("On %(when)s the stewards of %(community)s wrote to you about %(handle)s."),
        ),
        MailKind.POST_REMOVED: _acted(
            N_("The stewards have taken away a post of yours"),
            N_(
                "On %(when)s the stewards of %(community)s deleted a post of %(handle)s. You find"
                " what you wrote for a day, where you write."
            ),
        ),
        MailKind.LIMITED: _acted(
            N_("Only your followers meet what you write"),
            N_("On %(when)s the stewards of %(community)s limited the account %(handle)s."),
        ),
        MailKind.FROZEN: _acted(
            N_("Your account is frozen: you can read, and change nothing"),
            N_("On %(when)s the stewards of %(community)s froze the account %(handle)s."),
        ),
        MailKind.SUSPENDED: Letter(
            N_("The stewards have suspended your account"),
            (
                N_("On %(when)s the stewards of %(community)s suspended the account %(handle)s."),
                _REASON,
            ),
            N_("Sign in"),
            (
                N_("Nobody sees it any more. Nothing of it was deleted."),
                N_(
                    "Sign in with your password to ask once that somebody looks again, and to"
                    " take your data along."
                ),
            ),
            "/sign-in",
        ),
        MailKind.UNSUSPENDED: Letter(
            N_("Your account is no longer suspended"),
            (N_("You can sign in as %(handle)s again. Apps have to be let in anew."),),
            N_("Sign in"),
            path="/sign-in",
        ),
        MailKind.LOOK_KEPT: _acted(
            N_("The stewards looked again, and it stays as it is"),
            N_("You asked the stewards of %(community)s to look again at %(handle)s. They did."),
        ),
        MailKind.LOOK_CHANGED: _acted(
            N_("The stewards looked again, and changed what they decided"),
            N_("You asked the stewards of %(community)s to look again at %(handle)s. They did."),
        ),
        MailKind.NEWS: Letter(N_("News for you at %(community)s"), (), *_CHOOSE_WHEN),
        MailKind.DAILY: Letter(N_("Your day at %(community)s"), (), *_CHOOSE_WHEN),
        MailKind.WEEKLY: Letter(
            N_("Your week at %(community)s"),
            (),
            N_("Read your week on the page"),
            (N_("That was the week."), _WHEN),
            "/week",
        ),
        MailKind.INVITED: Letter(
            N_("You are invited to %(community)s"),
            (
                N_("Hello %(name)s,"),
                "%(greeting)s",
                N_(
                    "%(host)s invites you to %(community)s. The link is yours alone, and works "
                    "once, until %(until)s."
                ),
            ),
            N_("See the invitation"),
            _NO_OBLIGATION,
        ),
        MailKind.INVITED_STILL: Letter(
            N_("Your invitation to %(community)s still works"),
            (
                N_("Hello %(name)s,"),
                N_(
                    "A week ago %(host)s invited you to %(community)s. The link works until "
                    "%(until)s. You will not be reminded again."
                ),
            ),
            N_("See the invitation"),
            _NO_OBLIGATION,
        ),
        MailKind.JOIN_CONFIRM: Letter(
            N_("Do you want to join %(community)s?"),
            (
                N_("Somebody, probably you, asked to join %(community)s with this address."),
                N_("Confirm it within a day on the page that this link opens."),
                N_("Before, nobody reads what you wrote."),
                N_("Keep the link: it shows later how it stands with your request."),
            ),
            N_("Confirm this address"),
            (N_("Was it not you? Do nothing: the request is deleted after a day."),),
        ),
        MailKind.JOIN_MEMBER: Letter(
            N_("You are a member of %(community)s already"),
            (
                N_("Somebody, probably you, asked to join %(community)s with this address."),
                N_("It belongs to your account %(handle)s: sign in with it."),
            ),
            N_("Sign in"),
            (N_("Was it not you? Do nothing: whoever it was learned nothing about you."),),
            "/sign-in",
        ),
        MailKind.JOIN_INVITED: Letter(
            N_("Come in: you are welcome at %(community)s"),
            (
                N_("You asked to join %(community)s, and there is a place for you."),
                N_("This link is for you alone. It works once, for 14 days."),
            ),
            N_("Join"),
            said=_WORDS,
        ),
        MailKind.JOIN_IN_LINE: Letter(
            N_("You are welcome at %(community)s, and wait for room"),
            (
                N_("You asked to join %(community)s, and are welcome."),
                N_("At the moment every place is taken: you are number %(place)s in line."),
                N_("We write to you as soon as there is a place. Nothing needs to be done."),
            ),
            N_("See how it stands"),
            said=_WORDS,
        ),
        MailKind.JOIN_DECLINED: Letter(
            N_("About your request to join %(community)s"),
            (
                N_("Thank you for asking to join %(community)s."),
                N_("The stewards have read what you wrote, and do not invite you at this time."),
            ),
            after=(N_("What you wrote is deleted after some weeks."),),
            said=_WORDS,
        ),
    }
)


def subject_of(kind: str) -> str:
    """What a message is called, by the kind in its row; one of another release by that alone."""
    return LETTERS[MailKind(kind)].subject if kind in set(MailKind) else kind
