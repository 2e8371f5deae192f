"""Inviting a whole list of people: first what would become of each row, then the same for real."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from plans.domain.invitations import OPEN_INVITATIONS_AT_MOST, clean_address, send_invitations
from plans.models import Invitation, Squad
from plans.models.squads import Role
from plans.people_csv import ListedPerson

ROLE_WORDS = {"": Role.ATHLETE, "assistant coach": Role.ASSISTANT} | {role.value: role for role in Role}


@dataclass(frozen=True)
class Outlook:
    """What would become of one row.

    `fate`: invite; member, asked or twice (nothing to do); fault (`told` says what is wrong with it).
    """

    line: int
    email: str
    name: str
    role: str
    fate: str
    told: str = ""


def look_over(*, squad: Squad, people: Sequence[ListedPerson], now: datetime) -> list[Outlook]:
    """What would become of each row of a list, in its order; nothing is changed. Two queries, however long it is."""
    members = squad.memberships.active().values_list("person__email", flat=True)
    inside = {email.lower() for email in members}
    asked = set(squad.invitations.open(now).values_list("email", flat=True))
    seen: dict[str, int] = {}
    return [_outlook(person, inside, asked, seen) for person in people]


def digest(outlooks: Sequence[Outlook]) -> str:
    """A short name for exactly these outlooks: by it one is held to what was shown."""
    text = "\n".join(f"{each.line} {each.email} {each.role} {each.fate}" for each in outlooks)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]


@transaction.atomic
def invite_many(
    *, squad: Squad, actor: User, people: Sequence[ListedPerson], shown: str, leave_out: bool, now: datetime
) -> list[Invitation]:
    """Invite those of a list of whom `shown` (the digest of what `look_over` gave) said so: all of them or nobody.

    Rows with faults hold the rest up unless `leave_out`. Raises ValidationError by code: changed (it would be something
    else now: look again), faults, nobody, too-many, archived.
    """
    squad = Squad.objects.select_for_update(no_key=True).get(pk=squad.pk)
    if squad.archived_at:
        raise ValidationError(_("This squad is archived. Bring it back first."), code="archived")
    outlooks = look_over(squad=squad, people=people, now=now)
    if digest(outlooks) != shown:
        raise ValidationError(_("Something has changed since you looked. Look once more, then invite."), code="changed")
    if not leave_out and any(each.fate == "fault" for each in outlooks):
        raise ValidationError(_("Mend the rows with faults, or tick that they are left out."), code="faults")
    wanted = [(each.email, each.role) for each in outlooks if each.fate == "invite"]
    if not wanted:
        raise ValidationError(_("There is nobody to invite in this list."), code="nobody")
    if squad.invitations.open(now).count() + len(wanted) > OPEN_INVITATIONS_AT_MOST:
        told = _("With these, more than %(most)d invitations would be open. Take some back first.")
        raise ValidationError(told % {"most": OPEN_INVITATIONS_AT_MOST}, code="too-many")
    return send_invitations(squad=squad, actor=actor, wanted=wanted, now=now)


def _outlook(person: ListedPerson, inside: set[str], asked: set[str], seen: dict[str, int]) -> Outlook:
    email, faults = person.email, []
    try:
        email = clean_address(person.email)
    except ValidationError:
        faults.append(_("This is no e-mail address.") if email else _("The e-mail address is missing."))
    role = ROLE_WORDS.get(person.role.lower())
    if role is None:
        faults.append(_("The role can be athlete, assistant or coach."))
    if person.surplus:
        faults.append(_("This row has more cells than the heading."))
    fate, told = "invite", " ".join(faults)
    if faults:
        fate = "fault"
    elif email in seen:
        fate, told = "twice", _("The same as line %(line)d.") % {"line": seen[email]}
    elif email in inside:
        fate = "member"
    elif email in asked:
        fate = "asked"
    if not faults:
        seen.setdefault(email, person.line)
    return Outlook(person.line, email, person.name, role.value if role else person.role, fate, told)
