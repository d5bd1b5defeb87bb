"""Ids: integers of any size, text of any kind, and words that stand for none."""

from input_cases import fair, read, refused

MISSING = {"na": "NA", "nan": "nan", "null": "NULL", "none": "None", "backslash-n": r"\\N", "null-small": "null"}

CASES = [
    # Integers
    read("integers-as-text.csv", "ints", "--ids text"),
    read("integers-as-text.csv", "ints", "--ids integer", says="integer"),
    read("integers-as-text.csv", "ints", says="integer"),
    read("leading-zeros.csv", "leading-zeros", says="text"),
    fair("leading-zeros-some.csv", "leading-zeros-some"),
    read("negative.csv", "negative"),
    read("minus-one.csv", "minus-one"),
    read("zero.csv", "zero"),
    fair("plus-signs.csv", "plus-signs"),
    read("quoted-integers.csv", "ints"),
    read("trailing-blanks.csv", "trailing-blanks"),
    read("at-2-63.csv", "at-2-63"),
    read("at-minus-2-63.csv", "at-minus-2-63"),
    read("beyond-2-63.csv", "beyond-2-63"),
    read("beyond-2-63-items.csv", "beyond-2-63-items"),
    read("beyond-2-63-some.csv", "beyond-2-63-some"),
    read("beyond-2-63.csv", "beyond-2-63", "--ids text"),
    fair("beyond-2-64.csv", "beyond-2-64"),
    read("beyond-2-64.csv", "beyond-2-64", "--ids text"),
    refused("beyond-2-64.csv", r"beyond-2-64\.csv:1:1: ", options="--ids integer"),
    fair("beyond-minus-2-63.csv", "beyond-minus-2-63"),
    read("thirty-digits.csv", "thirty-digits", "--ids text"),
    fair("thirty-digits.csv", "thirty-digits"),
    read("times-of-day.csv", "times-of-day"),
    # Numbers that are none
    read("floats.csv", "floats"),
    read("floats-items.tsv", "floats-items"),
    read("floats-some.csv", "floats-some", warning=r"\d+\.0"),
    read("float-users-int-items.csv", "float-users-int-items"),
    read("exponents.csv", "exponents"),
    # Text
    read("numbers-and-names.csv", "numbers-and-names", says="text"),
    refused("numbers-and-names.csv", r"numbers-and-names\.csv:\d+:1: ", options="--ids integer"),
    read("hex.csv", "hex"),
    read("hex-0x.csv", "hex-0x"),
    read("uuids.csv", "uuids"),
    read("emails.csv", "emails"),
    read("urls.tsv", "urls"),
    read("prefixes.csv", "prefixes"),
    read("with-dashes.csv", "with-dashes"),
    read("dois.csv", "dois"),
    read("ips.csv", "ips"),
    read("case.csv", "case"),
    read("case-differs.csv", "case-differs"),
    read("long-255.csv", "long-255"),
    refused("long-256.csv", r"long-256\.csv:1:1: "),
    refused("control-characters.tsv", r"control-characters\.tsv:7:"),
    # None at all
    *(read(f"missing-{name}.csv", f"missing-{name}", warning=word) for name, word in MISSING.items()),
    read("missing-nat.csv", "missing-nat", warning="NaT"),
    read("missing-n-a.csv", "missing-n-a", warning="N/A"),
    read("missing-item-na.tsv", "missing-item-na", warning="NA"),
    refused("missing-empty.csv", r"missing-empty\.csv:3:"),
    refused("missing-empty.csv", "bad-line-limit", then="missing-empty-left", options="--on-bad-line skip"),
    read("missing-empty.csv", "missing-empty-left", "--on-bad-line skip --bad-line-limit 0.5", warning="bad|skip"),
    refused("missing-empty.tsv", r"missing-empty\.tsv:10:"),
    refused("missing-quoted-empty.csv", r"missing-quoted-empty\.csv:2:"),
    # One side with a single id
    read("one-user.csv", "one-user", warning="one user|single user|only user"),
    read("one-item.csv", "one-item", warning="one item|single item|only item"),
]
