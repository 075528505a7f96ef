"""The state of the district: people, households and the records of what happened.

What belongs here: the tables of the world, the codes they use, and small questions about the present.
All person references are row numbers of `people`; all days count from 1970-01-01; money is in fen.
"""

import numpy as np
import numpy.typing as npt

from samples.world.base import NEVER, YEAR, Columns, Flags, Ints, month_end, month_start

__all__ = ["CODES", "ELSEWHERE", "JOBS", "PERMIT", "RESIDENT_PENSION", "SEVERE", "World", "code"]

PERMIT, ELSEWHERE = 1, 2  # places besides the registration here
RESIDENT_PENSION = 2
SEVERE = 2  # the least severe grade of a severe disability

CODES: dict[str, tuple[str, ...]] = {
    "relation": (
        "self",
        "spouse",
        "child",
        "child_in_law",
        "parent",
        "parent_in_law",
        "grandparent",
        "grandchild",
        "sibling",
        "other_relative",
        "non_relative",
    ),
    "registration_status": ("normal", "moved_out", "cancelled"),
    "cancel_reason": ("death", "emigration", "military", "duplicate"),
    "programme": ("subsistence", "destitute", "marginal", "rigid_expense"),
    "application_programme": ("subsistence", "destitute", "marginal", "rigid_expense", "temporary"),
    "exit_reason": ("income_over", "property_over", "death", "moved", "term_ended", "transfer", "voluntary"),
    "decision": ("approved", "refused", "withdrawn"),
    "refusal_reason": ("income_over", "property_over", "not_resident", "no_cooperation", "other"),
    "difficulty": ("illness", "disability", "unemployment", "education", "housing", "disaster", "old_age", "child"),
    "support_relation": ("child", "parent", "spouse", "sibling", "grandchild", "grandparent", "in_law"),
    "marriage_event": ("marriage", "divorce"),
    "allowance_kind": ("old_age", "disability_living", "disability_care", "orphan", "work_injury_care"),
    "payment_status": ("paid", "returned"),
    "visit_outcome": ("true_include", "true_refer", "not_true", "no_contact", "refused_entry", "deferred"),
    "lead_source": ("self_report", "grid", "hotline"),
    "uncounted_reason": ("missing", "clergy"),
    "livelihood": ("employed", "unemployed", "student", "carer", "retired", "unable", "minor"),
    "income_kind": ("wages", "business", "property", "support_received"),
    "tax_income_kind": ("business", "property"),
    "pension_kind": ("pension_employee", "pension_resident"),
    "settlement_kind": ("inpatient", "outpatient"),
    "disability_category": ("visual", "hearing", "speech", "physical", "intellectual", "mental", "multiple"),
    "aid_kind": (
        "temporary",
        "medical",
        "public_rental",
        "rent_subsidy",
        "talent_rent_subsidy",
        "education_need",
        "education_merit",
        "employment",
        "disaster",
        "legal",
        "appointed_defence",
        "charity",
    ),
    "veteran_benefit": ("disability_pension", "living_subsidy"),
    "custody": ("prison", "outside_prison", "medical_bail"),
    "illness": ("cancer", "renal_failure", "stroke", "other_severe"),
    "school_stage": ("primary", "junior_middle", "senior_middle", "junior_college", "bachelor", "postgraduate"),
    "study_mode": ("full_time", "part_time"),
    "business_status": ("open", "revoked", "closed"),
    "vehicle_kind": ("car", "truck", "motorcycle"),
    "property_usage": ("dwelling", "commercial", "garage"),
    "household_type": ("ordinary", "collective"),
}

JOBS = ("none", "employed", "owner", "informal", "unemployed", "retired")


def code(codes: str, name: str) -> int:
    """The number by which the world knows the code `name` of the list `codes`."""
    return JOBS.index(name) if codes == "job" else CODES[codes].index(name)


def _people() -> Columns:
    return Columns(
        birth=0,
        sex=0,  # 0 male, 1 female
        father=-1,
        mother=-1,
        surname=0,
        given=0,
        prefix=0,
        death=NEVER,
        cremated=NEVER,
        spouse=-1,
        free_on=0,  # may marry (again) from this day
        kids=0,
        house=-1,
        registration=-1,
        place=0,  # 0 registered here, 1 residence permit, 2 elsewhere
        busy=-1,  # the month in which something last happened to the registration
        job=0,
        wage=0,
        side_wage=0,
        employer=0,
        benefit_until=0,
        benefit=0,
        funded=0,
        pension=0,  # 0 none, 1 employee, 2 resident
        pension_fen=0,
        basic_fen=0,
        schooling=1,  # the last stage that the person will attend
        grade=0,  # of disability, 0 none
        ill_on=NEVER,
        family=-1,  # family of the assistance register under which the person receives
        asked=-1000,  # month of the last application
        refused=-1000,  # month of the last refusal
        left=-1000,  # month in which the person last left the register
        lost=-1000,  # month in which an income that the person lived on was last lost
        burden=0,  # own hospital bills, those of long ago faded
        luck=NEVER,  # as of a household, of who lives alone; drawn when it is first asked for
        corrected_on=NEVER,  # the identity number was corrected on this day
    )


class World:
    """Everything that is true in the sample district."""

    def __init__(self, *, size: int, first: int, months: int, seed: int, history: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.size = size
        self.first = first
        self.last = first + months - 1
        self.start = first - history
        self.records_from = first - 17  # payments and incomes are kept from this month on
        self.month = self.start
        self.people = _people()
        self.houses = Columns(kind=0, street=0, community=0, number=0, head=-1, luck=0)
        self.hardship = np.zeros(0)  # of each household this month, see `hardship.weigh`
        self.means: Ints = np.zeros(0, dtype=np.int64)  # what each has a head, fen a month
        self.home: Ints = np.zeros(0, dtype=np.int64)  # the place of each person in it, -1 none
        self.registrations = Columns(person=0, house=0, start=0, end=NEVER, status=0, reason=-1, relation=10)
        self.marriages = Columns(a=0, b=0, event=0, on=0)
        self.permits = Columns(person=0, street=0, community=0, start=0, end=0)
        self.families = Columns(head=-1, community=0, programme=-1, start=0, review=0, declared=-1)
        self.declarations = Columns(family=0, on=0, application=-1, head=-1)
        self.declared = Columns(declaration=0, person=0, relation=0, livelihood=0)
        self.applications = Columns(
            family=0,
            programme=0,
            on=0,
            decided=NEVER,
            decision=0,
            reason=-1,
            reconsiders=-1,
            next=-1,
            again=0,
            declaration=0,
        )
        self.spells = Columns(
            person=0, family=0, relation=0, programme=0, start=0, end=NEVER, reason=-1, amount=0, application=-1
        )
        self.support = Columns(obligor=0, ward=0, relation=0, on=0, end=NEVER)
        self.aid = Columns(person=0, kind=0, number=-1, amount=0, granted=0, paid=NEVER, difficulty=0, known=0, area=0)
        self.listings = Columns(person=0, kind=0, start=0, end=NEVER)
        self.wages = Columns(person=0, employer=0, month=0, amount=0)
        self.contributions = Columns(person=0, month=0, base=0)
        self.deposits = Columns(person=0, month=0, amount=0)
        self.pensions = Columns(person=0, kind=0, month=0, amount=0, basic=-1)
        self.benefits = Columns(person=0, month=0, amount=0)
        self.other_income = Columns(person=0, kind=0, month=0, annual=0, amount=0)
        self.stated_income = Columns(person=0, kind=0, month=0, amount=0)
        self.settlements = Columns(person=0, kind=0, admitted=NEVER, on=0, total=0, fund=0, own=0)
        self.certificates = Columns(person=0, category=0, grade=0, start=0, end=NEVER)
        self.illnesses = Columns(person=0, illness=0, on=0)
        self.studies = Columns(person=0, school=0, stage=0, mode=0, start=0, end=NEVER)
        self.custody = Columns(person=0, kind=0, start=0, end=NEVER)
        self.detoxifications = Columns(person=0, start=0, end=NEVER)
        self.uncounted = Columns(person=0, kind=0, start=0, end=NEVER)
        self.allowances = Columns(person=0, kind=0, month=0, amount=0, paid=0, status=0)
        self.veterans = Columns(person=0, kind=0, month=0, amount=0, paid=0)
        self.vehicles = Columns(person=0, kind=0, price=0, start=0, end=NEVER)
        self.real_estate = Columns(person=0, usage=0, area=0, start=0)
        self.businesses = Columns(person=0, capital=0, status=0, start=0, end=NEVER)
        self.visits = Columns(person=0, outcome=0, on=0)
        self.leads = Columns(person=0, source=0, on=0, difficulty=0)
        self.payment_number = 0

    @property
    def today(self) -> int:
        """First day of the month that is being simulated."""
        return month_start(self.month)

    @property
    def month_end(self) -> int:
        """Last day of the month that is being simulated."""
        return month_end(self.month)

    @property
    def recording(self) -> bool:
        """Whether monthly records (pay, aid, bills) are kept for the present month."""
        return self.month >= self.records_from

    @property
    def ages(self) -> Ints:
        """Age in whole days at the start of the month, per person."""
        return self.today - self.people["birth"]

    @property
    def living(self) -> Flags:
        """Who is alive and has not died in this month."""
        flags: Flags = self.people["death"] == NEVER
        return flags

    @property
    def residents(self) -> Flags:
        """Who is alive and registered in the district."""
        flags: Flags = self.living & (self.people["place"] == 0) & (self.people["house"] >= 0)
        return flags

    @property
    def present(self) -> Flags:
        """Who is alive and lives in the district, registered or with a permit."""
        flags: Flags = self.living & (self.people["place"] <= PERMIT)
        return flags

    @property
    def settled(self) -> Flags:
        """Residents to whom nothing has happened in this month yet, and who are no newborns."""
        people = self.people
        flags: Flags = self.residents & (people["busy"] != self.month) & (people["birth"] < self.today - 70)
        return flags

    def days(self, count: int, last: int = 26) -> Ints:
        """Random days of the month, none later than `last`."""
        return self.today + self.rng.integers(0, last, count)

    def chance(self, count: int, rate: npt.ArrayLike) -> Flags:
        """True with the probability `rate`, for each of `count`."""
        struck: Flags = self.rng.random(count) < np.asarray(rate, dtype=np.float64)
        return struck

    def span(self, low: float, high: float, count: int) -> Ints:
        """Random spans of time between `low` and `high` years, in days."""
        return self.rng.integers(int(low * YEAR), int(high * YEAR), count)

    def draw(self, who: Flags | Ints, rate: npt.ArrayLike) -> Ints:
        """Row numbers out of `who`, each kept with its probability."""
        rows = np.flatnonzero(who) if who.dtype == np.bool_ else who
        chances = np.asarray(rate, dtype=np.float64)
        if chances.ndim and len(chances) != len(rows):
            chances = chances[rows]
        kept: Ints = rows[self.rng.random(len(rows)) < chances].astype(np.int64)
        return kept

    def touch(self, persons: Ints) -> None:
        """Nothing else happens to the registration of these in this month."""
        self.people["busy"][persons] = self.month
