"""A relying party: a Django project with mozilla-django-oidc, as docs/examples/clients/django has it. It says where it is."""
import os
import secrets
import sys
import tempfile
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import include, path

sys.path.insert(0, str(Path(__file__).parents[3] / "docs/examples/clients/django"))
import oidc_settings  # noqa: E402


def leave(request):
    token = get_token(request)
    return HttpResponse(
        '<form method="post" action="/oidc/logout/">'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}"><button>Sign out</button></form>'
    )


@login_required
def page(request):
    user, session = request.user, request.session
    held = {"subject": user.username, "name": user.first_name, "email": user.email, "access_token": session["oidc_access_token"]}
    return JsonResponse(held)


def later(request):
    """The time after which it asks again whether she is signed in has passed."""
    request.session["oidc_id_token_expiration"] = 0
    return JsonResponse({})


def anybody(request):
    return JsonResponse({"signed_in": request.user.is_authenticated})


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


with tempfile.TemporaryDirectory(prefix="sekisho-django-") as folder:
    settings.configure(
        **{name: getattr(oidc_settings, name) for name in dir(oidc_settings) if name.isupper()},
        SECRET_KEY=secrets.token_hex(32),
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/db"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "mozilla_django_oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "mozilla_django_oidc.middleware.SessionRefresh",
        ],
        # For this page, which tells the test when it was renewed.
        OIDC_STORE_ACCESS_TOKEN=True,
        OIDC_EXEMPT_URLS=["/later"],
    )
    django.setup()
    import signing_in

    urlpatterns = [
        path("", anybody),
        path("page", page),
        path("later", later),
        path("leave", leave),
        path("bye", anybody),
        path("oidc/backchannel-logout", signing_in.backchannel_logout),
        path("oidc/", include("mozilla_django_oidc.urls")),
    ]
    call_command("migrate", verbosity=0)
    server = make_server("127.0.0.1", int(os.environ.get("PORT", "0")), get_wsgi_application(), handler_class=Quiet)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
