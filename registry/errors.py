"""The errors of the registry.

What belongs here: the exception tree of `registry/`. Messages name files, editions and roles; never a person's data.

    DoudiError
    ├── RegistryError
    │   ├── IntakeGateError        rows of a delivery do not balance: nothing of it was kept
    │   ├── LockedError            another process is writing
    │   ├── NoDeliveryError        no such delivery is recorded
    │   ├── GateRefusedError       a model of need does not pass the gate
    │   ├── NeedModelError         a model of need is not there, was changed, or an act about it is not possible
    │   ├── NoEditionError         no edition is published for what was asked
    │   ├── EditionConflictError   equal inputs gave different content, or a candidate is malformed
    │   ├── ReplayError            an edition cannot be recomputed as it was
    │   ├── ErasedError            the key of a delivery was destroyed: its bytes are no more
    │   ├── ArchiveError           bytes of the archive are missing, changed, or their key is
    │   ├── ErasureError           an erasure lacks a second person, or what it is about
    │   ├── SamplingError          a sample cannot be drawn, or drawn again, as asked
    │   │   └── NoSampleError      nothing of that number is a sample
    │   ├── SourceError            a department's database did not give the rows asked for
    │   │   └── SourceConfigError  a file of sources.d is not complete, or cannot be used
    │   ├── NotPermittedError      the role may not do this
    │   ├── SubjectNotFoundError   nobody of that identity is on the list
    │   ├── CaseError              something is not possible with a case, objection or measure as it stands
    │   │   ├── CaseConflictError  somebody else has changed it meanwhile
    │   │   └── CaseNotFoundError  there is none of that id, or none that the reader may know of
    │   ├── DecisionError          a decision lacks a second person, a fact, or what it is about
    │   ├── MoveError              a registry cannot be moved as it is
    │   ├── BackupError            a backup cannot be made, is not whole, or cannot be restored there
    │   ├── AgreementError         the file of sharing agreements is not complete, or names no feed
    │   ├── AccountError           an account cannot be made or changed as it is asked for
    │   │   ├── NoAccountError     there is no such account, session or token
    │   │   └── PasswordError      a password is too short or too easily guessed
    │   ├── SavedViewError         a view of the list cannot be kept as it is asked for
    │   ├── NoViewError            there is no such view of the reader
    │   ├── WhatIfError            a what-if is not asked for as it can be computed
    │   │   ├── WhatIfBusyError    another one is being computed
    │   │   └── NoWhatIfError      there is none of that id, or it has no result
    │   ├── SignInError            the name and password do not let in, or have been tried too often
    │   └── AuditError             an audit event cannot be written
    └── DeliveryError (schemas)
        ├── UnknownFeedError       the landing folder is no feed
        ├── BadMonthError          the landing folder is no month
        ├── BadNameError           the file's name, place or kind is not one that can be delivered
        └── RevisionTakenError     this revision has been delivered already
"""

from schemas.errors import DeliveryError, DoudiError

__all__ = [
    "AccountError",
    "AgreementError",
    "ArchiveError",
    "AuditError",
    "BackupError",
    "BadMonthError",
    "BadNameError",
    "CaseConflictError",
    "CaseError",
    "CaseNotFoundError",
    "DecisionError",
    "EditionConflictError",
    "ErasedError",
    "ErasureError",
    "GateRefusedError",
    "IntakeGateError",
    "LetterError",
    "LineageNotSentError",
    "LockedError",
    "MoveError",
    "NeedModelError",
    "NoAccountError",
    "NoDeliveryError",
    "NoEditionError",
    "NoSampleError",
    "NoViewError",
    "NoWhatIfError",
    "NotPermittedError",
    "PasswordError",
    "RegistryError",
    "ReplayError",
    "RevisionTakenError",
    "SamplingError",
    "SavedViewError",
    "SignInError",
    "SourceConfigError",
    "SourceError",
    "SubjectListedError",
    "SubjectNotFoundError",
    "UnknownFeedError",
    "WhatIfBusyError",
    "WhatIfError",
]


class RegistryError(DoudiError):
    """Base of the registry's own errors."""


class AgreementError(RegistryError):
    """The file of sharing agreements cannot be read, lacks a part, or names a feed that does not exist."""


class IntakeGateError(RegistryError):
    """Rows read are not accepted + quarantined + skipped, or a table below has lost its shape."""


class LockedError(RegistryError):
    """Another process holds the writer's lock of this installation."""


class NoDeliveryError(RegistryError):
    """No delivery is recorded under that id, feed or month."""


class NeedModelError(RegistryError):
    """A model of need is not recorded, its file was changed, or an act about it is not possible."""


class GateRefusedError(RegistryError):
    """A model of need does not pass the gate: it finds no more, tells wrong chances, or serves a group worse."""


class NoEditionError(RegistryError):
    """No published edition answers the question."""


class EditionConflictError(RegistryError):
    """A candidate contradicts what is recorded, or its own declaration."""


class ReplayError(RegistryError):
    """An edition cannot be recomputed: an input of it cannot be had as it was."""


class ErasedError(RegistryError):
    """The key of a delivery was destroyed at the end of its term, or by a lawful erasure."""


class ArchiveError(RegistryError):
    """Bytes of the raw archive are missing or not what they were, or the key to them is."""


class ErasureError(RegistryError):
    """An erasure cannot be done as it is asked for; the message says what is missing."""


class SourceError(RegistryError):
    """A department's database cannot be reached, or has other tables or columns than declared."""


class SourceConfigError(SourceError):
    """A file of `sources.d` is not complete, contradicts itself, or what it names cannot be used."""


class NotPermittedError(RegistryError):
    """The role may not do this; the reason names the roles that may."""


class SubjectNotFoundError(RegistryError):
    """The family or person is not on the list of the edition."""


class SubjectListedError(RegistryError):
    """The family or person is on the list, so there is nothing to say of why not."""


class LineageNotSentError(RegistryError):
    """A file or server does not take the lineage of an edition."""


class LetterError(RegistryError):
    """A letter cannot be written as asked."""


class DecisionError(RegistryError):
    """A decision cannot be recorded as it is; the message says what is missing."""


class CaseError(RegistryError):
    """Something is not possible with a case, objection or measure as it stands; the message says what is missing."""


class CaseConflictError(CaseError):
    """Somebody else has changed the case meanwhile: read it again, then decide."""


class CaseNotFoundError(CaseError):
    """There is nothing of that id, or nothing that the reader may know of."""


class SamplingError(RegistryError):
    """A sample cannot be drawn as asked, or what was drawn is not what is there now."""


class NoSampleError(SamplingError):
    """The audit chain records no sample under that number."""


class MoveError(RegistryError):
    """The registry cannot be moved: the target is not empty, or what arrived is not what was sent."""


class BackupError(RegistryError):
    """A backup cannot be made, was changed, or cannot be restored where it is asked for."""


class AccountError(RegistryError):
    """An account cannot be made or changed as it is asked for."""


class NoAccountError(AccountError):
    """There is no such account, session or token."""


class PasswordError(AccountError):
    """A password is not accepted; the message tells its owner why."""


class WhatIfError(RegistryError):
    """A what-if is not asked for as it can be computed; the message says what a value has to be."""


class WhatIfBusyError(WhatIfError):
    """Another what-if is being computed in this installation; there is one at a time."""


class NoWhatIfError(WhatIfError):
    """There is no what-if of that id any more, or it has come to no result."""


class SavedViewError(RegistryError):
    """A view of the list cannot be kept as it is asked for."""


class NoViewError(RegistryError):
    """There is no such view of the reader."""


class SignInError(RegistryError):
    """The name and password do not let in. The sentence is the same whichever of them is wrong."""

    def __init__(self, minutes: int, *, locked: bool = False) -> None:
        super().__init__(f"尝试次数过多，请 {minutes} 分钟后再试。" if locked else "账号或密码不正确，或账号已停用。")
        self.locked = locked


class AuditError(RegistryError):
    """An audit event carries something that cannot be recorded."""


class UnknownFeedError(DeliveryError):
    """The first folder under the landing is not the name of a feed."""

    code = "unknown_feed"
    title = "未登记的数据来源"


class BadMonthError(DeliveryError):
    """The second folder under the landing is not a month."""

    code = "bad_month"
    title = "月份文件夹名称有误"


class BadNameError(DeliveryError):
    """The file lies in the wrong place, is of an unknown format, or is not a plain file."""

    code = "bad_name"
    title = "文件名或存放位置有误"


class RevisionTakenError(DeliveryError):
    """The feed, sender, month and revision have been delivered before."""

    code = "revision_taken"
    title = "该修订号已交付"
