"""Where a live strategy's checkpoint lies, and the leases that keep a second process off it."""

import hashlib
from collections.abc import Sequence

from mmtui.config import (
    AsterAccount,
    BackpackAccount,
    LighterAccount,
    LoadedConfig,
    NetworkAccount,
    StandxAccount,
    StrategyConfig,
    WebseaAccount,
)
from mmtui.engine.keeper import Keeper
from mmtui.model.instrument import Instrument
from mmtui.storage.checkpoint import CheckpointKey, CheckpointStore
from mmtui.storage.lease import Lease


def open_keeper(loaded: LoadedConfig, strategy: StrategyConfig, markets: Sequence[Instrument]) -> Keeper | None:
    """The keeper of a live strategy, its leases taken; None where nothing outlives the run. Raises StorageError.

    The leases are on the strategy and on each of its markets, so that not even a strategy of another name can work
    the same account and symbol from another process.
    """
    accounts = [loaded.config.accounts[name] for name in strategy.account_names]
    networks = [account for account in accounts if isinstance(account, NetworkAccount)]
    if loaded.config.stage != "live" or len(networks) < len(accounts):
        return None
    owners = [(account.venue, identity_of(loaded, account)) for account in networks]
    folder = loaded.under_home(loaded.config.storage.database).parent
    subjects = [(*owners[0], strategy.name)]
    subjects += [(*owner, instrument.symbol) for owner, instrument in zip(owners, markets, strict=True)]
    leases: list[Lease] = []
    try:
        for venue, owner, subject in dict.fromkeys(subjects):
            leases.append(Lease(folder, venue, owner, subject))
    except BaseException:
        for lease in leases:
            lease.release()
        raise
    venue, owner = owners[0]
    return Keeper(CheckpointStore(folder), CheckpointKey(venue, owner, strategy.name), leases)


def identity_of(loaded: LoadedConfig, account: NetworkAccount) -> str:
    """Who an account is to its venue, whatever a configuration calls it; a digest of secrets. Raises SecretsError."""
    match account:
        case AsterAccount(user=str(user)):
            return user.lower()
        case LighterAccount(account_index=int(number), chain_id=chain):
            return f"{chain}:{number}"
        case BackpackAccount(key=str(known)) | AsterAccount(key=str(known)) | WebseaAccount(token=str(known)):
            return _digest(loaded, known)
        case StandxAccount(wallet_key=str(known)) | StandxAccount(signing_key=str(known)):
            return _digest(loaded, known)
    return ""


def _digest(loaded: LoadedConfig, reference: str) -> str:
    return hashlib.sha256(loaded.secret(reference).reveal().encode()).hexdigest()[:16]
