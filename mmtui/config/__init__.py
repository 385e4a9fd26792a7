"""Configuration: one typed definition that serves the JSON file, the flags, the environment and the JSON schema."""

from mmtui.config.accounts import (
    Account,
    AccountRisk,
    AsterAccount,
    BackpackAccount,
    LighterAccount,
    NetworkAccount,
    ReplayAccount,
    RiskConfig,
    SimAccount,
    StandxAccount,
    WebseaAccount,
)
from mmtui.config.load import LoadedConfig, find_home, load
from mmtui.config.schema import Config, JournalConfig, LogsConfig, StorageConfig, StrategyConfig, TerminalConfig
from mmtui.config.secret import Secret, resolve_secret

__all__ = [
    "Account",
    "AccountRisk",
    "AsterAccount",
    "BackpackAccount",
    "Config",
    "JournalConfig",
    "LighterAccount",
    "LoadedConfig",
    "LogsConfig",
    "NetworkAccount",
    "ReplayAccount",
    "RiskConfig",
    "Secret",
    "SimAccount",
    "StandxAccount",
    "StorageConfig",
    "StrategyConfig",
    "TerminalConfig",
    "WebseaAccount",
    "find_home",
    "load",
    "resolve_secret",
]
