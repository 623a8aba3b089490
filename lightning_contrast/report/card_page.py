"""The card's page."""

PAGE = """\
# {{ name }}

Tells {{ modality }}s apart, in {{ classes | length }} classes: {{ names }}.
Trained on {{ date }} with lightning_contrast {{ version }}.

```sh
lightning-contrast predict checkpoint=checkpoints/best.ckpt input=INPUT output=labels.jsonl
```

## Data

Source: {{ source }}. Of {{ rows.rows }} rows, {{ rows.train }} were trained on,
{{ rows.validation }} were for validation and {{ rows.test }} for the test.

{% for note in notes %}
- {{ note }}
{% endfor %}

## Recipe

| part | choice |
|---|---|
{% for part, choice in recipe %}
| {{ part }} | {{ choice }} |
{% endfor %}

## Metrics

Accuracy on test: {{ accuracy }}.

| | validation | test |
|---|---|---|
{% for line in metrics %}
| {{ line | join(" | ") }} |
{% endfor %}

{% if baselines %}
Beside it:

| | accuracy on test |
|---|---|
{% for line in baselines %}
| {{ line | join(" | ") }} |
{% endfor %}

{% endif %}
## Groups

By class. Recall is the accuracy among the rows of the class.

| class | training rows | test rows | precision | recall | F1 |
|---|---|---|---|---|---|
{% for line in groups %}
| {{ line.cells | join(" | ") }} |
{% endfor %}

{% for table in attributes %}
{{ table.caption }}

| {{ table.columns | join(" | ") }} |
|{{ "---|" * table.columns | length }}
{% for row in table.rows %}
| {{ row | map("shown") | join(" | ") }} |
{% endfor %}

{% endfor %}
## Limits

{% for line in limits %}
- {{ line }}
{% endfor %}
"""
