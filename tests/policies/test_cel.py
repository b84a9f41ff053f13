"""CEL as policies have it: the language, the functions that Kubernetes adds, errors as values, and bounds."""

import datetime
import subprocess
import sys
from typing import Any

import pytest

from cnlint.policies import cel
from cnlint.policies.cel import CelError, Document, bind, compile_expression, evaluate

VARIABLES = {"object": "map<string,dyn>", "objects": "list<map<string,dyn>>"}
OBJECT: dict[Any, Any] = {
    "kind": "Deployment",
    "metadata": {"name": "orders", "labels": {"app.kubernetes.io/name": "orders"}},
    "spec": {"replicas": 3, "ratio": 0.5, "paused": False, "nothing": None, "ports": [80, 443]},
    "huge": 2**80,
    1: {True: "one"},
    "day": datetime.date(2026, 1, 31),
    "ip": "10.1.2.3",
}


def value_of(expression: str, *, document: Any = OBJECT) -> Any:
    bindings = bind(VARIABLES, {"object": Document(document), "objects": Document([document, {"kind": "Service"}])})
    return evaluate(compile_expression(expression, VARIABLES), bindings)


def error_of(expression: str, *, document: Any = OBJECT) -> str:
    error = value_of(expression, document=document)
    assert isinstance(error, CelError)
    return str(error)


@pytest.mark.parametrize(
    "expression",
    [
        "object.spec.replicas > 2",
        "object.spec.ratio < 1",
        "object.metadata.labels['app.kubernetes.io/name'] == object.metadata.name",
        "!has(object.spec.strategy)",
        "object.?spec.?strategy.?type.orValue('RollingUpdate') == 'RollingUpdate'",
        "object[?'status'].hasValue() == false",
        "object.spec.ports.all(port, port < 1024) && object.spec.ports.exists_one(port, port == 80)",
        "objects.filter(o, o.kind == 'Service').size() == 1",
        "object.spec.ports.map(port, port + 1) == [81, 444]",
        "cel.bind(name, object.metadata.name, name + '-' + name) == 'orders-orders'",
        "{'a': 1, 'b': 2}.all(key, value, value > 0)",
        "object.metadata.name.matches('^[a-z]+$')",
        "'%s has %d'.format([object.metadata.name, object.spec.replicas]) == 'orders has 3'",
        "['a', 'b'].join('-').upperAscii() == 'A-B'",
        "math.greatest([1, 3, 2]) == 3",
        "base64.encode(b'a') == 'YQ=='",
        "timestamp('2026-01-31T00:00:00Z') - duration('1h') < timestamp('2026-01-31T00:00:00Z')",
        "object.spec.missing == 1 || true",
        "object.spec.nothing == null",
    ],
)
def test_the_language(expression: str) -> None:
    assert value_of(expression) is True


@pytest.mark.parametrize(
    "expression",
    [
        "quantity('1Gi') == quantity('1024Mi')",
        "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1m').isLessThan(quantity('1'))",
        "quantity('50m').compareTo(quantity('0.05')) == 0",
        "quantity('1500m').add(quantity('500m')).asInteger() == 2",
        "quantity('5').sub(7).sign() == -1",
        "!quantity('500m').isInteger() && quantity('500m').asApproximateFloat() == 0.5",
        "isQuantity('20Ki') && !isQuantity('20KB')",
        "ip('10.0.0.1').family() == 4 && ip('2001:db8::1').family() == 6",
        "isIP('::1') && !isIP('010.0.0.1') && !isIP('::ffff:10.0.0.1') && !isIP('fe80::1%eth0')",
        "ip.isCanonical('::1') && !ip.isCanonical('::0001')",
        "ip('127.0.0.1').isLoopback() && ip('0.0.0.0').isUnspecified()",
        "ip('169.254.1.1').isLinkLocalUnicast() && ip('ff02::1').isLinkLocalMulticast()",
        "ip('10.0.0.1').isGlobalUnicast() && !ip('224.0.0.1').isGlobalUnicast()",
        "cidr('10.0.0.0/8').containsIP(object.ip) && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))",
        "!cidr('10.0.0.0/8').containsIP('::1') && !cidr('10.0.0.0/8').containsCIDR('::/0')",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))",
        "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8') && cidr('10.1.2.3/8').prefixLength() == 8",
        "cidr('10.1.2.3/8').ip() == ip('10.1.2.3')",
        "!isCIDR('10.0.0.0') && !isCIDR('10.0.0.0/255.0.0.0') && !isCIDR('10.0.0.0/33')",
        "isURL('https://example.com/a') && isURL('/a') && !isURL('a/b') && !isURL('https://a b/')",
        "url('https://example.com:80/a%20b?q=1&q=2').getQuery() == {'q': ['1', '2']}",
        "url('https://example.com:80/a%20b').getEscapedPath() == '/a%20b'",
        "url('https://[::1]:80/').getHost() == '[::1]:80' && url('https://[::1]:80/').getHostname() == '::1'",
        "url('https://example.com').getPort() == '' && url('https://example.com').getScheme() == 'https'",
        "'abc 123 45'.find('[0-9]+') == '123' && 'abc'.find('[0-9]+') == ''",
        "'abc 123 45'.findAll('([0-9])[0-9]+') == ['123', '45']",
        "'1 2 3'.findAll('[0-9]', 2) == ['1', '2'] && '1 2 3'.findAll('[0-9]', 0) == []",
        "'a(b'.find('\\\\(') == '(' && 'a(b'.find('[(]') == '('",
        "semver('1.2.3-rc.2').isLessThan(semver('1.2.3-rc.10'))",
        "semver('1.2.3').isGreaterThan(semver('1.2.3-rc.10'))",
        "semver('1.2.3').compareTo(semver('1.2.3')) == 0 && semver('1.2.3').patch() == 3",
        "isSemver('1.0.0') && !isSemver('v1.0') && isSemver('v1.0', true) && semver('v01.5', true).minor() == 5",
        "!format.dns1123Label().validate('orders').hasValue()",
        "format.dns1123Label().validate('Orders').value().size() == 1",
        "format.named('uuid').hasValue() && !format.named('nonsense').hasValue()",
        "format.named('date').value().validate('2026-02-30').hasValue()",
        "!format.qualifiedName().validate('example.com/name').hasValue()",
        "!format.byte().validate('YQ==').hasValue() && format.uri().validate('a b').hasValue()",
        "[1, 2, 2].isSorted() && !['b', 'a'].isSorted()",
        "[1, 2].sum() == 3 && [0.5, 0.5].sum() == 1.0 && object.spec.ports.sum() == 523",
        "[2, 1].min() == 1 && ['a', 'b'].max() == 'b'",
        "[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && [1].indexOf(2) == -1",
        "object.spec.ports.indexOf(443) == 1 && 'abc'.indexOf('c') == 2 && object.metadata.name.indexOf('d') == 2",
        "[1, true].indexOf(true) == 1",
        "sets.contains([1, 2], [1]) && sets.equivalent([1, 2], [2, 1]) && !sets.intersects([1], [2])",
        "[3, 1, 2].sort() == [1, 2, 3] && [1, 1].distinct() == [1] && [[1], [2]].flatten() == [1, 2]",
        "isQuantity(object.ip) == false && object.metadata.name.find('o') == 'o'",
    ],
)
def test_the_functions_that_kubernetes_adds(expression: str) -> None:
    assert value_of(expression) is True


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("object.spec.missing > 1", "no such key: missing"),
        ("object.metadata.labels['it\\'s \"so\"']", 'no such key: it\'s "so"'),
        ("object.metadata.name > 1", "no such overload: _>_(string, int64)"),
        ("object.spec.nothing.field", "no such overload: a field of what is no map"),
        ("object.spec.ports[7]", "Index error: index=7 size=2"),
        ("1 / (object.spec.replicas - 3)", "divide by zero"),
        ("quantity(object.metadata.name)", "'orders' is no quantity"),
        ("quantity(object.spec.replicas)", "no such overload: quantity(int64)"),
        ("object.spec.isLessThan(quantity('1'))", "no such overload: isLessThan"),
        ("semver('1.2')", "'1.2' is no semantic version"),
        ("url('../a').getHost()", "'../a' is no absolute URL"),
        ("'a'.find('(')", "invalid regular expression: missing ): (?:"),
        ("object.spec.missing.orValue(1)", "no such key: missing"),
        ("format.named('nonsense').value()", "optional.none() dereference"),
        ("[1].filter(x, x > 1).min()", "min called on empty list"),
        ("object.?spec", "the expression gives what is no plain value, such as an optional one"),
    ],
)
def test_an_error_is_a_value_that_says_what_is_wrong(expression: str, message: str) -> None:
    assert error_of(expression) == message


@pytest.mark.parametrize(
    ("expression", "offset", "message"),
    [
        ("objekt.spec", 6, "undeclared reference to 'objekt.spec'"),
        ("'a' + 1", 4, "found no matching overload for '_+_' applied to '(string, int)'"),
        ("object + 1", 7, "found no matching overload for '_+_' applied to '(map(string, dyn), int)'"),
        ("true &&\n  nope", 10, "undeclared reference to 'nope'"),
        ("'é' + nope", 6, "undeclared reference to 'nope'"),
        ("quantity('1') + 1", 14, "found no matching overload for '_+_' applied to '(kubernetes.Quantity, int)'"),
        ("ip('::1').isLessThan(ip('::2'))", 20, "found no matching overload for 'isLessThan' applied"),
        ("objects.spec", 7, "expression of type 'list(map(string, dyn))' cannot be the operand of a select operation"),
    ],
)
def test_a_mistake_is_found_at_its_place(expression: str, offset: int, message: str) -> None:
    with pytest.raises(CelError) as caught:
        compile_expression(expression, VARIABLES)
    assert caught.value.offset == offset
    assert caught.value.message.startswith(message)


def test_a_place_is_told_as_line_and_column() -> None:
    with pytest.raises(CelError) as caught:
        compile_expression("true &&\n  nope", VARIABLES)
    assert str(caught.value) == "line 2, column 3: undeclared reference to 'nope'"


@pytest.mark.parametrize(
    "expression", ["", "object.", "1 +", "'open", "object.a{", "(" * 40 + "1" + ")" * 40, "\u2028"]
)
def test_what_cannot_be_parsed_is_a_mistake(expression: str) -> None:
    with pytest.raises(CelError):
        compile_expression(expression, VARIABLES)


def test_a_program_knows_the_type_of_its_value() -> None:
    types = [compile_expression(text, VARIABLES).returns for text in ("'a'", "1 == 1", "object.spec", "object.a > 1")]
    assert types == ["string", "bool", "dyn", "bool"]


def test_documents_are_taken_as_json_would_have_them() -> None:
    assert value_of("object['1']['true']") == "one"
    assert value_of("object.day") == "2026-01-31"
    assert value_of("object.huge") == float(2**80)
    assert value_of("object.spec") == OBJECT["spec"]


def test_values_are_plain() -> None:
    assert value_of("[b'a', 1u, {'a': [null]}]") == [b"a", 1, {"a": [None]}]


def test_an_expression_of_any_length_is_not_compiled() -> None:
    with pytest.raises(CelError, match="longer than 10000 characters"):
        compile_expression("'" + "a" * cel.LONGEST_EXPRESSION + "'", VARIABLES)


def test_a_document_that_nests_without_end_is_not_taken() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(CelError, match="nests deeper than 200 levels"):
        Document(endless)


def test_a_document_that_is_too_large_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cel, "LARGEST_DOCUMENT", 10)
    with pytest.raises(CelError, match="more than 10 nodes"):
        Document([list(range(6)), list(range(6))])


def test_loops_end() -> None:
    document = {"items": list(range(200))}
    message = error_of("object.items.all(a, object.items.all(b, true))", document=document)
    assert message == "the loops of the expression run more than 10000 times"


def test_a_value_that_grows_without_end_is_not_read() -> None:
    assert "more than 10000 nodes" in error_of("[1]" + ".map(x, [x, x])" * 20)


@pytest.mark.parametrize("expression", ["lists.range(1000000000).size() > 1", "{'a': 1}.transformMap(k, v, v)"])
def test_what_the_engine_cannot_do_well_is_refused(expression: str) -> None:
    with pytest.raises(CelError, match="not available"):
        compile_expression(expression, VARIABLES)


def test_a_pattern_that_backtracks_takes_no_time() -> None:
    assert value_of("object.text.find('(a*)*$b') == ''", document={"text": "a" * 100_000}) is True


def test_the_engine_is_loaded_with_the_first_expression() -> None:
    code = (
        "import sys, cnlint.policies.cel as cel\n"
        "cel.Document({'kind': 'Pod'})\n"
        "assert 'cel_expr_python' not in sys.modules\n"
        "cel.compile_expression('true', {})\n"
        "assert 'cel_expr_python' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
