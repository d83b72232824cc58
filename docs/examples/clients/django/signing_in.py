"""What Django and mozilla-django-oidc leave to the project: whose ID token it is, by which name people are kept, and the ends of
sessions. In the urls, before those of mozilla_django_oidc: `path("oidc/backchannel-logout", signing_in.backchannel_logout)`."""
from urllib.parse import urlencode

import jwt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, HttpResponseBadRequest
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

ENDED = "http://schemas.openid.net/event/backchannel-logout"


class BySubject(OIDCAuthenticationBackend):
    """People by the one name of theirs that never changes; by itself it finds them by their email address, which may be somebody
    else's one day. And tokens of this issuer for this client: by itself it looks at neither."""

    def verify_token(self, token, **kwargs):
        payload = super().verify_token(token, **kwargs)
        if (payload["iss"], payload["aud"]) != (settings.ISSUER, settings.OIDC_RP_CLIENT_ID):
            raise SuspiciousOperation("somebody else's token")
        return payload

    def get_or_create_user(self, access_token, id_token, payload):
        self.request.session["sid"] = payload["sid"]
        return super().get_or_create_user(access_token, id_token, payload)

    def filter_users_by_claims(self, claims):
        return self.UserModel.objects.filter(username=claims["sub"])

    def create_user(self, claims):
        return self.update_user(self.UserModel(username=claims["sub"]), claims)

    def update_user(self, user, claims):
        user.first_name, user.email = claims["name"], claims.get("email", "")
        user.save()
        return user


def logout_address(request):
    """Where she goes to sign out of everything."""
    asked = {
        "id_token_hint": request.session["oidc_id_token"],
        "post_logout_redirect_uri": request.build_absolute_uri("/bye"),
    }
    return f"{settings.ISSUER}/oauth2/logout?{urlencode(asked)}"


@csrf_exempt
@require_POST
def backchannel_logout(request):
    """Ends the session that a logout token names (OpenID Connect Back-Channel Logout 1.0 §2.6)."""
    try:
        token = request.POST["logout_token"]
        told = BySubject().verify_token(token)
        if jwt.get_unverified_header(token)["typ"] != "logout+jwt" or ENDED not in told["events"]:
            return HttpResponseBadRequest()
    except (SuspiciousOperation, jwt.PyJWTError, KeyError):
        return HttpResponseBadRequest()
    for session in Session.objects.filter(expire_date__gt=now()):
        if session.get_decoded().get("sid") == told["sid"]:
            session.delete()
    return HttpResponse()
