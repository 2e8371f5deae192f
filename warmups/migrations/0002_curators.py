"""The group of curators: they read, add and change content; nobody deletes what a log may lean on."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Curators"
WRITTEN = (
    "activation",
    "equipment",
    "exercise",
    "glutealindex",
    "muscle",
    "outcome",
    "routine",
    "study",
)
READ = ("exercisemuscle", "exerciseversion", "mediafile", "reviewcomment", "substitute")  # the domain writes these
RIGHTS = [f"{right}_{model}" for model in WRITTEN for right in ("view", "add", "change")]
RIGHTS += [f"view_{model}" for model in READ]


def add_group(apps, schema_editor):
    # Permissions are made after all migrations, which is too late for a group that has them.
    app = apps.get_app_config("warmups")
    app.models_module = True  # a state's app has none, and would be passed over
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    rights = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="warmups", codename__in=RIGHTS)
    group, _made = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.add(*rights)


def remove_group(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name=GROUP).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("warmups", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_group, remove_group)]
