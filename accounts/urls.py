"""Settings pages, sign-in pages that answer as ours do (the others are allauth's), me/ and tokens/."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from accounts import views
from accounts.api import MeView, TokensView, TokenView

urlpatterns = [
    path("settings/", RedirectView.as_view(pattern_name="settings-profile"), name="settings"),
    path("settings/profile/", views.settings_profile, name="settings-profile"),
    path("settings/reminders/", views.settings_reminders, name="settings-reminders"),
    path("settings/reminders/address/", views.settings_address, name="settings-address"),
    path("settings/security/", views.settings_security, name="settings-security"),
    path("settings/tokens/", views.settings_tokens, name="settings-tokens"),
    path("settings/tokens/<int:token_id>/revoke/", views.settings_token_revoke, name="settings-token-revoke"),
    path("accounts/login/", views.LoginView.as_view(), name="account_login"),
    path("accounts/signup/", views.SignupView.as_view(), name="account_signup"),
    path("accounts/email/", views.EmailView.as_view(), name="account_email"),
    path("accounts/reauthenticate/", views.ReauthenticateView.as_view(), name="account_reauthenticate"),
    path("accounts/password/change/", views.PasswordChangeView.as_view(), name="account_change_password"),
    path("accounts/password/set/", views.PasswordSetView.as_view(), name="account_set_password"),
    path("accounts/password/reset/", views.PasswordResetView.as_view(), name="account_reset_password"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.PasswordResetFromKeyView.as_view(),
        name="account_reset_password_from_key",
    ),
]

api_urlpatterns = [
    path("me/", MeView.as_view(), name="api-me"),
    path("tokens/", TokensView.as_view(), name="api-tokens"),
    path("tokens/<int:token_id>/", TokenView.as_view(), name="api-token"),
]
