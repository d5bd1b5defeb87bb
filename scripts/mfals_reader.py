"""Reads models of mfals in Python, with numpy and h5py alone, and recommends by them.

    >>> from mfals_reader import Model
    >>> model = Model("model.h5")
    >>> for item, score in model.recommend("7", top=3):
    ...     print(item, round(score, 3))
    >>> model.similar("31", top=3)
    >>> scores = model.scores(["7", "9"])            # [2 x items]
    >>> model.predict("nobody", "31")                # also of who is not known
    >>> new = model.fold_in({"31": 5, "12": 1})      # the factors of somebody with these ratings
    >>> model.recommend_to(new, leave_out=["31", "12"])

Ids are int where the model's are, else str; either is taken as text too. The score of user u and item i is
global_mean + bias of u + bias of i + x_u . y_i, each part 0 where the model has none. Rows are read when they are wanted: a
model may be larger than the memory as long as its items are not.

For lists from an index of nearest neighbours by inner product, index_vectors() gives the items with their biases in, and
query_vectors() users to match:

    index = faiss.IndexFlatIP(vectors.shape[1]); index.add(vectors)                    # faiss
    index = hnswlib.Index("ip", vectors.shape[1]); index.init_index(len(vectors)); index.add_items(vectors)   # hnswlib
"""

import h5py
import numpy as np


def own(group, name):
    """What the file itself holds under this name: links, virtual and external data sets would lead to other files."""
    linked = isinstance(group.get(name, getlink=True), h5py.HardLink)
    found = group[name] if linked else None
    if not linked or (isinstance(found, h5py.Dataset) and (found.is_virtual or found.external)):
        raise ValueError(f"{group.file.filename}: {name} is not in the file itself")
    return found


class Side:
    """Users or items: ids, the row of each, factors and biases."""

    def __init__(self, group):
        ids = own(group, "ids")
        self.ids = ids.asstr()[:] if h5py.check_string_dtype(ids.dtype) else ids[:]
        self.factors = own(group, "factors")  # [rows x k]: what one slices of it is read
        self.bias = own(group, "bias")[:].astype(np.float64) if "bias" in group else None
        self.rating_count = own(group, "rating_count")[:] if "rating_count" in group else None
        self._row = None

    def __len__(self):
        return len(self.ids)

    def row(self, id_):
        """KeyError for an id that the model does not know."""
        if self._row is None:
            self._row = {str(known): row for row, known in enumerate(self.ids.tolist())}
        if str(id_) not in self._row:
            raise KeyError(f"the model has no '{id_}'")
        return self._row[str(id_)]

    def __contains__(self, id_):
        try:
            return self.row(id_) >= 0
        except KeyError:
            return False

    def rows(self, ids):
        return np.array([self.row(id_) for id_ in ids], np.int64)

    def read(self, rows):
        """Factors of some rows, in float64; HDF5 wants them ascending, each once."""
        wanted, place = np.unique(rows, return_inverse=True)
        return self.factors[wanted].astype(np.float64)[place]

    def biases(self, rows):
        return np.zeros(len(rows)) if self.bias is None else self.bias[rows]


class Model:
    """A model file, or a checkpoint of a whole iteration."""

    def __init__(self, path):
        self.file = h5py.File(path, "r")
        self.options = dict(self.file.attrs)
        kind = self.options.get("format")
        if kind not in ("mfals-model", "mfals-checkpoint") or not self.options.get("complete", 0):
            raise ValueError(f"{path} is no complete model of mfals")
        if self.options.get("broken_off", 0):
            raise ValueError(f"{path} was written within an iteration: mfals can go on from it, nothing else")
        self.users, self.items = Side(own(self.file, "users")), Side(own(self.file, "items"))
        self.global_mean = float(self.options.get("global_mean", 0))
        history = own(self.file, "history") if "history" in self.file else {}
        self.history = {name: own(history, name)[:] for name in history}
        self._items = None

    @property
    def item_factors(self):
        """All items, in memory: [items x k] float32."""
        if self._items is None:
            self._items = self.items.factors[:]
        return self._items

    def scores(self, users):
        """Of users, by their ids, for all items: [users x items]."""
        rows = self.users.rows(users)
        return self._scores(self.users.read(rows), self.users.biases(rows))

    def _scores(self, factors, biases):
        scores = factors.astype(np.float32) @ self.item_factors.T
        scores += (self.global_mean + biases)[:, None].astype(np.float32)
        return scores if self.items.bias is None else scores + self.items.bias.astype(np.float32)

    def score(self, user, item):
        u, i = self.users.rows([user]), self.items.rows([item])
        return float(self.global_mean + self.users.biases(u)[0] + self.items.biases(i)[0] +
                     self.users.read(u)[0] @ self.items.read(i)[0])

    def predict(self, user, item, clip=False):
        """The score, also of a user or an item that the model does not know, whose bias and factors are then 0: as rmse has it.
        clip: within the range of the values trained on."""
        known = [(side, side.rows([id_])) for side, id_ in ((self.users, user), (self.items, item)) if id_ in side]
        score = self.global_mean + sum(side.biases(row)[0] for side, row in known)
        if len(known) == 2:
            score += np.prod([side.read(row)[0] for side, row in known], axis=0).sum()
        return float(np.clip(score, self.options["rating_min"], self.options["rating_max"]) if clip else score)

    def _best(self, scores, top, leave_out):
        scores = scores.copy()
        scores[[self.items.row(item) for item in leave_out]] = -np.inf
        scores[np.isnan(scores)] = -np.inf
        top = min(top, len(scores))
        high = np.argpartition(-scores, top - 1)[:top] if top < len(scores) else np.arange(len(scores))
        high = high[np.lexsort((high, -scores[high]))]
        return [(self.items.ids[row], float(scores[row])) for row in high if scores[row] > -np.inf]

    def recommend(self, user, top=10, leave_out=()):
        """The items of the highest scores, as (item, score), without those to leave out, as a rule those already rated."""
        return self._best(self.scores([user])[0], top, leave_out)

    def recommend_to(self, folded, top=10, leave_out=()):
        """The same for somebody folded in."""
        factors, bias = folded
        return self._best(self._scores(factors[None], np.array([bias]))[0], top, leave_out)

    def similar(self, item, top=10):
        """The nearest items by cosine, as (item, cosine), without the item itself; biases do not count."""
        y = self.item_factors
        length = np.linalg.norm(y, axis=1)
        own = self.items.row(item)
        with np.errstate(invalid="ignore", divide="ignore"):
            cosine = y @ y[own] / (length * length[own])
        return self._best(cosine, top, [item])

    def fold_in(self, ratings, weights=None):
        """Factors and bias of a user the model need not know, from ratings {item: value}: the least squares that training
        solves for a user. Items that the model does not know are passed over; of sgd the ridge is that of its steps.
        weights: {item: weight}, where not all are 1; of a model with --half-life 2^(-age / half-life), the age up to options["now"]."""
        known = {self.items.row(item): (value, 1 if weights is None else weights[item])
                 for item, value in ratings.items() if item in self.items}
        rows = np.array(sorted(known), np.int64)
        values, own = np.array([known[row] for row in rows], np.float64).reshape(-1, 2).T
        get = self.options.get
        algorithm, nu = get("algorithm", "ials"), float(get("reg_exponent", 0))
        k, y = self.items.factors.shape[1], self.items.read(rows)
        if algorithm == "ials":
            keep = np.full(len(values), True) if get("nonpositive") == "negative" else values > 0
            return self._fold_implicit(y[keep], values[keep], own[keep], nu), 0.0
        if len(rows) == 0:
            return np.zeros(k), 0.0
        ridge = float(get("lambda", 0)) * len(rows) ** (1.0 if algorithm == "sgd" else nu)
        target = values - self.global_mean - self.items.biases(rows)
        if self.users.bias is not None:
            y = np.hstack([y, np.ones((len(y), 1))])
        solved = self._solve((y.T * own) @ y + ridge * np.eye(y.shape[1]), y.T @ (own * target), k)
        return (solved[:k], float(solved[k])) if self.users.bias is not None else (solved, 0.0)

    def _weights(self, values):
        """What a rating adds to the weight of its cell."""
        get = self.options.get
        if "unobserved_weight" in self.options and "alpha" not in self.options:
            return np.ones(len(values))
        if get("weight", "linear") == "log":
            values = np.log1p(values / float(get("weight_epsilon", 1)))
        return float(get("alpha", 40)) * values

    def _row_weights(self, side, exponent, counts):
        """Of rows with these numbers of ratings, in unobserved cells: their power, 1 in the mean over the model's rows."""
        exponent = float(self.options.get(exponent, 0))
        if exponent == 0:
            return np.ones(len(counts))
        return counts.astype(np.float64) ** exponent / np.mean(side.rating_count.astype(np.float64) ** exponent)

    def _fold_implicit(self, y, values, own, nu):
        weight = own * self._weights(np.abs(values))
        a0 = float(self.options.get("unobserved_weight", 1))
        a0 *= self._row_weights(self.users, "user_exponent", np.array([len(y)]))[0]
        target = np.where(values > 0, weight if "unobserved_weight" in self.options else 1 + weight, 0)
        all_items = self.item_factors.astype(np.float64)
        ridge = float(self.options["lambda"]) * (len(y) + a0 * len(self.items)) ** nu
        if self.items.rating_count is None:
            gram = a0 * all_items.T @ all_items
        else:
            weights = self._row_weights(self.items, "item_exponent", self.items.rating_count)
            gram = a0 * (all_items.T * weights) @ all_items
        gram += ridge * np.eye(all_items.shape[1])
        return self._solve(gram + (y.T * weight) @ y, y.T @ target, len(gram))

    def _solve(self, matrix, right, signed):
        """The solution; of non-negative models with the first `signed` places not below 0, by principal pivoting."""
        inside = np.ones(len(right), bool)
        fewest, tries = len(right) + 1, 3
        while True:
            x = np.zeros(len(right))
            x[inside] = np.linalg.solve(matrix[np.ix_(inside, inside)], right[inside])
            if self.options.get("nonnegative") != "yes":
                return x
            wrong = np.where(inside, x < 0, matrix @ x - right < -1e-12 * np.abs(right).max())
            wrong[signed:] = False
            if not wrong.any():
                return x
            fewest, tries = (wrong.sum(), 3) if wrong.sum() < fewest else (fewest, tries - 1)
            if tries < 0:
                wrong[:np.flatnonzero(wrong)[-1]] = False
            inside ^= wrong

    def index_vectors(self):
        """[items x (k + 1)] float32: factors and bias, for an index of inner products."""
        bias = np.zeros(len(self.items)) if self.items.bias is None else self.items.bias
        return np.hstack([self.item_factors, bias[:, None].astype(np.float32)])

    def query_vectors(self, users):
        """[users x (k + 1)] float32: inner products with index_vectors are scores less what is the same for all items."""
        factors = self.users.read(self.users.rows(users))
        return np.hstack([factors, np.ones((len(factors), 1))]).astype(np.float32)

    def to_scipy(self, users, items, values):
        """Ratings, given by ids, as scipy's csr_matrix in the model's rows; for implicit and others."""
        from scipy.sparse import csr_matrix
        return csr_matrix((values, (self.users.rows(users), self.items.rows(items))), (len(self.users), len(self.items)))
