"""The kept models of need: which one scores, what was done with each, its card, and the way to its report."""

from fastapi import HTTPException, Request, Response, status
from fastapi.responses import HTMLResponse

from portal.faults import said
from portal.language import gettext
from portal.model_report import page as report_page
from portal.page import Nav, Page, render, stamp
from portal.problems import problem
from registry.errors import NeedModelError
from registry.kept_reports import kept_report
from registry.model_report import ModelReport
from registry.need_models import acts, current_model, kept_models, model_id_of, states
from registry.queries import current_edition
from registry.scoring_told import scored_in_words, stepped_back
from registry.simulated import NOTE
from rules.parameters import load_parameters
from schemas.simulated import SIMULATED
from scoring.errors import TrainingError
from scoring.features import FEATURES, MODEL_FEATURES

__all__ = ["PAGES", "model_report"]

_ACTS = {
    "registered": "登记",
    "proposed": "提议",
    "refused": "未通过闸门",
    "approved": "批准",
    "shadowed": "并行试算",
    "withdrawn": "撤下",
}
_STATES = {
    "registered": "未启用",
    "proposed": "已提议，待另一人批准",
    "refused": "未通过闸门，未启用",
    "to_score": "已批准，用于%(day)s起的名单",
    "to_try": "将并行试算，用于%(day)s起的名单",
    "scores": "现行，用于%(day)s起的名单",
    "on_trial": "并行试算，用于%(day)s起的名单",
    "replaced": "已被取代，%(day)s起的名单用别的模型",
    "trial_ended": "%(day)s起的名单不再试算",
    "outdated": "所用特征已变，不参与评分",
    "withdrawn": "已撤下，不用于%(day)s起的名单",
}
_DIRECTIONS = {"more": "越多越需要", "less": "越少越需要", "either": "不限"}
_STYLE = "model_report.css"
_ICON = "icon.svg"


def _models(request: Request) -> Response:
    engine, settings = request.app.state.engine, request.app.state.settings
    current, wrong = "", ""
    try:
        held = current_model(engine, settings)
        current = model_id_of(held) if held else ""
    except NeedModelError as error:
        wrong = said(error)
    done, newest = acts(engine), current_edition(engine)
    return render(
        request,
        "models.html",
        title="评分模型",
        kept=[(each, [act for act in done if act.model_id == each.model_id]) for each in reversed(kept_models(engine))],
        current=current,
        stepped_back=scored_in_words(newest) if newest and stepped_back(newest) else "",
        wrong=wrong,
        states=states(engine, settings),
        titles=_STATES,
        acts=_ACTS,
        directions=_DIRECTIONS,
        simulated=SIMULATED,
        features=MODEL_FEATURES,
        card={each.name for each in FEATURES},
        note=NOTE,
    )


def model_report(request: Request, model_id: str) -> ModelReport:
    """The report on the months that the model has not seen, as it is kept (`registry.kept_reports`).

    Raises:
        HTTPException: 404 for a model that is not kept.
        NeedModelError, TrainingError: where there is no report yet.
    """
    state = request.app.state
    if model_id not in {each.model_id for each in kept_models(state.engine)}:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    if current_edition(state.engine) is None:
        raise NeedModelError(gettext("还没有发布名单。"))
    return kept_report(state.engine, state.settings, load_parameters(state.settings.parameters_dir), model_id)


def _report(request: Request, model_id: str) -> Response:
    try:
        found = model_report(request, model_id)
    except (NeedModelError, TrainingError) as error:
        return problem(request, status.HTTP_409_CONFLICT, said(error), title=gettext("还没有报告"))
    address, icon = (f"/static/{each}?v={stamp(each)}" for each in (_STYLE, _ICON))
    district = request.app.state.settings.district_name
    return HTMLResponse(report_page(found, district, stylesheet=address, icon=icon, back="/model"))


PAGES = (
    Page("/model", _models, "model.read", nav=Nav("评分模型", 62)),
    Page("/model/{model_id}", _report, "model.read"),
)
