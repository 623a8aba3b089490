"""The report's page: one file that needs no other."""

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
p.note, figcaption { color: #616e7c; margin: 0 0 16px; }
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
tr.ours td { font-weight: 600; }
td.wrong { color: #d6336c; }
td.text { font-size: 13px; color: #3e4c59; max-width: 560px; overflow-wrap: anywhere; }
td img { display: block; width: 64px; height: 64px; object-fit: contain;
         image-rendering: pixelated; background: #f5f7fa; }
figure { margin: 0; text-align: center; }
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
{% for line in tiles %}<div class="tile"><b>{{ line.cells[-1] }}</b>
<span>{{ line.name }}, test</span></div>
{% endfor %}</div>{% endif %}
{% macro table(header, lines, first=False) %}<table>
<tr>{% for cell in header %}<th{% if loop.index0 %} class="number"{% endif %}>{{ cell }}</th>
{%- endfor %}</tr>
{% for line in lines %}<tr{% if first and loop.first %} class="ours"{% endif %}>
<td>{{ line.name }}</td>{% for cell in line.cells %}<td class="number">{{ cell }}</td>{% endfor %}
</tr>
{% endfor %}</table>{% endmacro %}
<section><h2>Figures</h2>{{ table(("", "validation", "test"), metrics) }}</section>
{% if baselines %}<section><h2>Beside the baselines</h2>
{{ table(compared, baselines, True) }}</section>{% endif %}
{% for title, caption, address in pictures %}<section><h2>{{ title }}</h2>
<p class="note">{{ caption }}</p><figure><img src="{{ address }}" alt="{{ title }}"></figure>
</section>
{% endfor %}
<section><h2>Worst mistakes</h2>
{% if mistakes %}<p class="note">Test rows that were predicted wrongly, the surest first.</p>
<table><tr><th class="number">row</th><th></th><th>true</th><th>predicted</th>
<th class="number">confidence</th></tr>
{% for shown, mistake in mistakes %}<tr><td class="number">{{ mistake.row }}</td>
{% if shown.startswith("data:image/png;base64,") %}<td><img src="{{ shown }}" alt=""></td>
{%- else %}<td class="text">{{ shown }}</td>{% endif %}
<td>{{ mistake.true }}</td><td class="wrong">{{ mistake.predicted }}</td>
<td class="number">{{ "%.1f"|format(100 * mistake.confidence) }} %</td></tr>
{% endfor %}</table>{% else %}<p class="note">No test row was predicted wrongly.</p>{% endif %}
</section>
<section><h2>Data and run</h2>{{ table(("", ""), counts) }}</section>
<section><h2>Configuration</h2><details><summary>as it was resolved</summary>
<pre>{{ config }}</pre></details></section>
</main>
</body>
</html>
"""
