"""What the sections hand back, and its three forms: tables in Markdown, JSON, a picture."""

import dataclasses
import itertools
import json

BLUE, GREY = "#0072b2", "#9a9a9a"
# Of Okabe and Ito, told apart by everyone.
COLOURS = (BLUE, "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
STYLE = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10,
         "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.grid": True, "grid.color": "#e6e6e6",
         "axes.axisbelow": True, "figure.constrained_layout.use": True}
# The columns that every comparison has: header, key of the row, format.
RATIO = [("least to most", ("least", "most"), "{:.2f} to {:.2f}"),
         ("pairs", ("pairs", "pairs_of"), "{} of {}"), ("load", "load", "{:.2f}")]


@dataclasses.dataclass
class Panel:
    """One diagram: series {name: [(place, median, least, most)]}; curves if place names an axis."""
    title: str
    measure: str
    series: dict
    place: str = ""


@dataclasses.dataclass
class Table:
    """Rows of values by key; columns of (header, key or keys, format)."""
    name: str
    title: str
    columns: list
    rows: list
    notes: list = dataclasses.field(default_factory=list)
    panels: list = dataclasses.field(default_factory=list)


def point(place, row):
    """A comparison's place in a panel."""
    return (place, row["ratio"], row["least"], row["most"])


def of_workers(count):
    return "1 worker" if count == 1 else f"{count} workers"


def cell(row, key, form):
    values = [row.get(name) for name in ((key,) if isinstance(key, str) else key)]
    return "" if None in values else form.format(*values)


def markdown(table):
    headers = [header for header, _, _ in table.columns]
    lines = [[cell(row, key, form) for _, key, form in table.columns] for row in table.rows]
    return "\n".join([f"### {table.name}: {table.title}", "", "| " + " | ".join(headers) + " |",
                      "|" + "---|" * len(headers), *("| " + " | ".join(line) + " |" for line in lines), "",
                      *(f"- {note}" for note in table.notes), ""])


def as_json(facts, tables):
    kept = [{"name": table.name, "title": table.title, "rows": table.rows, "notes": table.notes}
            for table in tables]
    return json.dumps({"machine": facts, "tables": kept}, indent=1) + "\n"


def draw_curves(axes, panel):
    from matplotlib.ticker import NullLocator
    lowest, highest = 1, 1
    for colour, (name, points) in zip(itertools.cycle(COLOURS), panel.series.items()):
        place, middle, least, most = zip(*sorted(points))
        axes.plot(place, middle, "o-", color=colour, label=name, markersize=4)
        axes.fill_between(place, least, most, color=colour, alpha=0.15, linewidth=0)
        lowest, highest = min(lowest, *least), max(highest, *most)
    axes.set_xscale("log", base=2)
    places = sorted({point[0] for points in panel.series.values() for point in points})
    axes.set_xticks(places, [str(one) for one in places])
    axes.xaxis.set_minor_locator(NullLocator())
    if highest > 5 * lowest:
        axes.set_yscale("log")
        ticks = [tick for power in (0.01, 0.1, 1, 10, 100, 1000) for tick in (power, 2 * power, 5 * power)
                 if lowest / 2 <= tick <= highest * 2]
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel(panel.place)
    axes.set_ylabel(panel.measure)
    if any(panel.series):
        axes.legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))


def draw_bars(axes, panel):
    bars = [(f"{place} {name}".strip(), *rest)
             for name, points in panel.series.items() for place, *rest in points]
    names, middle, least, most = zip(*bars)
    reach = [[m - low for m, low in zip(middle, least)], [high - m for m, high in zip(middle, most)]]
    axes.barh(range(len(bars)), middle, xerr=reach, color=BLUE, ecolor=GREY, height=0.6)
    axes.set_yticks(range(len(bars)), names)
    axes.set_ylim(max(2.5, len(bars) - 0.4), -0.6)
    if "/" in panel.measure:
        axes.axvline(1, color=GREY, linewidth=1)
    axes.set_xlabel(panel.measure)


def picture(path, tables):
    """Draws all panels; needs matplotlib."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    panels = [panel for table in tables for panel in table.panels if any(panel.series.values())]
    across = min(2, len(panels)) or 1
    down = -(-len(panels) // across) or 1
    with plt.rc_context(STYLE):
        figure, grid = plt.subplots(down, across, figsize=(6 * across, 2.9 * down), squeeze=False)
        for axes in grid.flat[len(panels):]:
            axes.set_axis_off()
        for axes, panel in zip(grid.flat, panels):
            draw = draw_curves if panel.place else draw_bars
            draw(axes, panel)
            axes.set_title(panel.title)
        figure.savefig(path, dpi=150)
        plt.close(figure)
