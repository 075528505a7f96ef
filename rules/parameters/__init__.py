"""Every number with policy meaning: values by effective date, each with its citation.

The numbers stand in the YAML files of this folder, one file a rule or subject; a parameter is called
`<file>.<key>`. Reading and checking them is in `loader`, what they are in `model`.
"""

from rules.parameters.loader import load_parameters
from rules.parameters.model import Band, DatedValue, Parameter, Parameters, ParametersAt

__all__ = ["Band", "DatedValue", "Parameter", "Parameters", "ParametersAt", "load_parameters"]
