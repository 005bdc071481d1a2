import json
import os
import sqlite3
from datetime import datetime

from flask import Flask, request, send_file

app = Flask(__name__)
DATABASE = os.path.join(app.root_path, "chat.db")


def database_execute(sql, data):
    conn = sqlite3.connect(DATABASE)
    conn.execute(sql, data)
    conn.commit()
    conn.close()


def database_read(sql, data):
    conn = sqlite3.connect(DATABASE)
    response = conn.execute(sql, data).fetchall()
    conn.close()
    return response


@app.route("/")
def home():
    return send_file("main.html")


@app.route("/message", methods=["POST"])
def upload_message():
    message = request.form["message"]
    display_name = request.remote_addr
    sql = "INSERT INTO messages (time, displayName, message) VALUES (?,?,?)"
    timestamp = int(datetime.now().timestamp())
    database_execute(sql, (timestamp, display_name, message))
    print(f"Saved message for {display_name} (time {timestamp}): {message}")
    return "message received"


@app.route("/messages", methods=["GET", "POST"])
def get_message():
    sql = "SELECT * FROM messages ORDER BY time DESC, rowid DESC LIMIT 50;"
    return json.dumps(database_read(sql, ()))


def initialise_database():
    sql = "CREATE TABLE IF NOT EXISTS messages (time INTEGER, displayName TEXT, message TEXT);"
    database_execute(sql, ())


initialise_database()

if __name__ == "__main__":
    app.run(host="", port=int(os.environ["PORT"]))
