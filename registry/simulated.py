"""Whether an installation holds simulated deliveries, and the words that say so.

What belongs here: reading the mark that a sample leaves in the landing folder, and what editions recorded of it. Once
an edition was made from simulated deliveries, the installation stays simulated: its archive holds them for good.
"""

from sqlalchemy import Engine, select

from registry.models import Edition
from registry.queries import EditionInfo
from schemas.settings import Settings
from schemas.simulated import SIMULATED, SIMULATED_FILE
from scoring.model import NeedModel

__all__ = ["NOTE", "is_simulated", "note_of", "simulated_input", "simulated_note"]

NOTE = "模拟数据：由样例辖区生成，不涉及任何真实个人，数字不能说明真实情况"


def is_simulated(settings: Settings, engine: Engine) -> bool:
    """Whether the landing folder carries the mark, or the newest edition was made when it did."""
    if (settings.landing_dir / SIMULATED_FILE).is_file():
        return True
    query = select(Edition.manifest).order_by(Edition.created_at.desc()).limit(1)
    with engine.connect() as connection:
        manifest = connection.execute(query).scalar()
    return manifest is not None and SIMULATED in manifest["inputs"]["extra"]


def simulated_input(settings: Settings, engine: Engine) -> dict[str, str]:
    """What an input set says of it; nothing in a real installation."""
    return {SIMULATED: "yes"} if is_simulated(settings, engine) else {}


def note_of(edition: EditionInfo) -> str:
    """The words for whoever reads `edition`; empty where its deliveries are real."""
    return NOTE if SIMULATED in edition.manifest["inputs"]["extra"] else ""


def simulated_note(model: NeedModel) -> str:
    """The words for whoever reads of `model`; empty where it was trained on real households."""
    return NOTE if SIMULATED in model.data else ""
