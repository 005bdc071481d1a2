"""What target means which application, and what is said where it means none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from samovar.loading import (
    NoAppException,
    find_app_by_string,
    find_best_app,
    find_program,
    is_application,
    is_servable,
    locate_app,
    prepare_import,
    refuse_hidden_file,
    split_target,
    users_traceback,
)

APP = """
class App:
    def __init__(self, name):
        self.name, self.url_map = name, None
    def wsgi_app(self, environ, start_response):
        return []
"""


def app(name: str = "an app") -> SimpleNamespace:
    return SimpleNamespace(name=name, wsgi_app=print, url_map=None)


def module(**names: object) -> ModuleType:
    made = ModuleType("shop")
    vars(made).update(names)
    return made


@pytest.fixture(autouse=True)
def _leave_imports_as_they_were(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", sys.path[:])
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_object_with_routes_is_an_application() -> None:
    assert is_application(app())
    assert not is_application(SimpleNamespace)
    assert not is_application("app")


def test_callable_is_servable_where_it_can_be_a_wsgi_application() -> None:
    class Middleware:
        def __call__(self, environ: object, start_response: object) -> list[bytes]:
            return []

    def application(environ: object, start_response: object) -> list[bytes]:
        return []

    def create_app(config: object = None) -> object:
        return app()

    assert is_servable(Middleware())
    assert is_servable(application)
    assert not is_servable(create_app)
    assert not is_servable(Middleware)
    assert not is_servable(sys)


@pytest.mark.parametrize("name", ["app", "application", "anything"])
def test_app_is_found_under_any_name(name: str) -> None:
    wanted = app()
    assert find_best_app(module(**{name: wanted})) is wanted


def test_usual_name_wins_over_others() -> None:
    wanted = app()
    assert find_best_app(module(other=app(), app=wanted)) is wanted


def test_same_app_under_two_names_is_no_doubt() -> None:
    wanted = app()
    assert find_best_app(module(one=wanted, two=wanted)) is wanted


def test_two_apps_are_a_doubt_that_names_them() -> None:
    with pytest.raises(NoAppException, match="'one', 'two'.*'shop:one'"):
        find_best_app(module(one=app(), two=app()))


def test_factory_is_called_where_there_is_no_app() -> None:
    wanted = app()
    assert find_best_app(module(make_app=lambda: wanted)) is wanted


def test_factory_that_wants_arguments_is_explained() -> None:
    def create_app(config: str) -> object:
        return app(config)

    with pytest.raises(NoAppException, match="wants arguments"):
        find_best_app(module(create_app=create_app))


def test_error_inside_a_factory_stays_itself() -> None:
    def create_app() -> object:
        raise TypeError("in the factory")

    with pytest.raises(TypeError, match="in the factory"):
        find_best_app(module(create_app=create_app))


def test_module_without_app_says_what_was_looked_for() -> None:
    with pytest.raises(NoAppException, match="'app', 'application'.*'create_app', 'make_app'"):
        find_best_app(module())


def test_expression_names_an_app_or_calls_a_factory() -> None:
    shop = module(mine=app("mine"), make=lambda name, size=1: app(f"{name} {size}"))
    assert find_app_by_string(shop, "mine").name == "mine"
    assert find_app_by_string(shop, "make('a')").name == "a 1"
    assert find_app_by_string(shop, ' make ("a", size=2, ) ').name == "a 2"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("make(", "neither as a name"),
        ("a.b", "neither a name nor the call"),
        ("a.b()", "by a plain name"),
        ("make(open('x'))", "literal values"),
        ("missing", "no 'missing' in the module 'shop'"),
        ("make()", "cannot be called"),
        ("nothing()", "is not an application, but 'NoneType'"),
    ],
)
def test_expression_that_gives_no_app_is_explained(expression: str, said: str) -> None:
    shop = module(make=lambda name: app(name), nothing=lambda: None)
    with pytest.raises(NoAppException, match=said):
        find_app_by_string(shop, expression)


def test_plain_wsgi_function_is_served_and_not_called() -> None:
    def application(environ: object, start_response: object) -> list[bytes]:
        return []

    shop = module(application=application)
    assert find_best_app(shop, is_servable) is application
    assert find_app_by_string(shop, "application", is_servable) is application


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("hello.py", ("hello.py", None)),
        ("shop:create_app('a:b')", ("shop", "create_app('a:b')")),
        ("C:\\shop\\app.py:app", ("C:\\shop\\app.py", "app")),
        ("C:/shop/app.py", ("C:/shop/app.py", None)),
    ],
)
def test_target_is_split_at_the_first_colon(target: str, parts: tuple[str, str | None]) -> None:
    assert split_target(target) == parts


@pytest.mark.parametrize("names", [["app.py", "x.py"], ["wsgi.py", "x.py"], ["main.py"], ["x.py"]])
def test_folder_means_its_program(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    assert find_program(str(tmp_path)) == str(tmp_path / names[0])


def test_folder_with_several_programs_is_a_doubt(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    (tmp_path / "b.py").touch()
    with pytest.raises(NoAppException, match=r"it holds 'a\.py', 'b\.py'"):
        find_program(str(tmp_path))


def test_missing_file_is_told_with_those_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hello.py").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoAppException, match=r"no file 'helo\.py' in .*There are: 'hello\.py'"):
        find_program("helo.py")


@pytest.mark.parametrize("name", ["random", "sys", "flasky_double"])
def test_file_that_hides_behind_another_module_is_told(tmp_path: Path, name: str) -> None:
    sys.modules["flasky_double"] = ModuleType("flasky_double")
    file = tmp_path / f"{name}.py"
    file.touch()
    with pytest.raises(NoAppException, match=rf"another name, for instance 'my_{name}\.py'"):
        refuse_hidden_file(str(file), prepare_import(str(file)))


def test_file_in_a_package_is_imported_from_above_it(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    for folder in (inner, inner.parent):
        (folder / "__init__.py").touch()
    (inner / "web.py").touch()
    assert prepare_import(str(inner / "web.py")) == "outer.inner.web"
    assert prepare_import(str(inner / "__init__.py")) == "outer.inner"
    assert sys.path[0] == str(tmp_path)


def test_app_is_located_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "located_shop.py").write_text(APP + "web = App('web')\n")
    name = prepare_import(str(tmp_path / "located_shop.py"))
    assert locate_app(name, None).name == "web"
    assert locate_app(name, "web").name == "web"


def test_missing_module_is_told_or_none() -> None:
    assert locate_app("no_such_module", None, raise_if_not_found=False) is None
    with pytest.raises(NoAppException, match="no module of this name"):
        locate_app("no_such_module", None)


def test_import_error_inside_the_program_shows_its_lines(tmp_path: Path) -> None:
    (tmp_path / "broken_shop.py").write_text("\nimport no_such_module\n")
    name = prepare_import(str(tmp_path / "broken_shop.py"))
    with pytest.raises(NoAppException, match=r'broken_shop\.py", line 2'):
        locate_app(name, None, raise_if_not_found=False)


def test_users_traceback_leaves_out_the_lines_of_others(tmp_path: Path) -> None:
    (tmp_path / "failing_shop.py").write_text("import json\njson.loads('{')\n")
    name = prepare_import(str(tmp_path / "failing_shop.py"))
    with pytest.raises(ValueError) as caught:
        locate_app(name, None)
    shown = users_traceback(caught.value)
    assert 'failing_shop.py", line 2' in shown
    assert "decoder.py" not in shown
    assert "importlib" not in shown
    assert "JSONDecodeError" in shown


def test_users_traceback_of_a_syntax_error_points_at_the_place(tmp_path: Path) -> None:
    (tmp_path / "wrong_shop.py").write_text("def hello(:\n")
    name = prepare_import(str(tmp_path / "wrong_shop.py"))
    with pytest.raises(SyntaxError) as caught:
        locate_app(name, None)
    shown = users_traceback(caught.value)
    assert 'wrong_shop.py", line 1' in shown
    assert "importlib" not in shown
