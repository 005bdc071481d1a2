"""A form that only its own page can send, with an upload (Flask-WTF)."""

from flask import Flask, redirect, render_template_string, request
from flask_wtf import CSRFProtect, FlaskForm
from flask_wtf.file import FileAllowed, FileField
from wtforms import StringField, SubmitField
from wtforms.validators import DataRequired, Length

PAGE = """\
<form method="post" enctype="multipart/form-data">
  {{ form.csrf_token }} {{ form.name }} {{ form.portrait }} {{ form.submit }}
  {% for field, errors in form.errors.items() %}<p>{{ field }}: {{ errors[0] }}</p>{% endfor %}
</form>
<script>const token = "{{ csrf_token() }}"</script>
"""

app = Flask(__name__)
app.secret_key = "only-for-this-test"
csrf = CSRFProtect(app)


class GuestForm(FlaskForm):
    name = StringField(validators=[DataRequired("We need a name."), Length(max=20)])
    portrait = FileField(validators=[FileAllowed(["png"], "Only PNG, please.")])
    submit = SubmitField()


@app.route("/", methods=["GET", "POST"])
def guests():
    form = GuestForm()
    if form.validate_on_submit():
        portrait = form.portrait.data
        size = len(portrait.read()) if portrait else 0
        return redirect(f"/welcome?name={form.name.data}&size={size}")
    return render_template_string(PAGE, form=form)


@app.get("/welcome")
def welcome():
    return f"{request.args['name']} with {request.args['size']} bytes"


@app.delete("/guests/<name>")
def forget(name):
    return {"forgotten": name}


@app.post("/hook")
@csrf.exempt
def hook():
    return "no token needed"


if __name__ == "__main__":
    app.run(port=0)
