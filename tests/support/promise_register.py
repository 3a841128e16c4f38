"""Where each promise is shown: tests and commands, by the promises' ids.

A line of `SHOWN` is `ids: file: functions`, one of `COMMANDS` is `ids: command`.
`python tests/support/promise_register.py` writes the tables of `docs/promises.md`.
"""

import re
from pathlib import Path

import attack_register
from attack_register import read
from promise_words import NOT_KEPT, TOPICS, WORDS

PAGE = Path(__file__).parents[2] / "docs" / "promises.md"

FILES = attack_register.FILES | {
    "WY": "core/test_wycheproof",
    "CL": "core/test_claims",
    "JU": "core/test_judging",
    "TT": "core/test_token_types",
    "SJ": "core/test_strict_json",
    "PA": "core/test_paths",
    "UR": "core/test_urls",
    "AE": "core/test_authenticate",
    "PE": "backends/test_pem",
    "KR": "backends/test_key_refresh",
    "KE": "backends/test_key_events",
    "BH": "backends/test_bounded_http",
    "KI": "attacks/test_kinds_of_token",
    "OO": "attacks/test_optimized",
    "DI": "attacks/test_differential",
    "FU": "attacks/test_fuzzed_parsers",
    "RG": "attacks/test_register",
    "KM": "faults/test_key_machine",
    "ID": "faults/test_identities",
    "SB": "backends/test_store_breaker",
    "CH": "cli/test_check",
    "RS": "test_reasons",
}

SHOWN = """
V1: WY: test_rsa_signatures_are_judged_as_wycheproof_does
V2: WY: test_no_invalid_jws_is_accepted_and_every_valid_one_of_ours
V2: WY: test_the_deviations_are_refused_though_marked_valid
V3: PK: test_a_bad_key_is_refused_and_the_reason_said
V3: PK: test_a_key_of_the_broken_library_is_refused
V3: WY: test_no_invalid_jws_is_accepted_and_every_valid_one_of_ours
V4: VE: test_a_key_is_for_its_own_algorithm
V4: A: test_ja_07_a_key_without_an_algorithm_is_for_one_only
V5: VE: test_a_key_in_the_header_is_not_looked_at
V5 V6 V8: A: test_a_malformed_token_is_nobody_and_costs_nothing
V6: T: test_extensions_of_jws_are_refused
V7: K: test_no_other_end_of_a_segment_is_the_same_token
V7: T: test_what_is_accepted_was_written_in_the_one_spelling
V8: SJ: test_anything_else_is_refused
V9: T: test_one_spelling_is_accepted_and_no_other
V10: VE: test_times_are_compared_to_the_second test_the_expiry_must_be_whole
V10: A: test_jc_04_a_token_ends_with_the_skew
V11: JU: test_a_session_is_somebodys_and_has_a_name
V12: A: test_jc_08_another_party_is_nobody
V13: A: test_jc_10_another_audience_is_nobody
V14: A: test_jc_11_another_issuer_is_nobody
V14: A: test_tc_08_a_user_of_another_instance_is_nobody_here
V15: KI: test_a_kind_of_token_is_itself_and_no_other
V16: VE: test_the_signature_is_judged_before_any_claim
V16: K: test_lk_01_a_forged_token_is_answered_the_same_whatever_it_claims
V17: FU: test_a_parser_raises_only_what_it_documents
V18: DI: test_nothing_is_accepted_that_others_refuse
V19: PE: test_a_key_is_taken_however_it_was_pasted
K1: A: test_jk_01_a_flood_of_unknown_keys_is_two_fetches_in_thirty_seconds
K2: A: test_jk_02_bad_signatures_fetch_once_in_thirty_seconds_and_evict_nothing
K3: O: test_two_hundred_cold_threads_cause_one_fetch
K3: OP: test_two_hundred_cold_greenlets_cause_one_fetch_and_stop_nobody
K4: O: test_users_do_not_notice_an_hour_of_it
K4: KM: test_keys_turn_through_outages_floods_and_forks
K5: O: test_a_cold_process_says_so_and_does_not_loop
K5: A: test_jk_06_without_any_key_nobody_can_tell
K6: O: test_nobody_waits_for_a_slow_refresh
K7: O: test_of_a_gigabyte_little_is_read test_what_drips_is_cut_at_the_deadline
K8: O: test_a_redirect_takes_no_secret_elsewhere
K8: J: test_secrets_are_sent_to_https_hosts_only
K8: BH: test_proxies_of_the_environment_are_not_asked
K9: J: test_a_bad_answer_never_replaces_a_good_set
K9: PK: test_bad_entries_are_left_out_and_good_ones_kept
K10: J: test_a_removed_key_dies_with_its_set
K11: O: test_a_new_key_costs_one_fetch_and_no_user
K11: J: test_a_new_key_is_found_right_after_the_set_was_fetched
K12: J: test_two_instances_share_no_keys
K12: A: test_tc_08_a_user_of_another_instance_is_nobody_here
K13: KR: test_an_older_answer_never_replaces_a_newer_one
K13: KR: test_an_older_failure_is_none_any_more
K14: K: test_jk_13_keys_do_not_age_by_the_wall_clock
K15: KR: test_health_tells_how_the_keys_fare
K15: KE: test_an_outage_is_told_when_it_starts_and_when_it_ends
K16: OP: test_a_child_forked_during_a_fetch_fetches_by_itself
K16: OP: test_workers_of_a_preloaded_application_share_the_first_fetch
K16: ID: test_nobody_is_somebody_else_while_workers_die_and_reload
K17: KR: test_a_pinned_key_serves_while_there_is_no_set
C1: A: test_en_01_and_02_nobody_speaks_in_our_name test_en_03_a_header_is_nobody
C1: U: test_what_a_client_says_in_our_name_does_not_reach_the_application
C2: A: test_en_04_a_foreign_object_under_our_names_is_nobody
C3: AU: test_every_way_of_asking_gives_the_same
C4: A: test_cookies_are_read_by_their_very_names
C4: U: test_two_cookie_headers_never_mix_two_users
C5: A: test_ca_08_bearers_are_read_as_documented
C5: U: test_two_authorization_headers_are_nobody
C6: A: test_en_06_and_rh_05_nobody_forwards_untrusted
C6: C: test_en_07_counted_proxies_are_trusted_for_what_they_added
C7: A: test_rh_03_and_04_an_odd_host_never_reaches_a_header
G1: G: test_no_spelling_of_a_protected_path_gets_in
G1: R: test_no_raw_request_reaches_what_is_protected
G2: PP: test_what_could_be_read_as_another_path_is_not
G2: PP: test_public_is_never_more_than_a_rule_of_the_same_name_would_protect
G3: GL: test_paths_that_no_browser_sends_get_400
G3: U: test_odd_targets_give_no_identity_and_no_error
G4: TR: test_the_query_is_not_looked_at
G4: A: test_en_06_and_rh_05_nobody_forwards_untrusted
G5: GL: test_an_exception_of_the_handler_reaches_the_server_and_nothing_else_runs
G5: GL: test_a_check_that_fails_lets_nobody_in_and_is_logged
G5: GL: test_what_is_no_clear_yes_is_a_no
G6: P: test_no_wildcards_make_matching_hopeless
G6: PA: test_a_long_path_is_malformed
G7: G: test_a_mounted_application_is_guarded_by_the_path_it_routes_on
G7: U: test_a_script_name_of_the_client_opens_nothing
G8: CH: test_open_routes_come_first_and_the_command_fails
A1: Z: test_the_answer_is_clerks test_every_dimension_that_is_asked_must_hold
A1: Z: test_nothing_asked_is_a_no test_one_failing_fact_makes_the_whole_false
A2: V: test_malformed_ages_are_no_reverification
A3: CL: test_malformed_claims_give_no_permission_and_no_exception
A3: A: test_jc_15_an_odd_organization_gives_no_permission
A4: C: test_az_07_a_pending_session_has_no_role
A4: DD: test_a_pending_session_is_nobody
A5: K: test_jc_14_an_impersonator_is_told
A5: CL: test_an_impersonator_is_never_dropped
R1: A: test_rh_01_no_query_leads_elsewhere test_rh_01_no_path_leads_elsewhere
R1: UR: test_no_open_redirect_passes_for_a_path_of_this_site
R2: A: test_rh_03_and_04_an_odd_host_never_reaches_a_header
R2: R: test_no_raw_request_reaches_what_is_protected
R3: A: test_rh_06_the_loop_stops_at_three_or_more
R3: A: test_rh_07_a_browser_is_sent_to_clerk_three_times_at_most
R4: A: test_rh_12_only_a_navigation_is_sent_to_clerk
R4: A: test_rh_13_what_is_no_page_is_not_sent_to_clerk
R5: A: test_rh_08_a_handshake_sets_clerks_cookies_only
R5: JU: test_only_clerks_cookies_are_set
R6: C: test_rh_09_a_handshake_in_the_query_of_a_stranger_signs_nobody_in
R7: A: test_rh_16_what_is_meant_for_one_is_stored_by_nobody
R7: I: test_a_page_that_looked_who_is_there_is_nobody_elses
R8: AU: test_an_opaque_token_costs_nothing_until_somebody_asks
R8: RB: test_guesses_cause_twenty_calls_a_second
R8: MM: test_an_unknown_token_is_asked_about_once_in_a_while
R9: A: test_rh_14_nobody_passes_for_clerks_pages
R10: RE: test_a_live_key_puts_no_token_into_a_url_even_on_another_origin
H1: W: test_every_byte_of_the_body_is_signed test_a_signature_is_refused_that_is
H1: W: test_a_webhook_is_of_these_five_minutes
H2: WW: test_a_repeated_delivery_is_refused_where_deliveries_are_remembered
H2: E: test_the_same_event_twice_and_an_old_one_late_do_no_harm
H3: W: test_a_hundred_thousand_signatures_are_not_even_read
H3: WW: test_a_huge_body_is_not_read test_a_body_that_does_not_end_is_cut
W1: I: test_every_layer_speaks_wsgi_on_both_sides test_an_answer_may_be_written
W2: I: test_two_threads_never_see_each_others_user
W2: ID: test_nobody_is_somebody_else_in_threads
W2: ID: test_nobody_is_somebody_else_in_greenlets
W3: BO: test_a_gigabyte_passes_in_little_memory
W3: I: test_blocks_pass_one_by_one
W3: I: test_a_body_that_is_left_half_read_is_closed_with_its_user
W4: BP: test_a_port_that_breaks_lets_nobody_in test_a_layer_with_a_bug_lets_nobody_in
W5: U: test_a_signed_in_cookie_shows_user_and_organization
W5: PF: test_a_user_passes
W6: OO: test_no_check_is_an_assert test_the_decisions_are_the_same_without_asserts
S1: S: test_no_entry_can_be_planted test_no_entry_passes_under_another_name
S2: SF: test_a_store_that_fails_is_asked_once_and_then_left_alone
S2: S: test_a_server_that_hangs_costs_one_call_and_is_found_again
S3: RW: test_a_revoked_session_is_refused_by_every_worker
S3: RW: test_where_it_is_required_a_dead_store_lets_nobody_in
S4: S: test_a_feed_that_was_lost_has_another_mark
S4: S: test_a_server_that_took_over_without_the_last_writes_is_noticed
S5: RC: test_an_expired_session_is_not_recalled
S5: RC: test_another_key_under_the_same_name_ends_the_session
S5: RT: test_a_session_that_ended_is_signed_out_however_well_known_it_was
E1: TO: test_no_failure_tells_a_token_or_a_secret
E1: TO: test_nothing_that_holds_secrets_shows_them
E1: TO: test_a_refused_webhook_tells_no_secret
E2: OPT: test_no_option_takes_just_anything test_no_variable_takes_just_any_text
E2: A: test_cf_02_what_cannot_work_stops_the_start
E3: RS: test_the_reasons_are_these test_no_module_invents_a_reason
X1: PX: test_the_target_is_always_clerks
X1: PX: test_no_spelling_of_a_path_leads_elsewhere
L6: BO: test_tokens_that_come_once_are_not_all_kept
L9: BO: test_tenants_in_one_process_do_not_mix
L9: BO: test_jk_12_a_hundred_thousand_tenants_are_not_all_kept
L12: RG: test_every_attack_is_tried_and_no_other_is_named
"""

COMMANDS = """
K1 K3 K4 K5 K6 K7 K8 L7: tests/faults/figures_keys.py
K16 W2 L8: tests/faults/figures_identities.py
G1 R2: tests/faults/figures_guards.py
S3: tests/faults/figures_revocation.py
S1 S2 S4 L7: tests/faults/figures_store.py
L3 L4 L6: tests/faults/figures_load.py
K4 L5: tests/faults/figures_soak.py
L9: tests/faults/figures_tenants.py
V1 V17 V18 R1: tests/faults/figures_attacks.py
V17: tests/attacks/fuzz.py
L10: tests/mutation/run.py
L12: tests/attacks/run.py
V18 E3 A1: tests/parity/run.py
L1 L2: clerk-wsgi bench
"""


def pairs(text):
    """{id: what follows}, of lines `ids: what follows`; an indented one goes on."""
    found = {}
    for line in text.strip().replace("\n  ", " ").splitlines():
        ids, _, rest = line.partition(": ")
        for name in ids.split():
            found.setdefault(name, []).append(rest)
    return found


PROMISES = {name: words for name, (words,) in pairs(WORDS).items()}
REASONS = {name: why for name, (why,) in pairs(NOT_KEPT).items()}
NODES = read(SHOWN, FILES)
COMMANDED = pairs(COMMANDS)


def shown(name):
    """What to run: tests by their file, then commands."""
    files = {}
    for node in NODES.get(name, []):
        path, _, function = node.partition("::")
        files.setdefault(path.removeprefix("tests/"), []).append(f"`{function}`")
    yield from (f"`{path}`: {', '.join(tests)}" for path, tests in files.items())
    yield from (f"`{command}`" for command in COMMANDED.get(name, []))


def tables():
    """The page's own tables, a topic each."""
    for letter, (title, count) in TOPICS.items():
        yield f"## {title}\n"
        yield "| promise | shown by | not kept |\n| --- | --- | --- |"
        for number in range(1, count + 1):
            name = f"{letter}{number}"
            cells = (f"{name}: {PROMISES[name]}", "; ".join(shown(name)))
            yield f"| {' | '.join(cells)} | {REASONS.get(name, '')} |"
        yield ""


def main():
    head, _, tail = re.split("(?<=<!-- promises -->)|(?=<!-- /promises -->)", text())
    written = "\n".join(tables()).strip()
    PAGE.write_text(f"{head}\n\n{written}\n\n{tail}", "utf-8")


def text():
    return PAGE.read_text("utf-8")


if __name__ == "__main__":
    main()
