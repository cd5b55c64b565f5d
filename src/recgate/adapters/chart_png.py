"""The chart of a decision as a PNG, drawn by resvg (the optional extra ``chart``)."""

from importlib.resources import as_file, files

from recgate.domain.decision import Decision
from recgate.rendering.chart.colours import LIGHT
from recgate.rendering.chart.drawing import chart_svg

_FONTS = ("DejaVuSans-chart.ttf", "DejaVuSans-Bold-chart.ttf")
_FAMILY = "DejaVu Sans"


def chart_png(decision: Decision) -> bytes | None:
    """The chart, 1200 × 720 pixels on white, with the same letters on every machine.

    None when there is nothing to draw, when resvg-py is not installed, and when it fails: a
    verdict never waits for its picture. What resvg is given is our own and bounded (60 marks
    and 24 labels at most), and so are its time and its memory.
    """
    svg = chart_svg(decision, LIGHT)
    if not svg:
        return None
    try:
        import resvg_py

        with as_file(files("recgate") / "fonts") as folder:
            return resvg_py.svg_to_bytes(
                svg_string=svg,
                skip_system_fonts=True,
                font_files=[str(folder / font) for font in _FONTS],
                font_family=_FAMILY,
                sans_serif_family=_FAMILY,
            )
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        # Broad on purpose: not installed, its library does not load, fonts are missing, it
        # refuses. A panic of the Rust code is no Exception (pyo3's PanicException).
        return None
