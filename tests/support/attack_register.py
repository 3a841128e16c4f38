"""Which tests try which entry of the list of attacks: all entries, by their ids.

Names are functions of the test files; a line of `TRIED` is `ids: file: functions`.
"""

import json

from clerk_vectors import VECTORS

FILES = {
    "A": "system/test_attacks",
    "K": "attacks/test_token_attacks",
    "C": "attacks/test_carrier_attacks",
    "RB": "backends/test_refusal_budget",
    "BO": "attacks/test_bounds",
    "TO": "attacks/test_what_is_told",
    "U": "system/test_under_servers",
    "I": "system/test_isolation",
    "R": "system/test_raw_requests",
    "G": "system/test_guard_agrees_with_routers",
    "T": "core/test_tokens",
    "J": "backends/test_jwks",
    "O": "faults/test_key_outages",
    "OP": "faults/test_key_outages_in_processes",
    "PK": "backends/test_public_keys",
    "Z": "core/test_authorization",
    "V": "core/test_reverification",
    "W": "core/test_webhooks",
    "WW": "test_webhooks_wsgi",
    "E": "test_revocation_endpoint",
    "S": "faults/test_store_losses",
    "SF": "faults/test_store_faults",
    "SO": "backends/test_store_contract",
    "RW": "faults/test_revocation_workers",
    "RT": "core/test_revoked_tokens",
    "RC": "core/test_recall",
    "M": "test_memory",
    "MM": "test_machine_memory",
    "BP": "faults/test_broken_ports",
    "GL": "layers/test_guard_layer",
    "DL": "layers/test_debug_layer",
    "DD": "layers/test_default_deny",
    "OL": "layers/test_organization_layer",
    "PX": "layers/test_frontend_api_proxy",
    "FP": "core/test_frontend_proxy",
    "P": "core/test_patterns",
    "PP": "core/test_public_paths",
    "CO": "core/test_cookies",
    "OPT": "core/test_options",
    "CK": "core/test_keys",
    "RE": "core/test_redirects",
    "IN": "test_instances",
    "VE": "core/test_verification",
    "LP": "local/test_local_pages",
    "SK": "backends/test_key_sharing",
    "AU": "test_auth",
    "PF": "system/test_protect_in_frameworks",
    "TR": "test_routes",
}
MALFORMED = "test_a_malformed_token_is_nobody_and_costs_nothing"
CLAIMED = "test_a_token_with_odd_claims_is_nobody"
FORM = "test_a_well_signed_token_of_a_wrong_form_is_nobodys"
ROUTED = "test_no_spelling_of_a_protected_path_gets_in"
TARGET = "test_odd_targets_give_no_identity_and_no_error"
REQUEST = "test_odd_requests_give_no_identity_and_no_error"
RAW = "test_no_raw_request_reaches_what_is_protected"

TRIED = f"""
JS-01 JS-02 JS-03 JS-04 JS-05 JS-07 JS-08 JS-09 JS-10 JS-11 JS-15: A: {MALFORMED}
JA-01 JA-02 JA-04 JA-05 JA-08 JA-09 JA-10 JA-14: A: {MALFORMED}
JS-12 JS-13 JS-14 JS-17 JS-18 JS-20 JA-11 JA-15 JC-12 TC-07 TC-10: K: {FORM}
JA-07: A: test_ja_07_a_key_without_an_algorithm_is_for_one_only
JA-12: A: test_ja_12_an_unknown_key_is_nobodys
JA-12: A: test_ja_12_a_key_name_of_100_kb_is_not_even_looked_at
JA-16 JA-17: A: test_ja_16_and_17_a_bad_key_signs_nobody_in_and_leaves_others_usable
JA-17: PK: test_a_key_of_the_broken_library_is_refused
JA-18: A: test_ja_18_a_name_for_two_keys_is_a_name_for_none
JC-02 JC-03 JC-05 JC-07 TC-01 TC-03 TC-06 TC-09: A: {CLAIMED}
JC-04: A: test_jc_04_a_token_ends_with_the_skew
JC-08: A: test_jc_08_another_party_is_nobody
JC-09: A: test_jc_09_odd_parties_are_refused_at_start
JC-10: A: test_jc_10_another_audience_is_nobody
JC-11: A: test_jc_11_another_issuer_is_nobody
JC-14: K: test_jc_14_an_impersonator_is_told
JC-15: A: test_jc_15_an_odd_organization_gives_no_permission
JC-15: A: test_jc_15_a_mask_of_any_length_is_read_in_time
JC-16: K: test_jc_16_a_role_is_what_it_is_and_nothing_like_it
JC-17: LP: test_what_was_typed_is_escaped_when_shown_again
JC-17: TO: test_jc_17_no_claim_becomes_markup_on_a_page_of_ours
TC-04: A: test_tc_04_a_session_is_no_machine
TC-05: A: test_tc_05_another_token_is_no_handshake
TC-06: A: test_tc_06_a_session_token_is_no_handshake
TC-08: A: test_tc_08_a_user_of_another_instance_is_nobody_here
JK-01: A: test_jk_01_a_flood_of_unknown_keys_is_two_fetches_in_thirty_seconds
JK-02: A: test_jk_02_bad_signatures_fetch_once_in_thirty_seconds_and_evict_nothing
JK-03 JK-05 JK-07 JK-08: A: test_jk_03_05_07_and_08_known_users_do_not_notice_an_outage
JK-05: O: test_of_a_gigabyte_little_is_read test_what_drips_is_cut_at_the_deadline
JK-06: A: test_jk_06_without_any_key_nobody_can_tell
JK-07: O: test_a_redirect_takes_no_secret_elsewhere
JK-08: A: test_jk_08_good_keys_beside_bad_entries_are_kept
JK-09: A: test_jk_09_a_key_that_was_removed_is_refused
JK-10: A: test_jk_10_a_new_key_is_fetched_once
JK-12: K: test_jk_12_thousands_of_unknown_names_are_not_all_remembered
JK-12: IN: test_only_the_latest_instances_are_kept
JK-12: BO: test_jk_12_ten_thousand_unknown_names_are_not_all_remembered
JK-12: BO: test_jk_12_a_hundred_thousand_tenants_are_not_all_kept
JK-13: K: test_jk_13_keys_do_not_age_by_the_wall_clock
JK-15: O: test_a_certificate_that_is_not_clerks_is_an_outage
JK-16: J: test_a_fetch_that_dies_does_not_stop_the_next
JK-17: OP: test_a_child_forked_during_a_fetch_fetches_by_itself
CF-01: A: test_cf_01_a_key_that_cannot_be_used_stops_the_start
CF-01: A: test_cf_01_a_key_in_another_paste_verifies
CF-02: A: test_cf_02_what_cannot_work_stops_the_start
CF-04: P: test_a_wrong_pattern_is_refused_in_clerks_words
CF-04: P: test_no_wildcards_make_matching_hopeless
CF-04: GL: test_wrong_rules_fail_when_the_chain_is_built
CF-05: OPT: test_no_secret_is_shown
CF-05: DL: test_no_secret_and_no_token_is_told
CF-06: I: test_a_layer_of_another_instance_judges_for_itself
CA-01 CA-03 CA-04 CA-05: A: test_cookies_are_read_by_their_very_names
CA-03: U: test_two_cookie_headers_never_mix_two_users
CA-06: C: test_ca_06_quotes_and_escapes_make_no_delimiters
CA-07: CO: test_ten_thousand_cookies_are_read_in_one_pass
CA-08: A: test_ca_08_bearers_are_read_as_documented
CA-08: U: test_two_authorization_headers_are_nobody
CA-09: A: test_ca_09_a_header_wins_over_a_cookie
CA-10: K: test_ca_10_a_token_may_spell_bearer
CA-11: A: test_a_token_in_the_query_is_not_read
CA-13: C: test_ca_13_an_odd_time_of_signing_in_breaks_nothing
EN-01 EN-02: A: test_en_01_and_02_nobody_speaks_in_our_name
EN-02: U: test_what_a_client_says_in_our_name_does_not_reach_the_application
EN-03: A: test_en_03_a_header_is_nobody
EN-03 EN-08 EN-09 EN-12 RG-23: U: {REQUEST}
EN-04: A: test_en_04_a_foreign_object_under_our_names_is_nobody
EN-05: U: test_a_script_name_of_the_client_opens_nothing
EN-06 RH-05: A: test_en_06_and_rh_05_nobody_forwards_untrusted
EN-07: C: test_en_07_of_forwarded_hosts_the_first_counts_where_proxies_are_trusted
EN-07: C: test_en_07_counted_proxies_are_trusted_for_what_they_added
EN-09: C: test_en_09_no_method_unlocks_a_guard
EN-10: C: test_en_10_an_environ_of_wrong_types_is_nobody
EN-10: C: test_en_10_no_wrong_type_beside_a_forged_token_makes_it_good
EN-14: A: test_en_14_every_method_is_guarded
RG-01 RG-03 RG-04 RG-05 RG-06 RG-07 RG-09 RG-12 RG-13 RG-14 RG-15 RG-16: G: {ROUTED}
RG-04 RG-05 RG-06 RG-07 RG-09 RG-14 RG-15 RG-16 RG-18 RG-19: U: {TARGET}
RG-01 RG-04 RG-16 RG-18 RG-19 RG-23 EN-05 EN-12: R: {RAW}
RG-08: PP: test_a_wildcard_does_not_run_on_within_a_segment
RG-12: P: test_a_lookalike_is_another_letter test_case_does_not_matter
RG-17: G: test_a_mounted_application_is_guarded_by_the_path_it_routes_on
RG-20: P: test_no_wildcards_make_matching_hopeless
RG-21: OL: test_a_page_of_another_organization_activates_it
RG-21: P: test_organization_patterns_give_clerks_parameters
RG-22: GL: test_what_is_no_clear_yes_is_a_no test_a_check_that_nobody_awaits_is_a_no
RG-22: GL: test_an_exception_of_the_handler_reaches_the_server_and_nothing_else_runs
RG-22: GL: test_a_check_that_fails_lets_nobody_in_and_is_logged
RH-01: A: test_rh_01_no_query_leads_elsewhere test_rh_01_no_path_leads_elsewhere
RH-03 RH-04: A: test_rh_03_and_04_an_odd_host_never_reaches_a_header
RH-04: A: test_rh_04_the_server_stands_in_for_a_missing_host
RH-06: A: test_rh_06_the_loop_stops_at_three_or_more
RH-07: A: test_rh_07_a_browser_is_sent_to_clerk_three_times_at_most
RH-08: A: test_rh_08_a_handshake_sets_clerks_cookies_only
RH-08: A: test_rh_08_what_is_no_list_of_cookies_sets_none
RH-09: C: test_rh_09_a_handshake_in_the_query_of_a_stranger_signs_nobody_in
RH-10: A: test_rh_10_an_old_handshake_signs_nobody_in
RH-12: A: test_rh_12_only_a_navigation_is_sent_to_clerk
RH-13: A: test_rh_13_what_is_no_page_is_not_sent_to_clerk
RH-14: A: test_rh_14_nobody_passes_for_clerks_pages
RH-16: A: test_rh_16_what_is_meant_for_one_is_stored_by_nobody
RH-17: C: test_rh_17_a_session_is_handed_to_clerk_alone
RH-18: CK: test_a_host_that_could_not_stand_in_a_url_is_refused_at_start
RH-19: C: test_rh_19_a_poisoned_host_does_not_move_clerks_proxy
RH-19: C: test_rh_19_a_relative_proxy_is_on_the_host_of_the_request_and_nowhere_else
RH-20: RE: test_a_return_url_is_http_and_holds_no_credentials
RH-20: RE: test_a_return_url_cannot_break_out_of_the_location_header
RH-21: PP: test_one_that_is_not_is_a_mistake
RH-21: PP: test_a_sign_in_page_that_a_rule_guards_is_a_mistake
RH-21: C: test_rh_21_a_sign_in_page_behind_its_own_guard_stops_the_start
RH-21: C: test_rh_21_a_handler_that_guards_the_sign_in_page_sends_nobody_round
AZ-02: Z: test_nothing_asked_is_a_no test_only_text_and_configurations_are_questions
AZ-03: V: test_malformed_ages_are_no_reverification
AZ-04: Z: test_a_role_has_one_name_with_any_number_of_prefixes
AZ-04: Z: test_roles_and_permissions_need_an_organization
AZ-05: Z: test_a_malformed_claim_never_grants
AZ-06: Z: test_a_feature_counts_in_its_own_claim_only test_a_scope_that_is_none_is_a_no
AZ-07: C: test_az_07_a_pending_session_has_no_role
AZ-08: C: test_az_08_a_machine_has_no_role
AZ-09: C: test_az_09_the_organization_is_the_tokens_and_never_the_urls
MT-01: RB: test_guesses_cause_twenty_calls_a_second
MT-01: RB: test_a_token_that_is_known_is_good_in_a_flood_of_guesses
MT-01: MM: test_an_unknown_token_is_asked_about_once_in_a_while
MT-01: AU: test_an_opaque_token_costs_nothing_until_somebody_asks
MT-02: C: test_mt_02_only_a_good_answer_makes_a_machine
MT-04: MM: test_a_token_that_was_revoked_ends_with_its_time
MT-05: C: test_mt_05_what_cannot_be_a_token_asks_nobody
MT-06: C: test_mt_06_nothing_is_shared_between_instances
WH-02: W: test_a_signature_is_refused_that_is
WH-02: W: test_a_hundred_thousand_signatures_are_not_even_read
WH-02: W: test_among_many_signatures_the_right_one_counts
WH-03: W: test_every_byte_of_the_body_is_signed
WH-03: WW: test_a_body_in_chunks_is_read_to_its_end
WH-04: W: test_a_signed_body_may_still_be_malformed
WH-05: W: test_a_timestamp_is_digits test_a_webhook_is_of_these_five_minutes
WH-06: WW: test_a_repeated_delivery_is_refused_where_deliveries_are_remembered
WH-06: E: test_the_same_event_twice_and_an_old_one_late_do_no_harm
WH-07: W: test_a_secret_that_is_none_is_its_owners_mistake
WH-07: WW: test_without_a_secret_nothing_is_verified
WH-09: W: test_while_a_secret_is_replaced_both_count
WH-10: E: test_other_methods_are_not_for_it
WH-11: W: test_an_identifier_cannot_blur_what_was_signed
WS-01: I: test_an_answer_may_start_over_with_exc_info
WS-02: I: test_an_answer_may_be_written test_an_answer_may_start_with_its_body
WS-02: I: test_a_file_passes_to_the_server_untouched test_blocks_pass_one_by_one
WS-03: I: test_a_body_that_is_left_half_read_is_closed_with_its_user
WS-03: I: test_an_exception_of_a_body_flies_on_and_leaves_nobody_behind
WS-04: I: test_two_threads_never_see_each_others_user
WS-04: U: test_a_user_is_forgotten_with_the_request
WS-05: I: test_bodies_that_take_turns_in_one_thread_keep_their_users
WS-06: I: test_a_thread_that_the_application_started_knows_nobody
WS-07: I: test_an_environ_that_is_used_again_is_judged_again
WS-08: I: test_every_layer_speaks_wsgi_on_both_sides
WS-08: PF: test_the_answer_to_a_head_request_has_no_body
WS-09: I: test_what_the_application_says_about_caches_stays
WS-11: C: test_ws_11_what_ends_a_process_flies_through
WS-11 WS-12: C: test_ws_11_and_12_a_mistake_of_ours_opens_nothing
WS-11: BP: test_what_ends_a_process_flies_through
WS-12: BP: test_a_port_that_breaks_lets_nobody_in
SC-01: SF: test_a_store_that_fails_is_asked_once_and_then_left_alone
SC-01: S: test_a_server_that_hangs_costs_one_call_and_is_found_again
SC-02: RW: test_a_revoked_session_is_refused_by_every_worker
SC-03: S: test_a_loss_is_noticed_though_others_appended_since
SC-05: SO: test_another_instance_sees_nothing
SC-06: K: test_sc_06_what_was_revoked_is_refused_however_it_is_carried_and_spelled
SC-06: RT: test_a_session_that_ended_is_signed_out_however_well_known_it_was
SC-07: RC: test_an_expired_session_is_not_recalled
SC-07: RC: test_another_key_under_the_same_name_ends_the_session
SC-08: M: test_the_least_recently_used_go_first
SC-09: S: test_the_store_holds_no_word_of_ours
SC-10: SK: test_an_older_set_of_the_store_is_not_taken
LK-01: K: test_lk_01_a_forged_token_is_answered_the_same_whatever_it_claims
LK-02: K: test_lk_02_an_unknown_key_is_not_told_which_there_are
LK-03: TO: test_no_failure_tells_a_token_or_a_secret
LK-03: K: test_lk_03_nothing_is_told_of_tokens_and_options
LK-04: W: test_whatever_comes_there_is_one_exception
LK-05: K: test_lk_05_a_log_is_not_written_by_strangers
LK-05: DL: test_a_path_cannot_write_a_line_of_its_own
LK-06: T: test_messages_do_not_hold_the_token
LK-06: VE: test_messages_do_not_hold_the_token
LK-07: TO: test_lk_07_what_is_private_of_a_user_is_not_told_of_them
LK-07: AU: test_debug_says_why_and_shows_no_secret
PX-01: PX: test_no_spelling_of_a_path_leads_elsewhere test_the_target_is_always_clerks
PX-01: FP: test_a_path_that_would_change_the_host_is_refused
PX-02: PX: test_what_is_not_for_clerk_goes_on
PX-03: PX: test_what_a_browser_says_in_our_name_is_overwritten
PX-04: PX: test_only_redirects_within_clerk_stay_within_the_proxy
PX-04: PX: test_a_body_passes_both_ways
"""


def read(text, files=FILES):
    """{id: node ids, as pytest would write them without parameters}"""
    found = {}
    for line in text.strip().splitlines():
        ids, short, functions = line.split(": ")
        for name in ids.split():
            nodes = found.setdefault(name, [])
            nodes += [f"tests/{files[short]}.py::{f}" for f in functions.split()]
    return found


def entries():
    """The list of attacks: id, category, priority, input, expected and anchor each."""
    return json.loads((VECTORS / "attacks.json").read_text("utf-8"))


NODES = read(TRIED)
