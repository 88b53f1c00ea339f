"""What the plan of a run has besides, if each role has two processes on one database: which of both, and what only then is."""

import dataclasses
import random

import plan as plans
from database_plan import with_databases
from servers import AGGREGATORS

# Processes of each role when the run begins.
REPLICAS = 2

# How long a process is stopped: beyond the time for which it counts as alive without a word, so that others take its work.
STOPPED_SECONDS = (10.5, 14)


def with_replicas(plan: plans.Plan) -> plans.Plan:
    """The plan with two processes of each role, all stores in databases; its faults each befall one of both."""
    plan = with_databases(plan, AGGREGATORS)
    # A generator of its own, so that other plans of the seed are what they were.
    draw = random.Random(f"populus faults {plan.seed} replicas")
    faults = [dataclasses.replace(fault, process=draw.randint(1, REPLICAS)) if befalls_one(fault) else fault
              for fault in plan.faults]
    for _ in range(draw.randint(1, 2)):
        link, number = plans.somewhere(draw, plan.task)
        # Whether the balancer notices, or has requests wait for a process that says nothing.
        detail = draw.choice(("noticed", "unnoticed"))
        faults.append(plans.Fault(link, number, "stop", draw.choice(AGGREGATORS), draw.choice(("request", "answer", "later")),
                                  round(draw.uniform(*STOPPED_SECONDS), 3), detail, process=draw.randint(1, REPLICAS)))
    for role in AGGREGATORS:
        if draw.random() < 0.5:
            link, number = plans.somewhere(draw, plan.task)
            faults.append(plans.Fault(link, number, "add", role, "request", process=REPLICAS + 1))
    if draw.random() < 0.5:
        link, number = plans.somewhere(draw, plan.task)
        faults.append(plans.Fault(link, number, "terminate", draw.choice(AGGREGATORS), "request"))
    return dataclasses.replace(plan, faults=plans.placed(faults), replicas=REPLICAS)


def befalls_one(fault: plans.Fault) -> bool:
    """Whether it happens to a process of an aggregator, and not to an exchange, a database or who asks."""
    return fault.kind in ("kill", "clock", "lose-cache") and fault.role in AGGREGATORS
