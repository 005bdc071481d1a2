"""A board with one figure that follows the choice beside it (Dash)."""

import socket

from dash import Dash, Input, Output, State, callback, dcc, html, page_container, register_page
from dash.exceptions import PreventUpdate
from flask import Flask, request

server = Flask(__name__)
app = Dash(__name__, server=server, title="Tea board", use_pages=True, pages_folder="")

register_page(
    "home",
    path="/",
    layout=html.Div(
        [
            dcc.Dropdown(["green", "black"], "green", id="kind"),
            dcc.Input(id="cups", value=2),
            html.P(id="answer"),
            dcc.Graph(id="chart"),
        ]
    ),
)
register_page("about", path="/about", layout=html.P("About tea"))
app.layout = html.Div([html.H1("Tea"), page_container])


@callback(
    Output("answer", "children"),
    Output("chart", "figure"),
    Input("kind", "value"),
    State("cups", "value"),
)
def answer(kind, cups):
    if kind is None:
        raise PreventUpdate
    text = f"{cups} cups of {kind} tea for {request.remote_addr}"
    return text, {"data": [{"type": "bar", "y": [cups]}]}


@server.get("/health")
def health():
    return "boiling"


if __name__ == "__main__":
    with socket.socket() as probe:  # Dash wants to know its port beforehand
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app.run(port=port)
