"""What the plan of a run has besides, if stores are in PostgreSQL: whose, and what becomes of the database and the cache."""

import dataclasses
import random

import plan as plans

# What happens to a server's database. `place` is seconds; `detail` says how.
DATABASE_FAULTS = {"restart": ("fast", "immediate", "kill"), "terminate": ("",), "cut": ("",),
                   "lose-commit": ("answer", "answer", "request")}


def with_databases(plan: plans.Plan, roles: tuple[str, ...] = ()) -> plans.Plan:
    """The plan with the stores of one role or both in a database; its other faults stay where they were.

    - Parameter roles: whose; drawn if none are named.
    """
    # A generator of its own, so that the plan of a seed is what it was.
    draw = random.Random(f"populus faults {plan.seed} postgresql")
    drawn = draw.choice((("leader",), ("helper",), ("leader", "helper")))
    roles = roles or drawn
    faults = [in_database(fault, roles) for fault in plan.faults]
    for _ in range(draw.randint(3, 6)):
        kind = draw.choice(tuple(DATABASE_FAULTS))
        link, number = plans.somewhere(draw, plan.task)
        moment = draw.choice(("request", "answer", "later"))
        faults.append(plans.Fault(link, number, kind, draw.choice(roles), moment, round(draw.random() * 2, 3),
                                  draw.choice(DATABASE_FAULTS[kind])))
    for _ in range(draw.randint(1, 2)):
        link, number = plans.somewhere(draw, plan.task)
        moment = draw.choice(("request", "answer"))
        faults.append(plans.Fault(link, number, "lose-cache", draw.choice(roles), moment, round(draw.random() * 0.6, 3)))
    return dataclasses.replace(plan, faults=plans.placed(faults), databases=roles)


def in_database(fault: plans.Fault, roles: tuple[str, ...]) -> plans.Fault:
    """A fault of a store's files as one of a database's server: its cache is lost, or its disk is full."""
    if fault.role not in roles:
        return fault
    if fault.kind == "damage":
        return dataclasses.replace(fault, kind="lose-cache", detail="", part=0)
    if fault.kind == "fill":
        return dataclasses.replace(fault, kind="fill-database")
    return fault
