"""What one can do on every screen."""

from typing import Final

from mmtui.language import N_
from mmtui.screens.tables.action import Action

SCREENS: Final = (
    ("dashboard", N_("Dashboard"), N_("Strategies at a glance: state, quotes, position, PnL, alerts.")),
    ("market", N_("Market"), N_("Order book with our orders, trades, spread, price chart.")),
    ("positions", N_("Positions"), N_("Positions, balances and open orders of every account.")),
    ("orders", N_("Orders"), N_("History of orders and fills; filter, sort, export.")),
    ("strategies", N_("Strategies"), N_("Add, edit, start, pause, stop and remove strategies.")),
    ("pnl", N_("PnL"), N_("Where the money came from, per strategy and day.")),
    ("pair", N_("Pair"), N_("Two legs side by side: spreads, net exposure, unhedged time.")),
    ("logs", N_("Logs"), N_("Log lines: levels, search, follow, copy; why nothing is quoted.")),
    ("settings", N_("Settings"), N_("Accounts, risk limits, theme, language, keys.")),
)
"""Name, title and meaning of each screen, in the order of its key 1 to 9."""

GOTO: Final = "goto_"

_GOTO_ACTIONS: Final = tuple(
    Action(
        id=f"{GOTO}{name}", keys=(str(number),), label=title, tooltip=meaning, words=() if name == "orders" else (name,)
    )
    for number, (name, title, meaning) in enumerate(SCREENS, 1)
)

_STRATEGY_ACTIONS: Final = (
    Action(
        id="start",
        keys=("s",),
        label=N_("Start"),
        tooltip=N_("Start the selected strategy."),
        words=("start <strategy|symbol>",),
        adds_risk=True,
        footer=3,
    ),
    Action(
        id="pause",
        keys=("p",),
        label=N_("Pause/resume"),
        tooltip=N_("Take the quotes of the selected strategy off, or quote again."),
        words=("pause <strategy>",),
        footer=4,
    ),
    Action(
        id="resume",
        keys=(),
        label=N_("Resume"),
        tooltip=N_("Quote again."),
        words=("resume <strategy>",),
        adds_risk=True,
    ),
    Action(
        id="stop",
        keys=("x",),
        label=N_("Stop"),
        tooltip=N_("Stop the selected strategy: cancel its orders and prove that none is left."),
        words=("stop <strategy>",),
        footer=5,
    ),
    Action(
        id="stop_all",
        keys=("ctrl+x",),
        label=N_("STOP ALL: cancel everything"),
        tooltip=N_("Stop every strategy and cancel all our orders, at once and without a question."),
        words=("stop-all", "panic"),
        urgent=True,
        footer=1,
    ),
    Action(
        id="cancel",
        keys=("X",),
        label=N_("Cancel"),
        tooltip=N_("Cancel all orders on the selected strategy's symbol, foreign ones too, and pause it."),
        words=("cancel <strategy>",),
    ),
    Action(
        id="undo",
        keys=("z",),
        label=N_("Undo"),
        tooltip=N_("Take back the last change of the selected strategy's settings."),
        words=("undo <strategy>",),
        adds_risk=True,
    ),
    Action(
        id="next_strategy",
        keys=("right_square_bracket",),
        label=N_("Next strategy"),
        tooltip=N_("Select the next strategy."),
    ),
    Action(
        id="previous_strategy",
        keys=("left_square_bracket",),
        label=N_("Previous strategy"),
        tooltip=N_("Select the previous strategy."),
    ),
    Action(
        id="select",
        keys=(),
        label=N_("Select"),
        tooltip=N_("Select a strategy by name or symbol."),
        words=("select <strategy|symbol>",),
    ),
)

_TALK_ACTIONS: Final = (
    Action(
        id="params",
        keys=(),
        label=N_("Parameters"),
        tooltip=N_("Show the settings of the selected strategy."),
        words=("params",),
    ),
    Action(
        id="set",
        keys=(),
        label=N_("Set a parameter"),
        tooltip=N_("Change one setting of the selected strategy; saved and in force at once."),
        words=("set <parameter> <value>",),
        adds_risk=True,
    ),
    Action(
        id="status",
        keys=(),
        label=N_("Status"),
        tooltip=N_("Every strategy's state and reason, and the engine's health."),
        words=("status",),
    ),
    Action(
        id="balance",
        keys=(),
        label=N_("Balances"),
        tooltip=N_("Balances of every account."),
        words=("balance",),
    ),
    Action(
        id="orders",
        keys=(),
        label=N_("Open orders"),
        tooltip=N_("Our open orders, with state and age."),
        words=("orders",),
    ),
    Action(
        id="symbols",
        keys=(),
        label=N_("Symbols"),
        tooltip=N_("What can be traded on an account."),
        words=("symbols <account>",),
    ),
    Action(
        id="diagnose",
        keys=(),
        label=N_("Diagnose"),
        tooltip=N_("Check accounts, streams, clock, orders and disk."),
        words=("diagnose",),
    ),
    Action(
        id="clear",
        keys=(),
        label=N_("Clear"),
        tooltip=N_("Clear what the command line has written."),
        words=("clear",),
        contexts=("command_line",),
    ),
)

_TERMINAL_ACTIONS: Final = (
    Action(
        id="help",
        keys=("f1", "question_mark"),
        label=N_("Help"),
        tooltip=N_("Keys and words that work here."),
        words=("help <word>",),
        footer=2,
    ),
    Action(id="command_line", keys=("colon",), label=N_("Command"), tooltip=N_("Open the command line."), footer=7),
    Action(id="palette", keys=("ctrl+p",), label=N_("Palette"), tooltip=N_("Search everything one can do."), footer=8),
    Action(
        id="filter",
        keys=("slash",),
        label=N_("Filter"),
        tooltip=N_("Show only the rows that hold a text."),
        contexts=("orders", "logs", "strategies"),
        footer=6,
    ),
    Action(
        id="acknowledge",
        keys=("a",),
        label=N_("Acknowledge"),
        tooltip=N_("Tell that the shown alert has been seen."),
        words=("ack",),
    ),
    Action(
        id="acknowledge_all",
        keys=("A",),
        label=N_("Acknowledge all"),
        tooltip=N_("Tell that all alerts have been seen."),
        words=("ack-all",),
    ),
    Action(id="theme", keys=("t",), label=N_("Theme"), tooltip=N_("Choose another look."), words=("theme <theme>",)),
    Action(
        id="language",
        keys=(),
        label=N_("Language"),
        tooltip=N_("Speak English or Chinese."),
        words=("language <en|zh>",),
    ),
    Action(id="tour", keys=(), label=N_("Tour"), tooltip=N_("Show the short tour again."), words=("tour",)),
    Action(
        id="quit",
        keys=("q", "ctrl+q"),
        label=N_("Quit"),
        tooltip=N_("Leave: running strategies are stopped and proven to have no order left first."),
        words=("quit", "exit"),
        urgent=True,
        footer=9,
    ),
)

ACTIONS: Final = (*_GOTO_ACTIONS, *_STRATEGY_ACTIONS, *_TALK_ACTIONS, *_TERMINAL_ACTIONS)
