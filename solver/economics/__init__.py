"""Economics of a plan: cost and utilisation per site, edge against region, verdict, redundancy."""

from solver.economics.inputs import CATALOGUE as CATALOGUE
from solver.economics.inputs import Inputs as Inputs
from solver.economics.inputs import inputs_with as inputs_with
from solver.economics.redundancy import companion_plan as companion_plan
from solver.economics.redundancy import companion_problem as companion_problem
from solver.economics.study import Study as Study
from solver.economics.study import study as study
