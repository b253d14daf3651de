"""The staff's door."""

from flask import Blueprint

admin = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")

from admin import counter, enrol, home, returns, signin  # noqa: E402, F401 - each module adds its pages to the blueprint above
