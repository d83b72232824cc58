"""People by the one name of theirs that never changes. By itself mozilla-django-oidc finds them by their email address, which may
be somebody else's one day."""
from urllib.parse import urlencode

from django.conf import settings
from mozilla_django_oidc.auth import OIDCAuthenticationBackend


class BySubject(OIDCAuthenticationBackend):
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
