"""Identity numbers that public projects publish as right and wrong ones in their tests, and where we judge otherwise.

None is anyone's as far as its publisher says: they come from generators, from a standard or from specimens of cards.
"""

import pytest

from tests.unit.schemas.cells import read

STANDARD = "GB 11643-1999"  # the two examples that it prints
VALIDATOR = "guanguans/id-validator"
SCANNER = "DataDog/dd-sensitive-data-scanner"
VALIDITY = "soleworks/validity, as validatorjs/validator.js"
HUTOOL = "dromara/hutool"
VALIDX = "validx"
TMKIT = "cn.tmkit"
NATIONAL = "nationalid/chn/resident_id"
FORMS = "lib/validator"
REGEX = "RegexUtils.isChineseIdCard"

RIGHT = {
    STANDARD: "11010519491231002X 440524188001010014",
    VALIDATOR: (
        "110101199003078670 440308199901101512 500154199804106120 610104620927690 810000199408230021 830000199201300022"
        " 44040119580101000X 140120197901010008 441282198101011230 500154199301135886 411082198901010002"
        " 370620199505100123 330329200312314634"
    ),
    SCANNER: (
        "513231200012121657 513231200012121673 51323120001212169X 513231200012121710 513231200012121737"
        " 513231200012121753 513231200012121294 51323120001212177X 513231200012121796 513231200012121817"
        " 513231200012121833 51323120001212185X 51323120001212185x 513231200012121876 513231200012121892"
    ),
    VALIDITY: "235407195106112745 210203197503102721 520323197806058856 110101491001001",
    HUTOOL: (
        "932682198501010017 81000019980902013X 820000200009100032 830000200209060065 33010219200403064X 330102200403064"
        " 110101000101001 111111111111111"
    ),
    TMKIT: "330108199001018039 33010819900101031X",
    FORMS: "110105491231002",
    REGEX: "110101199003070011 310101198511170038 440304199601010023",
}

WRONG = {
    VALIDATOR: (
        "44030819990110 111111199901101512 440308199902301512 440308199901101513 610104620932690 11010119900307867X"
        " TES12345678901j"
    ),
    SCANNER: "513231200012121293 a13231200012121293 a1323120001212129",
    VALIDITY: (
        "160323197806058856 010203197503102721 520323297806058856 520323197802318856 235407195106112742 110101940231001"
        " 235407207006112742"
    ),
    HUTOOL: (
        "360198910283844 201511221897205960 815727834224151 3301022011022000D6 33010219201303064X 3301021920040306AX"
    ),
    VALIDX: (
        "120103180001015953 120103109001015953 120103199018015953 622826199018015953 120103199001505953"
        " 123456789012345678 12345678901234567X 142629601611101 01345678901234 1234567890123X 9994567890123X"
        " 102629680611101"
    ),
    TMKIT: "330108199001018031 123123123123123123 112233445566778901",
    NATIONAL: "11010219840506970X 440524189001010014 11020519491231002X",
    FORMS: "160105194912310029 110105194902310026 110105194912310021 110105491331002",
    REGEX: "110101199003078888 01010519491231002X 11010519491331002X",
}

DISPUTED = {
    "120103180001015953": "refused for a birth before 1900; the standard itself prints a number of 1880",
    "102629680611101": "refused for its region, which is no ground here: half of all codes ever used are retired",
    "160105194912310029": "refused for its region, which is no ground here",
}
"""Numbers that we accept and their publishers refuse, and why."""

VECTORS = [
    (number, right, f"{source} {place}")
    for published, right in ((RIGHT, True), (WRONG, False))
    for source, numbers in published.items()
    for place, number in enumerate(numbers.split(), start=1)
]


def test_there_are_as_many_as_were_asked_for() -> None:
    """If this breaks, the count that the documents give is not that of the test."""
    assert len({number for number, _, _ in VECTORS}) == len(VECTORS) == 96


@pytest.mark.parametrize(("number", "right"), [each[:2] for each in VECTORS], ids=[each[2] for each in VECTORS])
def test_a_published_number_is_judged_as_its_publisher_does(number: str, right: bool) -> None:  # noqa: FBT001 - a verdict
    """If this breaks, people are refused here whom others accept, or a mistyped number becomes another person."""
    accepted = read("person_id", number).reason.item() is None
    assert accepted == (right or number in DISPUTED)


def test_what_is_disputed_is_accepted_and_where_it_is_the_region_told() -> None:
    """If this breaks, a list of excuses outlives its reason."""
    wrong = {number for number, right, _ in VECTORS if not right}
    assert wrong >= DISPUTED.keys()
    for number, why in DISPUTED.items():
        assert ("id_region_unknown" in read("person_id", number).tidied) == ("region" in why)
