"""Measuring by turns: a, b, c, then c, b, a, and so on; only neighbours in time are compared."""

import statistics
import sys
import time

from benchmarks.machine import watched


def alternate(measures, settings, words):
    """Rounds of {name: (value, load of others)} of measures {name: function}; words name them. No further
    round begins once they have taken longer than settings.budget."""
    rounds, begun = [], time.monotonic()
    for number in range(settings.pairs):
        if rounds and time.monotonic() - begun > settings.budget:
            break
        names = list(measures)[:: 1 if number % 2 == 0 else -1]
        rounds.append({name: watched(measures[name]) for name in names})
        loads = ", ".join(f"{name} {rounds[-1][name][1]:.2f}" for name in measures)
        print(f"{words}, round {number + 1} of {settings.pairs}; load of others: {loads}",
              file=sys.stderr, flush=True)
    return rounds


def compare(rounds, ours, theirs, limit):
    """Medians of both and of the ratio theirs / ours, over the pairs with a load of at most limit; if there
    are none, over all. ours and theirs: a name, or a name and a key of its value."""
    def pick(one, which):
        return one[which][0] if isinstance(which, str) else one[which[0]][0][which[1]]

    def load(one):
        return max(one[which if isinstance(which, str) else which[0]][1] for which in (ours, theirs))

    kept = [one for one in rounds if load(one) <= limit] or rounds
    ratios = [pick(one, theirs) / pick(one, ours) for one in kept]
    return {"ours": statistics.median(pick(one, ours) for one in kept),
            "theirs": statistics.median(pick(one, theirs) for one in kept),
            "ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios),
            "pairs": len(kept), "pairs_of": len(rounds), "load": max(map(load, kept))}
