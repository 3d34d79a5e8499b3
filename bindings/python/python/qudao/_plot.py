"""Charts, drawn by Matplotlib, which is imported when one is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qudao._errors import MissingPackageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colours that are told apart with every kind of colour blindness (Okabe and Ito).
COLOURS = {"error": "#D55E00", "warning": "#E69F00", "info": "#0072B2"}
PLAIN = "#0072B2"
PALE = "#BBD7EA"

_CJK = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Zen Hei", "SimHei")


def axes(ax: Axes | None, bars: int) -> Axes:
    """The axes to draw in: those given, or new ones that are as high as so many bars need."""
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as error:
        raise MissingPackageError("matplotlib", "plots") from error
    if ax is not None:
        return ax
    _, made = plt.subplots(figsize=(8, max(1.8, 1.0 + 0.36 * bars)), layout="constrained")
    return made


def fonts(ax: Axes) -> None:
    """Lets Chinese texts be drawn where the machine has a font for them."""
    from matplotlib import font_manager

    texts = [*ax.get_yticklabels(), *ax.get_xticklabels(), *ax.texts, ax.title, ax.xaxis.label]
    texts = [t for t in texts if not t.get_text().isascii()]
    if not texts:
        return
    known = {f.name for f in font_manager.fontManager.ttflist}
    found = [name for name in _CJK if name in known]
    if found:
        for text in texts:
            text.set_fontfamily([found[0], "sans-serif"])


def bars(
    ax: Axes,
    labels: Sequence[str],
    values: Sequence[float],
    colours: Sequence[str],
    notes: Sequence[str],
) -> None:
    """Horizontal bars, the first on top, each with a note at its end."""
    places = range(len(labels))
    drawn = ax.barh(places, values, color=list(colours), height=0.72)
    ax.bar_label(drawn, labels=list(notes), padding=4, fontsize=9)
    ax.set_yticks(list(places), labels=list(labels))
    ax.invert_yaxis()
    ax.margins(x=0.14)
    if all(v >= 0 for v in values):
        ax.set_xlim(left=0)
    ax.spines[["top", "right"]].set_visible(False)


def legend(ax: Axes, entries: dict[str, str]) -> None:
    """A legend of colours."""
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(color=colour, label=label) for label, colour in entries.items()]
    ax.legend(handles=handles, loc="lower right", frameon=False, fontsize=9)
