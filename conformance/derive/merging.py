"""The cases of `merging`: what survives a merge, what an un-merge brings back, what is refused.

What survives is worked out here anew, in Python, from the definition of each rule: a merged record is the set of the
records that it was made of, and an edit stands in the place of those that were merged before it. The case file is made of
it:

    python3 conformance/derive/merging.py --write
"""
import copy
from collections import Counter

from common import made, write_or_check

NOW = "2026-03-02T02:00:00Z"
CASES = []

TRUST = ["erp", "crm", "import"]
GROUP = ("country", "region", "city", "address")
RULES = {
    ("name",): "longest",
    ("email",): "most_trusted",
    ("website",): "most_recent",
    ("industry",): "most_frequent",
    ("founded",): "earliest",
    ("no_mail",): "any_yes",
    ("no_calls",): "any_yes",
    GROUP: "most_complete",
}
PLAIN = ("phone", "tax_id", "source", "visits_ok", "employees", "external_id", "parent", "type", "partner")
UNITS = {**RULES, **{(f,): "master" for f in PLAIN}}
FIELDS = [f for unit in UNITS for f in unit]


def when(minute):
    return f"2026-03-01T00:{minute:02}:00Z"


class Leaf:
    """One record of those that a record was made of."""

    def __init__(self, id_, values, at, depth):
        self.id, self.values, self.at, self.depth = id_, dict(values), at, depth
        self.edited = {}
        self.silent = set()

    def value(self, field, ids):
        value = self.values.get(field)
        return None if field == "parent" and value in ids else value


def winners(leaves):
    """By fields that go together: the rule, and the record whose values survive; none where no record holds any."""
    ids = {leaf.id for leaf in leaves}
    out = {}
    for unit, rule in UNITS.items():
        rows = [(leaf, tuple(leaf.value(f, ids) for f in unit)) for leaf in leaves if not leaf.silent & set(unit)]
        rows = [(leaf, values) for leaf, values in rows if any(v is not None for v in values)]
        counts = Counter(values for _, values in rows)

        def rank(row, unit=unit, rule=rule, counts=counts):
            leaf, values = row
            source = leaf.values.get("source")
            trusted = -(TRUST.index(source) if source in TRUST else len(TRUST))
            changed = next((leaf.edited[f] for f in unit if f in leaf.edited), leaf.at)
            filled = [v for v in values if v is not None]
            merit = {
                "master": lambda: -leaf.depth,
                "longest": lambda: sum(len(str(v)) for v in filled),
                "most_trusted": lambda: trusted,
                "most_recent": lambda: changed,
                "most_frequent": lambda: counts[values],
                "most_complete": lambda: len(filled),
                "earliest": lambda: -min(filled),
                "any_yes": lambda: int(True in filled),
            }[rule]()
            # Of equal merit the more trusted, the later changed, the nearer to the master, the smaller id.
            return (merit, trusted, changed, -leaf.depth, [-ord(c) for c in leaf.id])

        out[unit] = rule, max(rows, key=rank, default=None)
    return out


def choose(leaves):
    """What survives, field by field."""
    found = winners(leaves).items()
    return {field: best[1][at] if best else None for unit, (_, best) in found for at, field in enumerate(unit)}


class World:
    """Accounts and the contacts that refer to them, through creations, edits, merges and un-merges."""

    def __init__(self):
        self.live, self.gone, self.kept, self.contacts = {}, {}, {}, {}

    def create(self, id_, values, at):
        self.live[id_] = {"values": {f: values.get(f) for f in FIELDS}, "at": at}

    def contact(self, id_, account):
        self.contacts[id_] = self.standing(account)

    def standing(self, id_):
        while id_ in self.gone:
            id_ = self.gone[id_]["into"]
        return id_

    def update(self, id_, values, at):
        record = self.live[self.standing(id_)]
        record["values"].update(values)
        record["at"] = at

    def edits(self, id_, record):
        """What was written on a record since something was merged into it: value, time, and whose values it replaces."""
        kept = self.kept.get(id_)
        if kept is None:
            return {}
        edits = dict(kept["edits"])
        below = frozenset(i for i, g in self.gone.items() if g["into"] == id_)
        for unit in UNITS:
            if any(record["values"][f] != kept["written"][f] for f in unit):
                edits.update({f: (record["values"][f], record["at"], below) for f in unit})
        return edits

    def leaves(self, id_, record, depth, without=None, dropped=()):
        edits = {f: e for f, e in self.edits(id_, record).items() if f not in dropped}
        kept = self.kept.get(id_)
        base = kept["base"] if kept else record
        leaf = Leaf(id_, base["values"], base["at"], depth)
        for field, (value, at, _) in edits.items():
            leaf.values[field], leaf.edited[field] = value, at
        found = [leaf]
        for other, gone in self.gone.items():
            if gone["into"] == id_ and other != without:
                silent = {f for f, (_, _, over) in edits.items() if other in over}
                for below in self.leaves(other, gone["record"], depth + 1):
                    below.silent |= silent
                    found.append(below)
        return found

    def merge(self, master, others, at):
        record = self.live[master]
        leaves = self.leaves(master, record, 0)
        for other in others:
            leaves += self.leaves(other, self.live[other], 1)
        edits = self.edits(master, record)
        base = self.kept[master]["base"] if master in self.kept else copy.deepcopy(record)
        for other in others:
            moved = [c for c, a in self.contacts.items() if a == other]
            self.gone[other] = {"record": self.live.pop(other), "into": master, "moved": moved}
            self.contacts.update({c: master for c in moved})
        record["values"], record["at"] = choose(leaves), at
        self.kept[master] = {"base": base, "written": dict(record["values"]), "edits": edits}

    def unmerge(self, id_, at, take=(), children=()):
        gone = self.gone[id_]
        master = gone["into"]
        record = self.live[master]
        taken = {f for unit in UNITS if set(unit) & set(take) for f in unit}
        edits = {f: e for f, e in self.edits(master, record).items() if f not in taken}
        values = choose(self.leaves(master, record, 0, without=id_, dropped=taken))
        restored = copy.deepcopy(gone["record"])
        restored["values"].update({f: record["values"][f] for f in taken})
        back = [c for c in gone["moved"] if self.contacts[c] == master] + list(children)
        self.contacts.update({c: id_ for c in back})
        del self.gone[id_]
        record["values"] = values
        if any(g["into"] == master for g in self.gone.values()):
            edits = {f: (v, t, over - {id_}) for f, (v, t, over) in edits.items()}
            self.kept[master].update(written=dict(values), edits=edits)
        else:
            del self.kept[master]
        self.live[id_] = restored


def play(steps):
    """The commands of a case and the world that they make. The time goes one minute a step."""
    world, commands = World(), []
    for minute, (what, *rest) in enumerate(steps):
        at = when(minute)
        command = {"object": "account", "now": at}
        if what == "account":
            id_, values = rest
            world.create(id_, values, at)
            command |= {"do": "create", "id": id_, "set": values}
        elif what == "contact":
            id_, account = rest
            world.contact(id_, account)
            command |= {"do": "create", "object": "contact", "id": id_, "set": {"name": id_, "account": account}}
        elif what == "update":
            id_, values = rest
            world.update(id_, values, at)
            command |= {"do": "update", "id": id_, "set": values}
        elif what == "merge":
            master, others = rest
            world.merge(master, others, at)
            command |= {"do": "merge", "id": master, "others": others}
        elif what == "unmerge":
            id_, more = rest[0], (rest[1] if len(rest) > 1 else {})
            world.unmerge(id_, at, more.get("take", ()), [c["id"] for c in more.get("children", [])])
            command |= {"do": "unmerge", "id": id_, **more}
        commands.append(command)
    return world, commands


def add(name, kind, reason, given, expected):
    case = {"name": f"merging.{name}", "kind": kind, "reason": reason, "blueprint": "merging"}
    CASES.append(case | {"input": given | {"now": NOW}, "expected": expected})


def survives(name, reason, fields, *steps):
    """The last step, and the fields of its record that are told."""
    world, commands = play(steps)
    *setup, step = commands
    values = world.live[world.standing(step["id"])]["values"]
    shown = {f: values[f] for f in fields}
    expected = {"allowed": True, "violations": [], "values": shown}
    add(name, "gate", reason, {"setup": setup, "step": step}, expected)


def accounts(name, reason, fields, *steps):
    """Every account after the steps."""
    world, commands = play(steps)
    rows = [{"id": i, **{f: world.live[i]["values"][f] for f in fields}} for i in sorted(world.live)]
    given = {"setup": commands, "query": {"object": "account"}}
    add(name, "query", reason, given, {"total": len(rows), "rows": rows})


def children(name, reason, *steps):
    """Where every contact is after the steps."""
    world, commands = play(steps)
    rows = [{"id": i, "account": world.contacts[i]} for i in sorted(world.contacts)]
    given = {"setup": commands, "query": {"object": "contact"}}
    add(name, "query", reason, given, {"total": len(rows), "rows": rows})


def refused(name, reason, setup, step, *found, **more):
    """A refusal, written down by hand: rule, code, fields."""
    violations = [{"rule": r, "code": c, "severity": "error", "fields": f} for r, c, f in sorted(found)]
    _, commands = play(setup)
    given = {"setup": commands, "step": {"object": "account", "now": when(50)} | step}
    add(name, "gate", reason, given, {"allowed": False, "violations": violations, **more})


A = {"name": "Acme", "phone": "1", "city": "成都市", "employees": 0, "source": "crm", "email": "crm@acme.com"}
B = {
    "name": "Acme Limited", "phone": "2", "employees": 7, "source": "erp", "email": "erp@acme.com",
    "city": "北京市", "address": "朝阳路 1 号", "external_id": "ERP-7", "no_mail": True,
}
AB = [("account", "a", A), ("account", "b", B)]
MERGED = [*AB, ("merge", "a", ["b"])]


def build():
    CASES.clear()

    def pair(field, one, two, **more):
        def record(id_, value):
            told = {} if value is None else {field: value}
            return ("account", id_, {"name": id_.upper(), **told, **more.get(id_, {})})

        return [record("a", one), record("b", two)]

    merge = ("merge", "a", ["b"])
    survives("master.keeps", "Without a rule the master’s value stays.", ["phone"], *pair("phone", "1", "2"), merge)
    survives("master.filled", "Where the master has none, another’s value is taken.", ["phone"], *pair("phone", None, "2"), merge)
    survives("master.latest-fills", "Of two that could fill it, the one changed last does.", ["external_id"],
             ("account", "a", {"name": "A"}), ("account", "b", {"name": "B", "external_id": "x"}),
             ("account", "c", {"name": "C", "external_id": "y"}), ("merge", "a", ["c", "b"]))
    survives("zero", "Zero is a value: the master’s zero stays beside another’s seven.", ["employees"], *pair("employees", 0, 7), merge)
    survives("zero.fills", "A zero fills what is missing.", ["employees"], *pair("employees", None, 0), merge)
    survives("false", "No is a value, unlike no answer.", ["visits_ok"], *pair("visits_ok", False, True), merge)
    survives("longest", "The name of most characters.", ["name"], ("account", "a", {"name": "Acme"}), ("account", "b", {"name": "Acme Limited"}), merge)
    survives("longest.chinese", "Characters are counted, not bytes: 华为技术有限公司 has eight, Huawei Tech eleven.", ["name"],
             ("account", "a", {"name": "华为技术有限公司"}), ("account", "b", {"name": "Huawei Tech"}), merge)
    survives("longest.tie", "Of equal length the record changed last.", ["name"], ("account", "a", {"name": "Acme"}), ("account", "b", {"name": "Bcme"}), merge)
    survives("trusted", "The ERP is trusted before the CRM.", ["email", "source"],
             *pair("email", "a@x.cn", "b@x.cn", a={"source": "crm"}, b={"source": "erp"}), merge)
    survives("trusted.unknown-source", "A source that is not named comes last.", ["email"],
             *pair("email", "a@x.cn", "b@x.cn", a={"source": "import"}, b={"source": "fair"}), merge)
    survives("trusted.missing", "The most trusted source says nothing, so the next one speaks.", ["email"],
             *pair("email", "a@x.cn", None, a={"source": "import"}, b={"source": "erp"}), merge)
    survives("recent", "The website of the record changed last.", ["website"],
             *pair("website", "a.cn", "b.cn"), ("update", "a", {"employees": 3}), merge)
    survives("frequent", "Two records say steel, the master says coal.", ["industry"],
             ("account", "a", {"name": "A", "industry": "coal"}), ("account", "b", {"name": "B", "industry": "steel"}),
             ("account", "c", {"name": "C", "industry": "steel"}), ("merge", "a", ["b", "c"]))
    survives("earliest", "The earliest year of founding.", ["founded"], *pair("founded", 2001, 1987), merge)
    survives("address.group", "The address of the record that fills most of it, as a whole: no mixture.", list(GROUP),
             ("account", "a", {"name": "A", "city": "成都市", "country": "CN"}),
             ("account", "b", {"name": "B", "city": "北京市", "region": "华北", "address": "朝阳路 1 号"}), merge)
    survives("address.complete-master", "A master whose address is as complete keeps it whole when it was changed last.", list(GROUP),
             ("account", "b", {"name": "B", "city": "北京市", "region": "华北"}),
             ("account", "a", {"name": "A", "city": "成都市", "country": "CN"}), merge)
    survives("opt-out.of-the-other", "Somebody wants no mail: that survives from either side.", ["no_mail"], *pair("no_mail", False, True), merge)
    survives("opt-out.of-the-master", "… also where the other was changed later.", ["no_mail"], *pair("no_mail", True, False), merge)
    survives("opt-out.declared-in-the-section", "A switch named under opt_outs is one too.", ["no_calls"], *pair("no_calls", None, True), merge)
    survives("opt-out.later-no", "A no that is written after the merge is an edit, and stays when a third record comes.", ["no_mail"],
             *pair("no_mail", None, True), merge, ("update", "a", {"no_mail": False}), ("account", "c", {"name": "C"}), ("merge", "a", ["c"]))
    survives("not-its-own-parent", "A reference to a record that becomes the same is no value.", ["parent"],
             ("account", "z", {"name": "Z"}), ("account", "b", {"name": "B", "parent": "z"}),
             ("account", "a", {"name": "A", "parent": "b"}), merge)
    survives("several-at-once", "Three become one.", ["name", "email", "phone", "city", "address", "no_mail", "employees"], *AB,
             ("account", "c", {"name": "Ac", "phone": "3", "source": "import", "employees": 5}), ("merge", "a", ["b", "c"]))
    survives("in-turn", "In turn or at once, the same survives.", ["name", "email", "phone", "city", "address", "no_mail", "employees"], *AB,
             ("account", "c", {"name": "Ac", "phone": "3", "source": "import", "employees": 5}),
             ("merge", "a", ["c"]), ("merge", "a", ["b"]))
    survives("survivor-merged-in-turn", "What a merged record was made of counts, not when it was merged: b’s website is the latest.",
             ["website", "employees"],
             ("account", "a", {"name": "A", "employees": 0}), ("account", "d", {"name": "D", "website": "d.cn"}),
             ("account", "b", {"name": "B", "website": "b.cn", "employees": 7}), ("merge", "a", ["b"]), ("merge", "d", ["a"]))

    survives("old-id.update", "A command on the id of a merged record reaches the survivor.", ["industry", "phone"], *MERGED,
             ("update", "b", {"industry": "steel"}))
    accounts("old-id.gone-from-queries", "A merged record is in no list.", ["name"], *MERGED)
    children("children.move", "Contacts of both are the survivor’s.", ("account", "a", A), ("contact", "c1", "a"),
             ("account", "b", B), ("contact", "c2", "b"), ("merge", "a", ["b"]))
    children("children.new-reference", "A reference written to a merged id is one to the survivor.", *MERGED, ("contact", "c1", "b"))
    refused("old-id.taken", "The id of a merged record is not free.", MERGED, {"do": "create", "id": "b", "set": {"name": "New"}},
            ("record.id", "record.exists", []))

    everything = ["name", "phone", "email", "city", "address", "employees", "external_id", "no_mail", "source"]
    survives("unmerge.restored", "The record that was merged is as it was.", everything, *MERGED, ("unmerge", "b"))
    accounts("unmerge.both", "And so is the one that it was merged into.", everything, *MERGED, ("unmerge", "b"))
    children("unmerge.children", "Children go back; one that was made since, and one moved away, stay.",
             ("account", "a", A), ("account", "b", B), ("account", "z", {"name": "Zebra"}), ("contact", "c1", "a"), ("contact", "c2", "b"),
             ("merge", "a", ["b"]), ("contact", "c3", "a"), ("unmerge", "b"))
    children("unmerge.children-named", "A child made since goes along where it is named.", *MERGED, ("contact", "c1", "a"), ("contact", "c2", "a"),
             ("unmerge", "b", {"children": [{"object": "contact", "id": "c2"}]}))
    accounts("unmerge.edits-stay", "What was written after the merge stays with the survivor.", everything, *MERGED,
             ("update", "a", {"name": "Acme Group", "employees": 12}), ("unmerge", "b"))
    accounts("unmerge.edits-taken", "… unless it is taken along; the survivor then has what it had.", everything, *MERGED,
             ("update", "a", {"name": "Acme Group", "employees": 12}), ("unmerge", "b", {"take": ["name"]}))
    accounts("unmerge.group-taken", "Fields of a group go together.", list(GROUP), *MERGED,
             ("update", "a", {"city": "武汉市", "country": "CN"}), ("unmerge", "b", {"take": ["city"]}))
    three = [*AB, ("account", "c", {"name": "Acme Limited Company", "phone": "3", "industry": "steel", "source": "import"})]
    accounts("unmerge.first-of-two", "Of two merges the first is taken back: what is left is the second alone.", [*everything, "industry"], *three,
             ("merge", "a", ["b"]), ("merge", "a", ["c"]), ("unmerge", "b"))
    accounts("unmerge.one-of-several", "One of two that were merged at once.", [*everything, "industry"], *three, ("merge", "a", ["c", "b"]), ("unmerge", "c"))
    accounts("unmerge.all", "All of them, in the order of the merges: everything is as it was.", [*everything, "industry"], *three,
             ("merge", "a", ["b"]), ("merge", "a", ["c"]), ("unmerge", "b"), ("unmerge", "c"))
    accounts("unmerge.edit-between-merges", "An edit between two merges replaces what was merged before it, and not what came after.", ["name"], *AB,
             ("merge", "a", ["b"]), ("update", "a", {"name": "AC"}), ("account", "c", {"name": "Acme Co"}), ("merge", "a", ["c"]), ("unmerge", "c"))
    accounts("unmerge.and-merge-again", "A merge after an un-merge is the same merge.", everything, *MERGED, ("unmerge", "b"), ("merge", "a", ["b"]))
    refused("unmerge.survivor-merged", "The survivor has been merged itself: it comes first.",
            [*MERGED, ("account", "d", {"name": "Dora"}), ("merge", "d", ["a"])], {"do": "unmerge", "id": "b"},
            ("merge.records", "merge.survivor_merged", []))
    refused("unmerge.not-merged", "A record that stands has not been merged.", AB, {"do": "unmerge", "id": "b"},
            ("merge.records", "merge.not_merged", []))
    refused("unmerge.value-taken", "Somebody else holds the unique value by now.", [*MERGED, ("account", "z", {"name": "Zebra", "phone": "2"})],
            {"do": "unmerge", "id": "b"}, ("account.phone.unique", "field.unique", ["phone"]))
    refused("unmerge.take-unknown", "A field that is not there cannot be taken.", MERGED, {"do": "unmerge", "id": "b", "take": ["nmae"]},
            ("merge.take", "field.unknown", ["nmae"]))

    refused("nothing", "No record to merge.", AB, {"do": "merge", "id": "a", "others": []}, ("merge.records", "merge.nothing", []))
    refused("itself", "A record is the same as itself already.", AB, {"do": "merge", "id": "a", "others": ["a"]}, ("merge.records", "merge.itself", []))
    refused("twice", "b has been merged into a.", MERGED, {"do": "merge", "id": "a", "others": ["b"]}, ("merge.records", "merge.already_merged", []))
    refused("version", "The caller has seen another version.", AB, {"do": "merge", "id": "a", "others": ["b"], "expected_version": 7},
            ("record.version", "record.version_conflict", []))
    # Check characters by the rule of GB 32100-2015; see uscc.py.
    one, two = "91440300708461136T", "91440300192317458F"
    taxed = [("account", "a", {"name": "A", "tax_id": one}), ("account", "b", {"name": "B", "tax_id": two})]
    refused("identity", "Two valid tax ids that differ are two companies.", taxed, {"do": "merge", "id": "a", "others": ["b"]},
            ("merge.identity", "merge.identity", ["tax_id"]))
    refused("identity.no-bridge", "A third record without a tax id is no bridge.", [*taxed, ("account", "c", {"name": "C"}), ("merge", "c", ["a"])],
            {"do": "merge", "id": "c", "others": ["b"]}, ("merge.identity", "merge.identity", ["tax_id"]))
    survives("identity.same", "The same tax id, written otherwise, is no obstacle.", ["tax_id"],
             ("account", "a", {"name": "A", "tax_id": one}), ("account", "b", {"name": "B", "tax_id": one}), merge)
    refused("branch", "A company and its branch are related.", [("account", "a", {"name": "华为技术有限公司"}), ("account", "b", {"name": "华为技术有限公司北京分公司"})],
            {"do": "merge", "id": "a", "others": ["b"]}, ("merge.related", "merge.related", []))
    refused("duplicate", "With its new name the survivor would be a duplicate of a third record.",
            [("account", "a", {"name": "Zebra"}), ("account", "b", {"name": "Silverline Systems"}), ("account", "c", {"name": "Silverline Systems"})],
            {"do": "merge", "id": "a", "others": ["b"]}, ("account.dup", "duplicate.block", []),
            duplicates=[{"rule": "account.dup", "record": "c", "action": "block"}])

    def deal(id_, **more):
        return {"do": "create", "object": "opportunity", "id": id_, "set": {"name": id_, **more}, "now": when(0)}

    won = {"do": "advance", "object": "opportunity", "id": "o2", "to": "won", "now": when(1)}
    step = {"do": "merge", "object": "opportunity", "id": "o1", "others": ["o2"], "now": when(2)}
    add("won", "gate", "A won deal would end in an open one and no longer count.", {"setup": [deal("o1"), deal("o2"), won], "step": step},
        {"allowed": False, "violations": [{"rule": "merge.won", "code": "merge.won", "severity": "error", "fields": []}]})
    back = {**step, "id": "o2", "others": ["o1"]}
    add("won.master", "gate", "As the master it stays won; a probability of zero fills the one that is missing.",
        {"setup": [deal("o1", probability={"decimal": "0"}), deal("o2"), won], "step": back},
        {"allowed": True, "violations": [], "values": {"outcome": "won", "stage": "won", "probability": "0"},
         "visits": [{"stage": "open"}, {"stage": "won"}]})
    lead = [{"do": "create", "object": "lead", "id": i, "set": {"name": i, "company": i}, "now": when(0)} for i in ("l1", "l2")]
    convert = {"do": "convert", "object": "lead", "id": "l2", "now": when(1)}
    add("converted", "gate", "A converted lead would end in one that is not.",
        {"setup": [*lead, convert], "step": {"do": "merge", "object": "lead", "id": "l1", "others": ["l2"], "now": when(2)}},
        {"allowed": False, "violations": [{"rule": "merge.won", "code": "merge.won", "severity": "error", "fields": []}]})
    grant = {"do": "grant", "object": "account", "id": "a", "grant": "g1", "rule": "merge.identity", "reason": "one company, two registrations", "now": when(2)}
    _, commands = play(taxed)
    add("identity.granted", "gate", "A grant for the master lets it pass; the finding stays as a warning.",
        {"setup": [*commands, grant], "step": {"do": "merge", "object": "account", "id": "a", "others": ["b"], "now": when(3)}},
        {"allowed": True, "violations": [{"rule": "merge.identity", "code": "merge.identity", "severity": "warning", "fields": ["tax_id"]}],
         "values": {"tax_id": one}})
    twins = [{"do": "create", "object": "contact", "id": i, "set": {"name": "李明", "account": a}, "now": when(2)} for i, a in (("c1", "a"), ("c2", "b"))]
    _, commands = play(AB)
    add("children-twice", "gate", "Two contacts of one name would be on one account.",
        {"setup": [*commands, *twins], "step": {"do": "merge", "object": "account", "id": "a", "others": ["b"], "now": when(3)}},
        {"allowed": False, "violations": [{"rule": "contact.once", "code": "field.unique", "severity": "error", "fields": ["account", "name"]}]})
    _, commands = play(AB)
    merged = {"do": "merge", "object": "account", "id": "a", "others": ["b"], "now": when(3)}
    add("computed", "gate", "What is computed is computed anew.", {"setup": commands, "step": merged},
        {"allowed": True, "values": {"headline": "Acme Limited!", "created_at": when(0)}})
    add("not-found", "error", "A record that is not there cannot be merged.",
        {"call": "submit", "setup": commands, "command": {**merged, "others": ["zz"]}}, {"code": "record.not_found"})
    add("bad-rule", "error", "A rule of survivorship is told its place and the nearest word.",
        {"call": "from_yaml", "yaml": "qudao: 1\nsurvivorship:\n  account:\n    fields:\n      phnoe: longest\n"},
        {"code": "blueprint.invalid", "lints": [{"code": "blueprint.unknown_field", "line": 5, "path": "/survivorship/account/fields/phnoe", "suggestion": "phone"}]})


def main():
    build()
    return made("merging", CASES)


if __name__ == "__main__":
    build()
    write_or_check("merging", CASES)
