"""The program on Samovar."""

from flask_style import build

import samovar

app = build(samovar, samovar.App)
