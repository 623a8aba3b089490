"""The template of the report's page: one file that needs no other file."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ name }}</title>
<style>
body { margin: 0; background: #f5f7fa; color: #1f2933;
       font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 0 0 12px; }
h3 { font-size: 14px; font-weight: 600; margin: 24px 0 8px; }
p.note, figcaption { color: #616e7c; margin: 0 0 12px; }
nav { margin-top: 16px; }
nav a { margin-right: 16px; color: #4c6ef5; text-decoration: none; }
section { background: white; border: 1px solid #e4e7eb; border-radius: 8px;
          padding: 20px 24px; margin-top: 20px; overflow-x: auto; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 20px; }
.tile { background: white; border: 1px solid #e4e7eb; border-radius: 8px;
        padding: 12px 18px; flex: 1 1 130px; }
.tile b { display: block; font-size: 24px; white-space: nowrap; }
.tile span { color: #616e7c; font-size: 13px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid #e4e7eb;
         vertical-align: middle; }
th { color: #616e7c; font-weight: 600; font-size: 13px; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.long { font-size: 13px; color: #3e4c59; max-width: 560px; overflow-wrap: anywhere; }
td img { display: block; width: 64px; height: 64px; object-fit: contain;
         image-rendering: pixelated; background: #f5f7fa; }
figure { margin: 24px 0 0; text-align: center; }
figcaption { text-align: left; }
figure img { max-width: 100%; height: auto; }
pre { background: #f5f7fa; border-radius: 6px; padding: 12px 16px; overflow-x: auto;
      font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap; }
</style>
</head>
<body>
<main>
<h1>{{ name }}</h1>
<p class="note">{{ note }}</p>
{% if tiles %}<div class="tiles">
{% for label, value in tiles.items() %}<div class="tile"><b>{{ value }}</b>
<span>{{ label }}</span></div>
{% endfor %}</div>{% endif %}
<nav>{% for section in sections %}<a href="#{{ section.key }}">{{ section.title }}</a>
{% endfor %}</nav>
{% for section in sections %}<section id="{{ section.key }}"><h2>{{ section.title }}</h2>
{% for note in section.notes %}<p class="note">{{ note }}</p>
{% endfor %}
{% for table in section.tables %}{% if table.caption %}<h3>{{ table.caption }}</h3>{% endif %}
{% if table.rows %}<table id="{{ table.name }}">
<tr>{% for column, number in table.columns %}<th{% if number %} class="number"{% endif %}>
{{- column }}</th>{% endfor %}</tr>
{% for row in table.rows %}<tr>{% for text, picture in row %}
{%- if picture %}<td><img src="{{ text }}" alt=""></td>
{%- elif table.columns[loop.index0][1] %}<td class="number">{{ text }}</td>
{%- elif text|length > 40 %}<td class="long">{{ text }}</td>
{%- else %}<td>{{ text }}</td>{% endif %}{% endfor %}</tr>
{% endfor %}</table>{% endif %}
{% if table.rest %}<p class="note">The whole table is in {{ table.rest }}.</p>{% endif %}
{% endfor %}
{% for plot, caption, address in section.plots %}<figure><figcaption>{{ caption }}</figcaption>
<img id="{{ plot }}" src="{{ address }}" alt="{{ plot }}"></figure>
{% endfor %}
</section>
{% endfor %}
{% if config %}<section><h2>Configuration</h2><details><summary>as it was resolved</summary>
<pre>{{ config }}</pre></details></section>{% endif %}
</main>
</body>
</html>
"""
