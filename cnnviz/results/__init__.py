"""The result types: everything an analyzer can answer, as frozen arrays with their axes.

One type per file, with the records inside it. Arrays are read-only numpy; axes are ordered clip,
channel, frequency, time; nothing here knows torch, files or pictures.
"""

from collections.abc import Iterable
from typing import TypeVar

from cnnviz.results.attribution import Checks, Relevance, RelevanceMap, Target
from cnnviz.results.bank_summary import BandwidthTrend, BankSummary, CentreScales, Frame
from cnnviz.results.cepstra import Cepstra
from cnnviz.results.channel_conductance import ChannelConductance
from cnnviz.results.channel_order import ChannelOrder
from cnnviz.results.clip_gallery import ClipGallery
from cnnviz.results.complex_pairs import ComplexPairs
from cnnviz.results.concept_sensitivity import ConceptSensitivity, LayerConcepts
from cnnviz.results.distortion import Distortion, SweepOrders, UnitDistortion
from cnnviz.results.embedding import Embedding
from cnnviz.results.evaluation import (
    Calibration,
    ClassAverage,
    ClassIntervals,
    Evaluation,
    Reliability,
)
from cnnviz.results.feature_maps import FeatureMaps, LayerMaps, MapActivity
from cnnviz.results.filter_details import FilterDetails
from cnnviz.results.filter_drift import FilterDrift
from cnnviz.results.filter_fits import FamilyFit, FilterFits, OwnParameter
from cnnviz.results.filter_responses import (
    Bank,
    FilterResponses,
    FilterTable,
    Responses,
)
from cnnviz.results.finding import Evidence, Finding, plural, ranked
from cnnviz.results.frequency_importance import BandCurves, FrequencyImportance
from cnnviz.results.integration_windows import IntegrationWindows, LayerWindows
from cnnviz.results.invariances import Invariances, LayerInvariances
from cnnviz.results.layer_statistics import ChannelStatistics, LayerRow, LayerStatistics
from cnnviz.results.listening import Listening
from cnnviz.results.listing import Results
from cnnviz.results.method_words import method_words
from cnnviz.results.modulation import InputKernels, Modulation
from cnnviz.results.modulation_transfer import ModulationTransfer, UnitModulation
from cnnviz.results.nearest_patches import NearestPatches, Patches
from cnnviz.results.path_responses import LayerPaths, PathResponses
from cnnviz.results.preferred_input import PreferredInput, PreferredSounds
from cnnviz.results.proof import Proof, Silencing
from cnnviz.results.result import Result
from cnnviz.results.reverse_correlation import ReverseCorrelation
from cnnviz.results.sanity import Sanity
from cnnviz.results.strf import SpectroTemporalFields, UnitFields
from cnnviz.results.tone_tuning import ToneTuning
from cnnviz.results.unit_ablation import Change, UnitAblation
from cnnviz.results.unit_exemplars import Exemplars, LayerUnits, UnitExemplars, UnitSelectivity
from cnnviz.results.unit_names import LayerNames, UnitNames
from cnnviz.results.untrained import TwinRange, Untrained

__all__ = [
    "BandCurves",
    "BandwidthTrend",
    "Bank",
    "BankSummary",
    "Calibration",
    "CentreScales",
    "Cepstra",
    "Change",
    "ChannelConductance",
    "ChannelOrder",
    "ChannelStatistics",
    "Checks",
    "ClassAverage",
    "ClassIntervals",
    "ClipGallery",
    "ComplexPairs",
    "ConceptSensitivity",
    "Distortion",
    "Embedding",
    "Evaluation",
    "Evidence",
    "Exemplars",
    "FamilyFit",
    "FeatureMaps",
    "FilterDetails",
    "FilterDrift",
    "FilterFits",
    "FilterResponses",
    "FilterTable",
    "Finding",
    "Frame",
    "FrequencyImportance",
    "InputKernels",
    "IntegrationWindows",
    "Invariances",
    "LayerConcepts",
    "LayerInvariances",
    "LayerMaps",
    "LayerNames",
    "LayerPaths",
    "LayerRow",
    "LayerStatistics",
    "LayerUnits",
    "LayerWindows",
    "Listening",
    "MapActivity",
    "Modulation",
    "ModulationTransfer",
    "NearestPatches",
    "OwnParameter",
    "Patches",
    "PathResponses",
    "PreferredInput",
    "PreferredSounds",
    "Proof",
    "Relevance",
    "RelevanceMap",
    "Reliability",
    "Responses",
    "Result",
    "Results",
    "ReverseCorrelation",
    "Sanity",
    "Silencing",
    "SpectroTemporalFields",
    "SweepOrders",
    "Target",
    "ToneTuning",
    "TwinRange",
    "UnitAblation",
    "UnitDistortion",
    "UnitExemplars",
    "UnitFields",
    "UnitModulation",
    "UnitNames",
    "UnitSelectivity",
    "Untrained",
    "find",
    "method_words",
    "plural",
    "ranked",
]

R = TypeVar("R")


def find(results: Iterable[object], kind: type[R]) -> tuple[R, ...]:
    """Pick the results of one type, in the order given."""
    return tuple(result for result in results if isinstance(result, kind))
