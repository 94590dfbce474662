"""What widgets share: a still of themselves where no page runs them."""

from __future__ import annotations

from maxbooster_kernel.widgets.widget import Widget


class Named(Widget):
    _esm = "export default { render() {} }"

    def __repr__(self) -> str:
        return "Named('<b>')"


def test_a_widget_without_a_still_of_its_own_says_its_name_and_nothing_is_run():
    data, _ = Named()._repr_mimebundle_()
    assert data["text/html"] == "<pre>Named(&#x27;&lt;b&gt;&#x27;)</pre>"
    assert "application/vnd.jupyter.widget-view+json" in data
