"""Ratings and times that are written in many ways, missing ones, bad lines, and pairs that come twice."""

from input_cases import fair, read, refused


def bad(word):
    return refused(f"bad-{word}.tsv", rf"bad-{word}\.tsv:12:\d+: ")


NINE = "9 .*(duplicate|combined)|(duplicate|combined).* 9"

CASES = [
    # One value that is no number, among ratings that are
    *map(bad, "too-large beyond-float inf infinity nan na null none backslash-n empty dash hex fraction stars percent".split()),
    *map(bad, "dollars two-points like date clock full-width signs exponent-cut fortran plus-plus true".split()),
    *(read(f"bad-{word}.tsv", "bad-lines-left", "--on-bad-line skip", warning="1 of 25 lines")
      for word in "too-large nan na null none backslash-n empty hex percent".split()),
    read("numbers.csv", "numbers"),
    read("negative.csv", "negative", says="-2"),
    read("constant.tsv", "ints-ones"),
    read("constant-times.tsv", "ints-ones-times"),
    read("zero-one.csv", "zero-one"),
    read("beyond-24-bits.csv", "beyond-24-bits", warning="round|2\\^24|float"),
    read("fractions.csv", "fractions"),
    read("quoted.csv", "ints"),
    # All of them in another notation: a header or not, no line may vanish as one
    refused("true-false.csv", "true-false.csv"),
    refused("true-false-header.csv", "true-false-header.csv"),
    refused("true-false-python.csv", "true-false-python.csv"),
    refused("true-false-python-header.csv", "true-false-python-header.csv"),
    *(refused(f"{name}{header}.csv", rf"{name}{header}\.csv")
      for name in ("percent-all", "of-five", "words-all", "stars-all", "grades", "dollars-all") for header in ("", "-header")),
    refused("money-signs-text.csv", "money-signs-text.csv"),
    # Missing ratings, bad lines
    refused("missing-many.csv", "missing-many.csv"),
    refused("missing-many.csv", "--bad-line-limit", then="missing-many", options="--on-bad-line skip"),
    read("missing-many.csv", "missing-many", "--on-bad-line skip --bad-line-limit 0.5", warning="bad|skip"),
    refused("one-bad-line.csv", r"one-bad-line\.csv:9:"),
    read("one-bad-line.csv", "ints", "--on-bad-line skip", warning="1 of 25 lines"),
    refused("one-bad-line.csv", "bad", options="--on-bad-line skip --bad-line-limit 0.01"),
    refused("quarter-bad-lines.csv", "bad", then="ints", options="--on-bad-line skip"),
    read("quarter-bad-lines.csv", "ints", "--on-bad-line skip --bad-line-limit 30%", warning="bad|skip"),
    refused("quarter-bad-lines.csv", "bad-line-limit", options="--on-bad-line skip --bad-line-limit 3", code=64),
    # Times
    *(read(f"time-{name}.csv", triples, "--columns user,item,rating,time") for name, triples in (
        ("iso-date", "times-of-days"), ("iso-z", "ints-times"), ("iso-blank", "ints-times"), ("iso-t", "ints-times"),
        ("iso-zone", "ints-times"), ("iso-zone-minus", "ints-times"), ("iso-minutes", "times-of-minutes"), ("ms", "times-ms"),
        ("1960", "time-1960"), ("float", "ints-times"), ("iso-fraction", "ints-times"))),
    read("time-iso-date.csv", "times-of-days"),
    read("time-iso-z.csv", "ints-times"),
    read("time-ms.csv", "times-ms"),
    refused("time-european.csv", r"time-european\.csv:1:", options="--columns user,item,rating,time"),
    refused("time-us.csv", r"time-us\.csv:1:", options="--columns user,item,rating,time"),
    fair("time-european.csv", "ints"),
    # Pairs that come twice
    read("twice.csv", "twice-last", "--duplicates last", warning=NINE),
    read("twice.csv", "twice-sum", "--duplicates sum", says=NINE),
    read("twice.csv", "twice-mean", "--duplicates mean", warning=NINE),
    refused("twice.csv", "twice", options="--duplicates error"),
    read("twice-times.csv", "ints", "--duplicates last --columns user,item,rating,time", warning=NINE),
    read("same-line-twice.csv", "ints", "--duplicates last", warning="1 .*(duplicate|combined)|(duplicate|combined).* 1"),
]
