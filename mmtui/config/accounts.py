"""Accounts: where to trade and with which credentials. One Struct per venue, told apart by ``venue``."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Struct, field

from mmtui.config.fields import about, reference
from mmtui.core.reward_band import RewardRules
from mmtui.simulation.build import default_balances
from mmtui.simulation.market_settings import MarketSettings
from mmtui.simulation.recorded import RecordedSettings
from mmtui.simulation.settings import VenueSettings

Dataset = Literal["standx-btc", "aster", "hyperliquid-eth", "binance-btcusdt-raw", "backpack-lighter-btc", "journal"]

_FEE = about("Fee", "Paid positive, a rebate negative.", unit="bps", minimum=-100, maximum=1000)

Amount = Annotated[Decimal, about("Amount", "Of one asset.", minimum=0)]

OrderNotional = Annotated[
    Decimal, about("Largest order", "Largest notional of one order.", unit="quote", exclusive_minimum=0)
]
PositionNotional = Annotated[
    Decimal,
    about(
        "Largest position", "Largest notional of a position, per account and symbol.", unit="quote", exclusive_minimum=0
    ),
]
OpenOrders = Annotated[
    int, about("Open orders", "Most orders open at once on an account.", unit="orders", minimum=1, maximum=10_000)
]
DailyLoss = Annotated[
    Decimal,
    about("Daily loss", "Loss of an account within one UTC day that stops it.", unit="quote", exclusive_minimum=0),
]
Drawdown = Annotated[
    Decimal,
    about(
        "Drawdown",
        "Fall of an account's equity from its highest point that stops it.",
        unit="quote",
        exclusive_minimum=0,
    ),
]
PriceBand = Annotated[
    Decimal,
    about(
        "Price band",
        "Farthest an order may stand from the reference price.",
        unit="%",
        exclusive_minimum=0,
        maximum=100,
    ),
]
StaleAfter = Annotated[
    int, about("Stale after", "A book older than this is not quoted on.", unit="ms", minimum=50, maximum=600_000)
]


class RiskConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of every account, in its quote asset. A limit that is not written has the value here: never none."""

    max_order_notional: OrderNotional = Decimal(1000)
    max_position_notional: PositionNotional = Decimal(5000)
    max_open_orders: OpenOrders = 20
    max_daily_loss: DailyLoss = Decimal(100)
    max_drawdown: Drawdown = Decimal(200)
    price_band_pct: PriceBand = Decimal(2)
    stale_after_ms: StaleAfter = 2000


class AccountRisk(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits of one account alone; what is not written (or null) is as in ``risk``."""

    max_order_notional: OrderNotional | None = None
    max_position_notional: PositionNotional | None = None
    max_open_orders: OpenOrders | None = None
    max_daily_loss: DailyLoss | None = None
    max_drawdown: Drawdown | None = None
    price_band_pct: PriceBand | None = None
    stale_after_ms: StaleAfter | None = None


class Account(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="venue", tag="account"):
    """What every account has."""

    venue: ClassVar[str]
    credentials: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Each tuple is one complete way to sign in; empty: the venue is simulated and needs none."""

    risk: Annotated[AccountRisk, about("Risk", "Limits of this account alone.")] | None = None

    @property
    def simulated(self) -> bool:
        """True where neither a network nor money is behind the account (venues sim and replay)."""
        return not self.credentials

    def signs_with(self) -> tuple[str, ...] | None:
        """The fields of the first complete set of credentials; None while no set is complete."""
        return next((way for way in self.credentials if all(getattr(self, name) is not None for name in way)), None)


class NetworkAccount(Account, frozen=True, kw_only=True, tag="network"):
    """What every account on a network venue has beside its credentials."""

    rest_url: (
        Annotated[
            str,
            about("REST address", "Replaces scheme, host and port of all the venue's REST hosts.", form="http_url"),
        ]
        | None
    ) = None
    ws_url: (
        Annotated[
            str, about("Stream address", "Replaces scheme, host and port of all the venue's streams.", form="ws_url")
        ]
        | None
    ) = None
    proxy: (
        Annotated[
            str,
            about("Proxy", "Proxy for REST and streams. One with a password is written env:NAME.", form="proxy_url"),
        ]
        | None
    ) = None
    allowed_hosts: Annotated[
        tuple[str, ...],
        about(
            "Allowed hosts",
            "Origins (scheme://host) beside the venue's own that its addresses may lead to. Signed requests go there.",
        ),
    ] = ()


class BackpackAccount(NetworkAccount, frozen=True, kw_only=True, tag="backpack"):
    """An account on Backpack."""

    venue = "backpack"
    credentials = (("key", "secret"),)

    key: Annotated[str, reference("Key", "The API key.")] | None = None
    secret: Annotated[str, reference("Secret", "The API secret.")] | None = None


class AsterAccount(NetworkAccount, frozen=True, kw_only=True, tag="aster"):
    """An account on Aster: V3 signs with a wallet (user, signer, signer_key), V1 with key and secret."""

    venue = "aster"
    credentials = (("user", "signer", "signer_key"), ("key", "secret"))

    user: Annotated[str, about("User", "Address of the account's wallet (V3).", form="address")] | None = None
    signer: Annotated[str, about("Signer", "Address of the signing wallet (V3).", form="address")] | None = None
    signer_key: Annotated[str, reference("Signer's key", "Private key of the signer (V3).")] | None = None
    key: Annotated[str, reference("Key", "The API key (V1).")] | None = None
    secret: Annotated[str, reference("Secret", "The API secret (V1).")] | None = None
    markets: Annotated[
        Literal["perp", "spot", "both"], about("Markets", "What the account trades: perpetuals, spot or both.")
    ] = "perp"
    spot_rest_url: (
        Annotated[str, about("Spot REST address", "Where spot differs from rest_url.", form="http_url")] | None
    ) = None
    spot_ws_url: (
        Annotated[str, about("Spot stream address", "Where spot differs from ws_url.", form="ws_url")] | None
    ) = None


class StandxAccount(NetworkAccount, frozen=True, kw_only=True, tag="standx"):
    """An account on StandX: a wallet key, or a token with its signing key."""

    venue = "standx"
    credentials = (("wallet_key",), ("token", "signing_key"))

    wallet_key: Annotated[str, reference("Wallet key", "Private key of the wallet.")] | None = None
    token: Annotated[str, reference("Token", "The access token.")] | None = None
    signing_key: Annotated[str, reference("Signing key", "The ed25519 key that belongs to the token.")] | None = None
    rewards: Annotated[
        RewardRules | None,
        about("Rewards", "Rules of the maker programme that quotes are measured against; null: no meter."),
    ] = RewardRules()


class LighterAccount(NetworkAccount, frozen=True, kw_only=True, tag="lighter"):
    """An account on Lighter."""

    venue = "lighter"
    credentials = (("account_index", "api_key_index", "api_key_private"),)

    account_index: Annotated[int, about("Account index", "Number of the account.", minimum=0, maximum=2**48)] | None = (
        None
    )
    api_key_index: Annotated[int, about("Key index", "Number of the API key.", minimum=0, maximum=254)] | None = None
    api_key_private: Annotated[str, reference("Private key", "Private part of the API key.")] | None = None
    chain_id: Annotated[int, about("Chain id", "Chain the orders are signed for.", minimum=1, maximum=2**32)] = 304


class WebseaAccount(NetworkAccount, frozen=True, kw_only=True, tag="websea"):
    """An account on Websea."""

    venue = "websea"
    credentials = (("token", "secret"),)

    token: Annotated[str, reference("Token", "The API token.")] | None = None
    secret: Annotated[str, reference("Secret", "The API secret.")] | None = None
    path_style: Annotated[
        Literal["v1", "v2", "legacy"], about("Path style", "Which of the venue's sets of paths is spoken.")
    ] = "v1"
    margin_mode: Annotated[
        Literal["cross", "isolated"], about("Margin mode", "How positions are margined; sent with every order.")
    ] = "cross"
    leverage: Annotated[
        int, about("Leverage", "Of opening orders, where the strategy names none.", minimum=1, maximum=500)
    ] = 10
    maker_fee_bps: Annotated[Decimal, _FEE] = Decimal("3.5")
    taker_fee_bps: Annotated[Decimal, _FEE] = Decimal(6)


class SimAccount(Account, frozen=True, kw_only=True, tag="sim"):
    """An account on a simulated market. Accounts that name the same market share its books."""

    venue = "sim"

    market: Annotated[MarketSettings, about("Market", "The market that is generated.")] = MarketSettings()
    balances: Annotated[dict[str, Amount], about("Balances", "What the account begins with, by asset.")] = field(
        default_factory=default_balances
    )
    settings: Annotated[VenueSettings, about("Venue", "How kind the venue is: latency, rejects, outages.")] = (
        VenueSettings()
    )


class ReplayAccount(Account, frozen=True, kw_only=True, tag="replay"):
    """An account on recorded market data. Recordings hold no rules: what is absent here is as the dataset has it."""

    venue = "replay"

    dataset: Annotated[Dataset, about("Dataset", "Which recording --data names.")]
    tick_size: Annotated[Decimal, about("Tick size", "Price step.", unit="quote", exclusive_minimum=0)] | None = None
    lot_size: Annotated[Decimal, about("Lot size", "Quantity step.", unit="base", exclusive_minimum=0)] | None = None
    min_notional: (
        Annotated[Decimal, about("Least order", "Least worth of an order.", unit="quote", minimum=0)] | None
    ) = None
    maker_fee_bps: Annotated[Decimal, _FEE] | None = None
    taker_fee_bps: Annotated[Decimal, _FEE] | None = None
    fills: Annotated[RecordedSettings, about("Fills", "How recorded trades fill our orders.")] = RecordedSettings()
    balances: Annotated[
        dict[str, Amount],
        about("Balances", "What the account begins with, by asset; none: 100000 of the quote asset."),
    ] = field(default_factory=dict)
    settings: Annotated[VenueSettings, about("Venue", "How kind the venue is: latency, rejects, outages.")] = (
        VenueSettings()
    )


ACCOUNT_TYPES: Final[Mapping[str, type[Account]]] = {
    struct.venue: struct
    for struct in (
        BackpackAccount,
        AsterAccount,
        WebseaAccount,
        StandxAccount,
        LighterAccount,
        SimAccount,
        ReplayAccount,
    )
}
"""Every venue by name."""
