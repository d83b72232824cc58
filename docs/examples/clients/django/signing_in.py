"""What Django and mozilla-django-oidc leave to the project: whose ID token it is, and by which name people are kept."""
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from mozilla_django_oidc.auth import OIDCAuthenticationBackend


class BySubject(OIDCAuthenticationBackend):
    """People by the one name of theirs that never changes; by itself it finds them by their email address, which may be somebody
    else's one day. And tokens of this issuer for this client: by itself it looks at neither."""

    def verify_token(self, token, **kwargs):
        payload = super().verify_token(token, **kwargs)
        if (payload["iss"], payload["aud"]) != (settings.ISSUER, settings.OIDC_RP_CLIENT_ID):
            raise SuspiciousOperation("somebody else's token")
        return payload

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
