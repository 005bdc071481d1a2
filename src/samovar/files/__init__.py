"""Files over HTTP: what ``samovar serve``, the static folder and ``send_file`` have in common.

    conditions   what a request asks beyond the path: only if it changed, only a part of it
    ranges       which bytes are meant by a part
    selection    status, header fields and bytes of the answer, from both of these
    content      those bytes of an open file, as a body
    codings      compressed copies that lie beside a file
    media_types  what a file is, by its name

Nothing here opens a path or knows a framework. Parsing header values is Werkzeug's work.
"""
