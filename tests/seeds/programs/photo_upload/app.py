import os

from flask import Flask, request, send_file
from werkzeug.utils import secure_filename

app = Flask(__name__)
app.config["ALLOWED_EXTENSIONS"] = {"txt", "pdf", "png", "jpg", "jpeg", "gif", "zip", "doc", "docx"}
app.config["MAX_CONTENT_LENGTH"] = 16 * 1024 * 1024

os.makedirs(os.path.join(app.root_path, "photos"), exist_ok=True)


@app.route("/")
def home():
    return send_file("index.html")


@app.route("/photo", methods=["POST"])
def upload_photo():
    f = request.files["file"]
    f.save(os.path.join(app.root_path, "photos", secure_filename(f.filename)))
    return "file uploaded successfully"


@app.route("/photos")
def photos():
    return sorted(os.listdir(os.path.join(app.root_path, "photos")))


@app.route("/photos/<name>")
def photo(name):
    return send_file(os.path.join(app.root_path, "photos", secure_filename(name)))


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))
