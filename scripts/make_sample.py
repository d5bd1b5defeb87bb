#!/usr/bin/env python3
"""Makes data/online_retail.tsv.gz from transactions: customer, item, quantity, time, separated by TAB, one a line.

    scripts/make_sample.py transactions.tsv data/online_retail.tsv.gz

A return has a negative quantity. The quantities of each customer and item are added up, and what stays positive is
kept: `customer TAB item TAB quantity`, sorted by number. The same input gives the same bytes.
"""
import collections
import gzip
import sys


def sum_quantities(lines):
    sums = collections.Counter()
    for line in lines:
        customer, item, quantity = line.split("\t")[:3]
        sums[int(customer), int(item)] += int(quantity)
    return sorted((pair, total) for pair, total in sums.items() if total > 0)


def main(source, target):
    with open(source, encoding="ascii") as lines:
        pairs = sum_quantities(lines)
    text = "".join(f"{customer}\t{item}\t{total}\n" for (customer, item), total in pairs)
    with open(target, "wb") as file:
        with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed:
            packed.write(text.encode("ascii"))
    customers = len({customer for (customer, _), _ in pairs})
    items = len({item for (_, item), _ in pairs})
    print(f"{target}: {len(pairs)} pairs, {customers} customers, {items} items")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
