"""Every address: each app's pages, the API, the health checks."""

from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path

import accounts.urls
import plans.urls
import warmups.urls
from config.crawlers import robots
from config.health import healthz, readyz
from config.metrics import metrics
from config.offline import offline_urls
from config.problems import not_found
from config.schema import docs, schema
from warmups.sitemaps import sitemaps
from warmups.workshop.urls import workshop_urls

api = [
    path("schema/", schema, name="api-schema"),
    path("docs/", docs, name="api-docs"),
    *accounts.urls.api_urlpatterns,
    *warmups.urls.api_urlpatterns,
    *plans.urls.api_urlpatterns,
    re_path("", not_found),
]

urlpatterns = [
    path("", include("plans.urls")),
    path("", include("warmups.urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/content/", include(workshop_urls)),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api)),
    path("sitemap.xml", sitemap, {"sitemaps": sitemaps}, name="sitemap"),
    path("robots.txt", robots, name="robots"),
    path("", include(offline_urls)),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]

if settings.ANYMAIL_PROVIDER:
    from plans.delivery.events import event_urls

    urlpatterns.append(path("mail-events/", include(event_urls())))

if settings.DEMO:
    from config import demo_mail

    urlpatterns += [
        path("demo/mail/", demo_mail.mail_list, name="demo-mail"),
        path("demo/mail/<str:name>/", demo_mail.mail, name="demo-mail-one"),
        path("demo/mail/<str:name>/html/", demo_mail.mail_html, name="demo-mail-html"),
    ]

if settings.DEBUG:
    from config.styleguide import styleguide

    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))

handler500 = "config.problems.server_error"
