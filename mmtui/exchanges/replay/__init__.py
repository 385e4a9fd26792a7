"""Recorded markets as a feed: what a decision could have known, when it could have known it, holes included."""

from mmtui.exchanges.replay.catalogue import DATASETS, InstrumentOverrides
from mmtui.exchanges.replay.recording import Recording, instruments_of, open_dataset, open_journal
from mmtui.exchanges.replay.report import DataReport, DirtyRows

__all__ = [
    "DATASETS",
    "DataReport",
    "DirtyRows",
    "InstrumentOverrides",
    "Recording",
    "instruments_of",
    "open_dataset",
    "open_journal",
]
