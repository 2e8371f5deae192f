# One image for the website, the worker and the scheduler; compose.yaml says which of them a container is.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PRESTRIDE_VAR=/var/lib/prestride STATIC_ROOT=/srv/static
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .
# Compressed and named by content once, here. The values are for this step only and stay out of the image.
RUN SECRET_KEY=none-of-this-is-kept-and-nothing-is-signed-with-it-0123456789 \
    DATABASE_URL=postgres://localhost/none REDIS_URL=redis://localhost EMAIL_URL=smtp://localhost \
    DEFAULT_FROM_EMAIL=none@localhost ALLOWED_HOSTS=localhost SITE_URL=https://localhost \
    python manage.py collectstatic --noinput --verbosity 0 \
    && useradd --system --home-dir /var/lib/prestride --create-home prestride

USER prestride
EXPOSE 8000
CMD ["gunicorn", "-c", "config/gunicorn.py", "--bind", "0.0.0.0:8000"]
