"""The rule sets that come with RMS, by rule, version and day."""

from rms.rules.allocation import AllocationRules, allocation_rules_from
from rms.rules.cohort import CohortRules, cohort_rules_from
from rms.rules.early_allocation import EarlyAllocationRules, early_allocation_rules_from
from rms.rules.editions import Editions
from rms.rules.handover import HandoverRules, handover_rules_from
from rms.rules.handover_lists import HandoverTaskRules, handover_task_rules_from
from rms.rules.needs import NeedRules, need_rules_from
from rms.rules.predictors import registry
from rms.rules.schedule_15 import Schedule15, schedule_15_from
from rms.rules.tier_v2 import TierV2Rules, tier_v2_rules_from
from rms.rules.tier_v3 import TierV3Rules, tier_v3_rules_from

OGRS3 = registry.OGRS3
OGP, OVP, RSR = registry.OGP, registry.OVP, registry.RSR
SNSV, SNSV_CATEGORIES, OSP_CONTACT = registry.SNSV, registry.SNSV_CATEGORIES, registry.OSP_CONTACT
OFFENCE_CATEGORIES = registry.OFFENCE_CATEGORIES
NEEDS: Editions[NeedRules] = Editions(need_rules_from, "oasys-needs-2026")
TIER_V2: Editions[TierV2Rules] = Editions(tier_v2_rules_from, "tier-v2")
TIER_V3: Editions[TierV3Rules] = Editions(tier_v3_rules_from, "tier-v3")
HANDOVER: Editions[HandoverRules] = Editions(
    handover_rules_from, "handover-2022-07", "handover-2022-10", "handover-2023"
)
ALLOCATION: Editions[AllocationRules] = Editions(allocation_rules_from, "allocation-2022")
COHORT: Editions[CohortRules] = Editions(cohort_rules_from, "cohort-guidance-2026")
SCHEDULE_15: Editions[Schedule15] = Editions(schedule_15_from, "schedule-15-2003")
EARLY_ALLOCATION: Editions[EarlyAllocationRules] = Editions(
    early_allocation_rules_from, "early-allocation-2023"
)
HANDOVER_TASKS: Editions[HandoverTaskRules] = Editions(handover_task_rules_from, "handover-tasks-2023")
