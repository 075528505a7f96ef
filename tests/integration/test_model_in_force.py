"""A model on its way into a real edition: learnt, judged, approved by a second person, scoring, and explained."""

import json
import shutil
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from sqlalchemy import Engine

from assets.workspace import Workspace
from pipelines.cli import main
from pipelines.run import run
from registry.casework.desk import Desk
from registry.need_models import act_on, keep_model
from registry.promotion import Judgement, keep_judgement
from registry.queries import edition_rows, require_edition
from registry.roles import Actor
from registry.scoring_told import scored_in_words, stepped_back
from registry.stage_files import StageFiles
from registry.whatif import whatif
from rules.parameters import load_parameters
from schemas import settings as settings_module
from schemas.settings import Settings
from schemas.simulated import SIMULATED
from scoring.additive import AdditiveModel
from scoring.fairness import Limits, fairness
from scoring.features import MODEL_FEATURES
from scoring.gate import CANDIDATE, CURRENT, GateLimits, judge
from scoring.model import model_hash, scored_by
from scoring.scorecard import scorecard
from scoring.spec import spec_hash
from scoring.training import fit
from tests.integration.conftest import TODAY, Installation

pytestmark = pytest.mark.slow

Typed = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def settings(clean: Installation, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A copy of the clean installation, since what is approved stays."""
    home = tmp_path_factory.mktemp("model") / "home"
    shutil.copytree(clean.settings.home, home, symlinks=True)
    return clean.settings.model_copy(update={"home": home})


@pytest.fixture
def doudi(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """Types a command; its exit code and JSON."""
    monkeypatch.setenv("DOUDI_HOME", str(settings.home))
    monkeypatch.setenv("DOUDI_LANDING", str(settings.landing_dir))
    monkeypatch.setenv("DOUDI_IDENTITY_KEY", settings.identity_key)
    settings_module.settings.cache_clear()

    def typed(*words: str) -> tuple[int, Any]:
        monkeypatch.setattr(sys, "argv", ["doudi", *words, "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), json.loads(capsys.readouterr().out)

    yield typed
    settings_module.settings.cache_clear()


def _families(settings: Settings, engine: Engine) -> pl.DataFrame:
    """The features of the newest edition, with need as it might come of them."""
    edition = require_edition(engine)
    files = StageFiles(settings, f"{edition.as_of:%Y-%m}", edition.input_hash)
    found = files.scan("features", "features").collect()
    risk = found["medical_cost"].fill_null(0) / 20_000 + found["severe_illnesses"] + found["leads"]
    drawn = np.random.default_rng(5).random(found.height)
    return found.with_columns(needed=pl.Series(drawn) < (risk / 4).clip(0.01, 0.9))


def _trained(rows: pl.DataFrame) -> AdditiveModel:
    data = {"feature_spec": spec_hash(MODEL_FEATURES), "first_as_of": "2024-01-31", "last_as_of": "2024-06-30"}
    return fit(
        rows,
        rows["needed"],
        MODEL_FEATURES,
        name="additive-2024-06",
        target="t",
        households=rows["family_id"],
        data=data | {SIMULATED: 1},
    )


def _judgement(model: AdditiveModel, rows: pl.DataFrame, as_of: date) -> Judgement:
    """The gate's own judgement on families drawn anew; three months of deliveries leave no later month to judge on."""
    at = load_parameters().replacing({"gate.months": 1}).as_of(as_of)
    card = scorecard(at)
    again = pl.concat([rows] * 4).with_columns(family_id=pl.int_range(pl.len()).cast(pl.String), as_of=pl.lit(as_of))
    scored = again.select("family_id", "as_of", "needed").with_columns(
        scored_by(model, again).alias(CANDIDATE), scored_by(card, again).alias(CURRENT)
    )
    taken = (pl.col(CANDIDATE) >= pl.col(CANDIDATE).quantile(0.95)).cast(pl.Float64)
    alike = (pl.int_range(pl.len()) % 2).cast(pl.String)  # every second of those in like need with like chances
    halves = scored.sort("needed", CANDIDATE).with_columns(chance=pl.col(CANDIDATE) / 10_000, visited=taken, half=alike)
    declared = Limits.of(at)
    groups = fairness(halves, ["half"], declared, rounds=30)
    verdict = judge(scored, groups, GateLimits.of(at), declared=declared, known_until=date(2025, 6, 30), rounds=60)
    kept = {"against": model_hash(card), "days": [as_of.isoformat()], "parameters": load_parameters().digest}
    document = {"passed": verdict.passed, **kept}
    return Judgement(verdict, tuple(groups), document)


def test_from_training_to_the_sentences_of_a_family(settings: Settings, doudi: Typed) -> None:
    """A model could pass every test of its parts, and never score a list that anybody reads."""
    workspace = Workspace(settings)
    try:
        engine = workspace.engine
        before = require_edition(engine)
        rows = _families(settings, engine)
        model = _trained(rows)
        model_id = keep_model(engine, settings, model, actor="甲", purpose="训练")
        code, refused = doudi("model", "promote", model_id, "--reason", "更准", "--by", "甲")
        assert code == 1
        assert "no month is unseen and known" in refused["message"]
        found = _judgement(model, rows, before.as_of)
        assert found.verdict.passed, found.verdict.failed
        keep_judgement(settings, model_id, found)
        act_on(engine, settings, model_id, "proposed", actor="甲", reason="更准", evaluation_hash=found.hash)

        words = ("model", "promote", model_id, "--approve", "--from", before.as_of.isoformat(), "--reason", "同意")
        code, refused = doudi(*words, "--by", "甲")
        assert code == 1
        assert "second person" in refused["message"]
        code, approved = doudi(*words, "--by", "乙")
        assert (code, approved["evaluation"]) == (0, found.hash)

        trial = keep_model(engine, settings, model.model_copy(update={"name": "试算"}), actor="甲", purpose="训练")
        act_on(engine, settings, trial, "shadowed", actor="甲", reason="试算", holds_from=before.as_of)
        report = run(settings, as_of=before.as_of, today=TODAY)
        assert report.failures == []
        edition = require_edition(engine)
        assert edition.edition_id != before.edition_id
        assert scored_in_words(edition) == f"模型 {model_id}"
        assert not stepped_back(edition)
        _scores_are_the_sums_of_their_reasons(engine, model)
        code, drift = doudi("model", "drift")
        assert (code, drift["scored_by"], drift["stepped_back"]) == (0, [model_hash(model)], False)
        assert [each[: len(trial)] for each in drift["on_trial"]] == [trial]
        assert drift["others_first"] == {"1%": 0, "2%": 0, "5%": 0}  # the same points under another name

        listed = edition_rows(engine, edition.edition_id, "list").drop_nulls("score")
        listed = listed.sort("score", "family_id", descending=[True, False])
        family, score = listed.row(0, named=True)["family_id"], listed.row(0, named=True)["score"]
        code, told = doudi("explain", family)
        assert (code, told["score"]) == (0, score)
        assert 3 <= len(told["score_told"]) <= 5
        assert all("截至" in line and "计 " in line for line in told["score_told"])
        _a_what_if_scores_by_the_model_too(settings, engine)
        code, replayed = doudi("replay", "latest")
        assert (code, replayed["outcome"]) == (0, "identical")
        _it_can_be_taken_back(doudi, model_id)
        _it_steps_back_where_families_are_unlike_its_own(settings, engine, doudi, rows)
    finally:
        workspace.close()


def _it_can_be_taken_back(doudi: Typed, model_id: str) -> None:
    """One person could not stop a model that does harm, or nobody would see that it scores no more."""
    words = ("model", "withdraw", model_id, "--reason", "复核", "--by", "丙")
    assert _state(doudi, model_id) == (True, "scores")
    code, gone = doudi(*words)
    assert (code, gone["was"]) == (0, "scores")
    assert _state(doudi, model_id) == (False, "withdrawn")
    assert doudi(*words)[0] == 1


def _it_steps_back_where_families_are_unlike_its_own(
    settings: Settings, engine: Engine, doudi: Typed, rows: pl.DataFrame
) -> None:
    """A model would go on scoring families that it knows nothing of, or staff would not learn that it did not score."""
    as_of = require_edition(engine).as_of
    other = keep_model(
        engine, settings, _trained(rows.with_columns(pl.col("income_per_head") * 10)), actor="甲", purpose="训练"
    )
    act_on(engine, settings, other, "proposed", actor="甲", reason="试验", evaluation_hash="0" * 32)
    act_on(engine, settings, other, "approved", actor="乙", reason="试验", holds_from=as_of)
    code, summary = doudi("run", "--as-of", as_of.isoformat())
    edition = require_edition(engine)
    assert (code, stepped_back(edition)) == (0, True)
    assert summary["stepped_back"] == {as_of.isoformat(): scored_in_words(edition)}
    code, listed = doudi("list", "--limit", "1")
    assert (code, listed["scored_by"]) == (0, scored_in_words(edition))
    assert f"模型 {other}" in listed["scored_by"]
    assert "人均年收入" in listed["scored_by"]
    code, drift = doudi("model", "drift")
    card = load_parameters().as_of(as_of).text("scorecard.model")
    assert (code, drift["scored_by"], drift["stepped_back"]) == (1, [card], True)


def _state(doudi: Typed, model_id: str) -> tuple[bool, str]:
    (found,) = (each for each in doudi("model", "list")[1] if each["model_id"] == model_id)
    return found["scores"], found["state"]


def _scores_are_the_sums_of_their_reasons(engine: Engine, model: AdditiveModel) -> None:
    edition = require_edition(engine)
    listed = edition_rows(engine, edition.edition_id, "list").select("family_id", "score")
    reasons = edition_rows(engine, edition.edition_id, "score_reasons")
    told = reasons.filter(pl.col("value").is_not_null()).group_by("family_id").len()
    assert told["len"].min() >= 3  # type: ignore[operator]
    totals = dict(reasons.group_by("family_id").agg(pl.col("points").sum()).iter_rows())
    assert listed.height > 100
    for family, score in listed.drop_nulls("score").iter_rows():
        assert model.chance.values[bisect_right(model.chance.at_least, totals[family])] == score


def _a_what_if_scores_by_the_model_too(settings: Settings, engine: Engine) -> None:
    """By the scorecard it would compare two lists of which neither was published."""
    parameters = load_parameters()
    line = "low_income_family.annual_income_yuan"
    desk = Desk(engine, settings, parameters)
    same = {line: parameters.as_of(require_edition(engine).as_of).integer(line)}
    found = whatif(desk, same, actor=Actor("经办", "district_staff", purpose="policy"))
    assert found.reproduced
    assert (found.comparison.rescored, found.comparison.differs) == (0, False)
