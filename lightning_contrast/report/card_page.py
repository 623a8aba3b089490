"""The template of a model card: values in ``{{ }}`` are escaped for Markdown."""

PAGE = """\
# {{ name }}

{% if boxes %}
Finds boxes of {{ classes | length }} classes in images: {{ names }}.
{% elif tags %}
Marks spans in texts; the classes of their tokens: {{ names }}.
{% elif classes %}
Tells {{ modality }}s apart, in {{ classes | length }} classes: {{ names }}.
{% elif makes == "texts" %}
Writes texts behind a prompt.
{% elif makes %}
Makes {{ makes }}, of classes: {{ names }}.
{% else %}
Embeds rows of {{ modality }}; it knows no classes.
{% endif %}
Trained on {{ date }} with lightning_contrast {{ version }}.

```sh
{% if classes %}
lightning-contrast predict checkpoint=checkpoints/best.ckpt input=INPUT output=labels.jsonl
{% elif makes == "texts" %}
lightning-contrast generate checkpoint=checkpoints/best.ckpt prompt=PROMPT
{% elif makes %}
lightning-contrast generate checkpoint=checkpoints/best.ckpt output=FOLDER
{% else %}
lightning-contrast embed checkpoint=checkpoints/best.ckpt input=INPUT output=embedding.csv
{% endif %}
```

## Data

Source: {{ source }}. Of {{ rows.rows }} rows, {{ rows.train }} were trained on,
{{ rows.validation }} were for validation and {{ rows.test }} for the test.

{% for note in notes %}
- {{ note }}
{% endfor %}

{% if unseen %}
What of the data it cannot see:

{% for line in unseen %}
- {{ line }}
{% endfor %}

{% endif %}
## Recipe

{{ recipe }}

## Metrics

{% if classes and not boxes %}
Accuracy on test: {{ accuracy }}.

{% endif %}
{{ metrics }}

{% if baselines %}
Beside it:

{{ baselines }}

{% endif %}
{% if classes or attributes %}
## Groups

{% endif %}
{% if classes %}
By class. Recall is the accuracy among the rows of the class.
{% if boxes %}
A row is a true box, and its class the most probable one in the cell of its centre.
{% endif %}

{{ scores }}

{% endif %}
{% for caption, table in attributes %}
{{ caption }}

{{ table }}

{% endfor %}
## Limits

{% for line in limits %}
- {{ line }}
{% endfor %}
"""
