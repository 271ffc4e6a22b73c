"""What the pages say has words in every language."""

import pytest

from warehouse.report.words import HAN, WORDS, rule_of
from warehouse.rules.registry import SEVERITIES


@pytest.mark.parametrize("rule", SEVERITIES)
def test_a_rule_is_named_in_chinese_beside_its_own_name(rule):
    english, traditional, simplified = WORDS[f"rule {rule}"]
    assert english == rule.replace("_", " ")
    assert HAN.search(traditional)
    assert HAN.search(simplified)


def test_a_rule_without_words_is_its_name_on_a_page():
    assert rule_of("price_<jump>") == "price &lt;jump&gt;"
