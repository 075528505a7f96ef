"""The rule book in the browser: each number with the cases that show its boundary."""

import re

from portal.rulebook import spoken
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import open_portal


def test_a_term_is_shown_with_its_cases(settings: Settings) -> None:
    """Staff would see a number of days, and not which day is the last one."""
    with open_portal(settings, "auditor") as client:
        _, *parts = re.split(r'<span class="code">(\w+)</span> ·', client.get("/rules").text)
        shared = dict(zip(parts[::2], parts[1::2], strict=True))
        assert "2021年3月的原始交付文件" in shared["retention"]
        assert "2026-03-31 → 否；2026-04-01 → 是" in shared["retention"]
        assert "暂缓满三十天" not in shared["retention"]
        assert "暂缓满三十天" in shared["casework"]
        rule = client.get("/rules/lead_hotline").text
        assert "提出后 5 个工作日内办结，假期不计" in rule
        assert "2026-04-03 → 2026-04-13" in rule
        assert "人工纳入满十二个月" in client.get("/rules/status").text


def test_values_of_parameters_are_told_in_words() -> None:
    """If this fails, an official reads `exact_three` or `tax_wages` where a word should stand."""
    codes = re.compile("[a-z]{3,}")
    known = {each.name: each for each in load_parameters().by_name.values() if each.unit != "name"}
    told = {name: spoken(each.values[-1].value, each.unit) for name, each in known.items()}
    assert [name for name, text in told.items() if codes.search(text)] == []
    assert told["low_income_family.scope"] == "仅限三人家庭"
    assert told["low_income_family.required_feeds"] == "工资薪金所得、养老金发放"
