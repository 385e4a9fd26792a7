"""The arithmetic of a martingale before anything is sent: layers, funds, stops, the worst loss, contradictions."""

from decimal import Decimal
from statistics import stdev

from msgspec import Struct

from mmtui.model.instrument import Instrument
from mmtui.model.units import ONE, ZERO
from mmtui.strategies.martingale.settings import Settings

PCT = Decimal("0.01")
_WHOLE_PCT = 100
_REDUCED = Decimal("0.7")
_CALM = Decimal("0.02")
_LEAST_SCALE = Decimal("0.5")
SAMPLES = 24
"""Volatility is the sample standard deviation of so many hourly prices over their mean."""


class Layer(Struct, frozen=True, gc=False, array_like=True):
    """One order of a cycle: price on the tick grid, quantity on the lot grid."""

    price: Decimal
    quantity: Decimal


def check(settings: Settings) -> list[str]:
    """Faults between two fields, one line each; bounds of single fields are in their Meta."""
    faults = []
    if settings.entry_type == "manual" and settings.entry_price is None:
        faults.append('entry_price is missing although entry_type is "manual": give the price, or choose another entry')
    if settings.entry_type != "manual" and settings.entry_price is not None:
        faults.append(
            f'entry_price {settings.entry_price} is given, but entry_type "{settings.entry_type}" takes the market\'s: '
            'remove it, or set entry_type to "manual"'
        )
    depth_pct = settings.price_step_pct * settings.max_layers
    if settings.direction == "long" and depth_pct >= _WHOLE_PCT:
        faults.append(
            f"price_step_pct {settings.price_step_pct} x max_layers {settings.max_layers} is {depth_pct} %: the last "
            "layer would have no price; lower one of them"
        )
    else:
        faults += _stops_before_layers(settings)
    if (settings.trailing_activation_pct is None) != (settings.trailing_distance_pct is None):
        faults.append(
            "trailing_activation_pct and trailing_distance_pct belong together: give both, or neither "
            f"(now {settings.trailing_activation_pct} and {settings.trailing_distance_pct})"
        )
    elif settings.trailing_activation_pct is not None and settings.trailing_activation_pct >= settings.take_profit_pct:
        faults.append(
            f"trailing_activation_pct {settings.trailing_activation_pct} is not below take_profit_pct "
            f"{settings.take_profit_pct}: all would be closed before; lower it or raise take_profit_pct"
        )
    if settings.max_cycle_loss is not None and settings.max_cycle_loss > settings.total_capital:
        faults.append(
            f"max_cycle_loss {settings.max_cycle_loss} is above total_capital {settings.total_capital}: it could "
            "never act; lower it"
        )
    return faults


def _stops_before_layers(settings: Settings) -> list[str]:
    """A stop that acts before a deeper layer can fill makes that layer a promise nobody keeps."""
    faults = []
    prices, weights = _steps(settings), _weights(settings)
    for count in range(1, settings.max_layers):
        average = sum((w for w in weights[:count]), ZERO) / sum(
            (w / p for w, p in zip(weights[:count], prices[:count], strict=True)), ZERO
        )
        width = stop_pct(settings, count)
        if width is None:
            continue
        stop = average * (ONE - sign_of(settings) * width * PCT)
        if (stop - prices[count]) * sign_of(settings) >= 0:
            field = "stop_loss_pct"
            if settings.stop_loss_pct is None or width < settings.stop_loss_pct:
                field = "dynamic_stop_pct"
            faults.append(
                f"{field} closes at {width} % with {count} layer(s) filled, before layer {count + 1} of max_layers "
                f"{settings.max_layers} at price_step_pct {settings.price_step_pct}: widen the stop, or take fewer or "
                "closer layers"
            )
            break
    return faults


def sign_of(settings: Settings) -> int:
    """1 where a rising price earns, -1 where a falling one does."""
    return 1 if settings.direction == "long" else -1


def _weights(settings: Settings) -> list[Decimal]:
    """w_i = multiplier ** i, i from 0."""
    return [settings.multiplier**index for index in range(settings.max_layers)]


def _steps(settings: Settings) -> list[Decimal]:
    """Prices of the layers as multiples of the entry price: 1 - step * i for a long, 1 + step * i for a short."""
    return [ONE - sign_of(settings) * settings.price_step_pct * PCT * index for index in range(settings.max_layers)]


def funds(settings: Settings, capital: Decimal, share: Decimal = ONE) -> list[Decimal]:
    """Quote funds of each layer: capital * w_i / sum(w) * share; their sum never exceeds ``capital``."""
    weights = _weights(settings)
    return [capital * min(share, ONE) * weight / sum(weights) for weight in weights]


def layers_from(
    settings: Settings, instrument: Instrument, entry: Decimal, capital: Decimal, share: Decimal = ONE
) -> tuple[Layer, ...]:
    """All layers of a cycle entered at ``entry``, on the grid; quantities are rounded down."""
    found = []
    for step, money in zip(_steps(settings), funds(settings, capital, share), strict=True):
        price = (
            instrument.price_down(entry * step) if settings.direction == "long" else instrument.price_up(entry * step)
        )
        found.append(Layer(price, instrument.quantity_down(money / (price * instrument.multiplier)) if price else ZERO))
    return tuple(found)


def worst_loss(settings: Settings, instrument: Instrument, layers: tuple[Layer, ...]) -> Decimal | None:
    """Quote loss when every layer fills and the stop then closes all at its price; None without a stop. No fees."""
    width = stop_pct(settings, len(layers))
    cost = sum((instrument.notional(layer.price, layer.quantity) for layer in layers), ZERO)
    if settings.max_cycle_loss is not None and (width is None or settings.max_cycle_loss < cost * width * PCT):
        return settings.max_cycle_loss
    return None if width is None else cost * width * PCT


def stop_pct(settings: Settings, filled: int) -> Decimal | None:
    """The loss of the average cost at which all is closed with so many layers filled; None without a stop.

    The dynamic stop is max(stop_loss, -dynamic * layers), never wider than the stop loss.
    """
    widths = [] if settings.stop_loss_pct is None else [settings.stop_loss_pct]
    if settings.dynamic_stop_pct is not None:
        widths.append(settings.dynamic_stop_pct * filled)
    return min(widths, default=None)


def capital_share(settings: Settings, samples: tuple[Decimal, ...]) -> Decimal:
    """The share of the capital that volatility leaves, 1 while fewer than 24 hourly prices are known.

    reduce: R1's first version; scale: its later one, clamp(1 + (volatility - 0.02), 0.5, 1.5), held at 1, because more
    would spend more than the capital.
    """
    if settings.volatility == "off" or len(samples) < SAMPLES:
        return ONE
    volatility = stdev(samples) / (sum(samples, ZERO) / len(samples))
    if settings.volatility == "reduce":
        return _REDUCED if volatility > settings.volatility_threshold_pct * PCT else ONE
    return min(ONE, max(_LEAST_SCALE, ONE + (volatility - _CALM)))
